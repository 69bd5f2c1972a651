//! The statements that make tables of PostgreSQL.

use std::borrow::Cow;

use tabular::Value;

use super::super::error::SqlError;
use super::super::sqlite::ddl::index_name;
use super::super::table::{Column, ColumnRule, Form, Table};
use super::client::Client;
use crate::sql::limits;

/// Digits of a number whose field has a `scale`, as in Parquet.
const DECIMAL_DIGITS: u8 = 38;

/// What an integer column may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Width {
    Tiny,
    Small,
    Big,
    Unbounded,
}

impl Width {
    /// What the integers of `column` need.
    pub(super) fn of(column: &tabular::Column) -> Self {
        let mut width = Self::Tiny;
        for text in column.cells().iter().flatten() {
            let needed = match text.parse::<i64>() {
                Ok(whole) if i16::try_from(whole).is_ok() => Self::Tiny,
                Ok(whole) if i32::try_from(whole).is_ok() => Self::Small,
                Ok(_) => Self::Big,
                // A text that is no integer is refused by the server, with its row.
                Err(_) if tabular::form::is_integer(text) => Self::Unbounded,
                Err(_) => Self::Tiny,
            };
            width = width.max(needed);
        }
        width
    }

    pub(super) fn type_name(self) -> &'static str {
        match self {
            Self::Tiny => "smallint",
            Self::Small => "integer",
            Self::Big => "bigint",
            Self::Unbounded => "numeric",
        }
    }
}

/// What begins the transaction.
pub(super) fn begin() -> String {
    format!(
        "BEGIN; SET LOCAL lock_timeout = '{}s'; SET LOCAL statement_timeout = 0; \
         SET LOCAL idle_in_transaction_session_timeout = 0; \
         SET LOCAL standard_conforming_strings = on; SET LOCAL datestyle = 'ISO, YMD'; \
         SET LOCAL client_min_messages = warning",
        limits::DATABASE_LOCK_S_MAX
    )
}

/// A name as SQL writes it.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A name in a schema.
pub(super) fn qualified(schema: &str, name: &str) -> String {
    format!("{}.{}", quoted(schema), quoted(name))
}

/// Names with commas between them.
pub(super) fn list<'a>(names: impl IntoIterator<Item = &'a String>) -> String {
    names.into_iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ")
}

/// A text as SQL writes it.
fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// The name of something that belongs to `base`, within the length that PostgreSQL keeps.
pub(super) fn named(base: &str, ending: &str) -> String {
    let mut base = base.to_owned();
    while base.len() + 1 + ending.len() > limits::POSTGRES_NAME_BYTES_MAX && base.pop().is_some() {}
    format!("{base}_{ending}")
}

pub(super) fn create_table(client: &Client, table: &Table, name: &str) -> Result<String, SqlError> {
    let mut parts = Vec::with_capacity(table.columns.len());
    for column in &table.columns {
        let mut sql = format!("{} {}", quoted(&column.name), type_name(column));
        if column.required {
            sql.push_str(" NOT NULL");
        }
        for rule in &column.rules {
            if let Some(check) = check(client, column, rule)? {
                sql.push_str(&format!(" CHECK ({check})"));
            }
        }
        parts.push(sql);
    }
    Ok(format!("CREATE TABLE {name} (\n  {}\n)", parts.join(",\n  ")))
}

/// A new column of a table with rows: they have no value for it, whatever the schema wants.
pub(super) fn add_column(table: &str, full_name: &str, column: &Column) -> String {
    let name = quoted(&column.name);
    let mut sql = format!("ALTER TABLE {full_name} ADD COLUMN {name} {}", type_name(column));
    if column.unique {
        let index = quoted(&named(table, &format!("{}_key", column.name)));
        sql.push_str(&format!("; CREATE UNIQUE INDEX {index} ON {full_name} ({name})"));
    }
    sql
}

pub(super) fn widen(full_name: &str, column: &str, width: Width) -> String {
    format!("ALTER TABLE {full_name} ALTER COLUMN {} TYPE {}", quoted(column), width.type_name())
}

/// Adds primary and unique keys.
pub(super) fn keys(client: &Client, table: &Table, full_name: &str) -> Result<(), SqlError> {
    let mut keys = Vec::new();
    if !table.primary_key.is_empty() {
        keys.push(format!("PRIMARY KEY ({})", list(&table.primary_key)));
    }
    for column in table.columns.iter().filter(|column| column.unique) {
        keys.push(format!("UNIQUE ({})", quoted(&column.name)));
    }
    keys.extend(table.unique_keys.iter().map(|key| format!("UNIQUE ({})", list(key))));
    for key in keys {
        let action = format!("add a key to table `{}`", table.name);
        client.execute(action, &format!("ALTER TABLE {full_name} ADD {key}"))?;
    }
    Ok(())
}

/// Makes the further indexes of a table, unless they are there.
pub(super) fn indexes(client: &Client, table: &Table, full_name: &str) -> Result<(), SqlError> {
    for (number, columns) in table.indexes.iter().enumerate() {
        let ending = index_name("", number);
        let index = quoted(&named(&table.name, ending.trim_start_matches('_')));
        let columns = list(columns);
        let sql = format!("CREATE INDEX IF NOT EXISTS {index} ON {full_name} ({columns})");
        client.execute(format!("index table `{}`", table.name), &sql)?;
    }
    Ok(())
}

/// Says in the database what the schema says about table and columns.
pub(super) fn comments(client: &Client, table: &Table, full_name: &str) -> Result<(), SqlError> {
    let mut sql = String::new();
    if let Some(comment) = &table.comment {
        sql.push_str(&format!("COMMENT ON TABLE {full_name} IS {};", literal(comment)));
    }
    for column in &table.columns {
        if let Some(comment) = &column.comment {
            let name = quoted(&column.name);
            sql.push_str(&format!("COMMENT ON COLUMN {full_name}.{name} IS {};", literal(comment)));
        }
    }
    client.execute(format!("comment on table `{}`", table.name), &sql)
}

/// Adds the foreign keys.
pub(super) fn references(client: &Client, table: &Table, full_name: &str) -> Result<(), SqlError> {
    for (number, reference) in table.foreign_keys.iter().enumerate() {
        let name = named(&table.name, &format!("fk{number:03}"));
        let sql = format!(
            "ALTER TABLE {full_name} ADD CONSTRAINT {} FOREIGN KEY ({}) REFERENCES {} ({})",
            quoted(&name),
            list(&reference.columns),
            quoted(&reference.table),
            list(&reference.table_columns)
        );
        client.execute(format!("add a foreign key to table `{}`", table.name), &sql)?;
    }
    Ok(())
}

fn type_name(column: &Column) -> Cow<'static, str> {
    if let Some(scale) = column.scale {
        return Cow::Owned(format!("numeric({DECIMAL_DIGITS}, {scale})"));
    }
    Cow::Borrowed(match column.form {
        Form::Text | Form::Point | Form::Month => "text",
        Form::Integer => "bigint",
        Form::Number => "numeric",
        Form::Double => "double precision",
        Form::Boolean => "boolean",
        Form::Date => "date",
        Form::Time => "time",
        Form::DateTime => "timestamp",
        Form::Json => "jsonb",
    })
}

/// The rule as SQL; `None` when the database cannot say it.
fn check(client: &Client, column: &Column, rule: &ColumnRule) -> Result<Option<String>, SqlError> {
    let name = quoted(&column.name);
    let value = |value: &Value<'_>| literal(&value.text);
    Ok(Some(match rule {
        ColumnRule::LengthAtLeast(length) => format!("char_length({name}) >= {length}"),
        ColumnRule::LengthAtMost(length) => format!("char_length({name}) <= {length}"),
        ColumnRule::AtLeast(bound) => format!("{name} >= {}", value(bound)),
        ColumnRule::AtMost(bound) => format!("{name} <= {}", value(bound)),
        ColumnRule::Above(bound) => format!("{name} > {}", value(bound)),
        ColumnRule::Below(bound) => format!("{name} < {}", value(bound)),
        ColumnRule::OneOf(values) => {
            let values: Vec<String> = values.iter().map(value).collect();
            format!("{name} IN ({})", values.join(", "))
        }
        ColumnRule::Matches(pattern) => {
            let pattern = literal(&format!("^(?:{pattern})$"));
            // Patterns of both worlds differ; what the server cannot read, the cast has checked.
            if !client.attempt(&format!("SELECT '' ~ {pattern}"))? {
                return Ok(None);
            }
            format!("{name} ~ {pattern}")
        }
    }))
}
