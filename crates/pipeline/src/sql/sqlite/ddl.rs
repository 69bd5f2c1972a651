//! The statements that make a table of SQLite.

use tabular::{Kind, Value};

use super::super::number::{Stored, stored};
use super::super::table::{Column, ColumnRule, Form, Reference, Table};
use super::cell;

/// Changes the schema version and nothing else.
pub(super) const MARK: &str =
    "CREATE TABLE \"thorp transaction\" (mark INTEGER); DROP TABLE \"thorp transaction\"";

/// A name as SQL writes it.
pub fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Names with commas between them.
pub(super) fn list<'a>(names: impl IntoIterator<Item = &'a String>) -> String {
    names.into_iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ")
}

/// A text as SQL writes it.
pub(super) fn text(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

pub(super) fn drop_table(table: &str) -> String {
    format!("DROP TABLE IF EXISTS {}", quoted(table))
}

pub(super) fn create_table(table: &Table) -> String {
    let mut parts: Vec<String> = table.columns.iter().map(column).collect();
    if !table.primary_key.is_empty() {
        parts.push(format!("PRIMARY KEY ({})", list(&table.primary_key)));
    }
    parts.extend(table.unique_keys.iter().map(|key| format!("UNIQUE ({})", list(key))));
    parts.extend(table.foreign_keys.iter().map(reference));
    format!("CREATE TABLE {} (\n  {}\n)", quoted(&table.name), parts.join(",\n  "))
}

/// A new column of a table with rows: they have no value for it, whatever the schema wants.
pub(super) fn add_column(table: &str, column: &Column) -> String {
    let bare = Column { required: false, unique: false, ..column.clone() };
    let mut sql = format!("ALTER TABLE {} ADD COLUMN {}", quoted(table), self::column(&bare));
    if column.unique {
        let index = quoted(&format!("{table}_{}_key", column.name));
        let name = quoted(&column.name);
        sql.push_str(&format!("; CREATE UNIQUE INDEX {index} ON {} ({name})", quoted(table)));
    }
    sql
}

/// The further indexes of a table, made unless they are there.
pub(super) fn indexes(table: &Table) -> impl Iterator<Item = String> + '_ {
    table.indexes.iter().enumerate().map(|(number, columns)| {
        let index = quoted(&index_name(&table.name, number));
        let table = quoted(&table.name);
        format!("CREATE INDEX IF NOT EXISTS {index} ON {table} ({})", list(columns))
    })
}

/// The name of the index with this number.
pub fn index_name(table: &str, number: usize) -> String {
    format!("{table}_ix{number:03}")
}

/// A unique index of the update keys, and a plain one.
pub(super) fn key_indexes(table: &Table) -> (String, String) {
    let index = quoted(&format!("{}_update_keys", table.name));
    let on = format!("{index} ON {} ({})", quoted(&table.name), list(&table.update_keys));
    (format!("CREATE UNIQUE INDEX IF NOT EXISTS {on}"), format!("CREATE INDEX IF NOT EXISTS {on}"))
}

fn column(column: &Column) -> String {
    let mut sql = format!("{} {}", quoted(&column.name), type_name(column.form));
    if column.required {
        sql.push_str(" NOT NULL");
    }
    if column.unique {
        sql.push_str(" UNIQUE");
    }
    for rule in column.rules.iter().filter_map(|rule| check(column, rule)) {
        sql.push_str(&format!(" CHECK ({rule})"));
    }
    sql
}

/// Types that readers know, with the affinity that leaves the cells as they are bound.
fn type_name(form: Form) -> &'static str {
    match form {
        Form::Text | Form::Json | Form::Point | Form::Month => "TEXT",
        Form::Integer => "INTEGER",
        Form::Number => "NUMERIC",
        Form::Double => "FLOAT",
        Form::Boolean => "BOOLEAN",
        Form::Date => "DATE",
        Form::Time => "TIME",
        Form::DateTime => "DATETIME",
    }
}

fn check(column: &Column, rule: &ColumnRule) -> Option<String> {
    let name = quoted(&column.name);
    let compared = |sign: &str, value: &Value<'_>| {
        Some(format!("{name} {sign} {}", literal(column.form, value)?))
    };
    match rule {
        ColumnRule::LengthAtLeast(length) => Some(format!("length({name}) >= {length}")),
        ColumnRule::LengthAtMost(length) => Some(format!("length({name}) <= {length}")),
        ColumnRule::AtLeast(value) => compared(">=", value),
        ColumnRule::AtMost(value) => compared("<=", value),
        ColumnRule::Above(value) => compared(">", value),
        ColumnRule::Below(value) => compared("<", value),
        ColumnRule::OneOf(values) => {
            let values: Option<Vec<String>> =
                values.iter().map(|value| literal(column.form, value)).collect();
            Some(format!("{name} IN ({})", values?.join(", ")))
        }
        // SQLite has no patterns: a table that needed them could only be written by us.
        ColumnRule::Matches(_) => None,
    }
}

fn literal(form: Form, value: &Value<'_>) -> Option<String> {
    match form {
        Form::Integer | Form::Number | Form::Double => match stored(&value.text)? {
            Stored::Integer(whole) => Some(whole.to_string()),
            Stored::Double(double) => double.is_finite().then(|| format!("{double:e}")),
        },
        Form::Time if value.kind == Kind::Time => Some(text(&cell::time(&value.text))),
        Form::DateTime if value.kind == Kind::DateTime => Some(text(&cell::date_time(&value.text))),
        Form::Text | Form::Date => Some(text(&value.text)),
        _ => None,
    }
}

fn reference(reference: &Reference) -> String {
    format!(
        "FOREIGN KEY ({}) REFERENCES {} ({})",
        list(&reference.columns),
        quoted(&reference.table),
        list(&reference.table_columns)
    )
}
