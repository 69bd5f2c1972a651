//! Rows of PostgreSQL, fetched through a cursor of a transaction that only reads.

use std::sync::Arc;

use tabular::format::{ReadError, RowReader};
use tabular::schema::FieldType;
use tabular::{Batch, Kind, Value};
use tokio_postgres::types::Type;
use tokio_postgres::{SimpleQueryMessage, SimpleQueryRow};

use super::super::engine::{Address, Server};
use super::super::error::SqlError;
use super::super::postgres::client::{Client, told};
use super::shape::{Rows, Shape, batch, moment, refusal, short_fraction};
use super::{Selection, Source, quoted};
use crate::sql::limits;

const ENGINE: &str = "PostgreSQL";

/// How dates, times and intervals are to be written.
const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; \
     SET LOCAL datestyle = 'ISO, YMD'; SET LOCAL timezone = 'UTC'; \
     SET LOCAL intervalstyle = 'iso_8601'; SET LOCAL extra_float_digits = 1; \
     SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL statement_timeout = 0; \
     SET LOCAL bytea_output = 'hex'";

#[derive(Debug)]
struct PostgresRows {
    client: Client,
    names: Vec<Arc<str>>,
    shapes: Vec<Shape>,
    rows_before: u64,
    is_done: bool,
}

pub(super) fn open(
    address: &Address,
    server: &Server,
    selection: &Selection,
) -> Result<Source, SqlError> {
    let client = Client::connect(address, server)?;
    client.execute("begin a transaction", BEGIN)?;
    let sql = statement(&client, selection)?;
    let prepared = client
        .wait(client.raw().prepare(&sql))
        .map_err(|error| client.refused("run the query", &error))?;
    let mut shapes = Vec::new();
    let mut columns = Vec::new();
    for column in prepared.columns() {
        let (field_type, is_double, needs_json) = field_type(column.type_());
        let name = quoted(column.name());
        columns.push(if needs_json { format!("to_json({name}) AS {name}") } else { name });
        shapes.push(Shape::new(column.name(), field_type, is_double));
    }
    if let Some(problem) = refusal(&shapes) {
        return Err(address.refused("run the query", problem));
    }
    let cursor = format!(
        "DECLARE thorp NO SCROLL CURSOR FOR SELECT {} FROM ({sql}) AS thorp_rows",
        columns.join(", ")
    );
    client.execute("run the query", &cursor)?;
    Ok(Source {
        fields: shapes.iter().map(Shape::field).collect(),
        rows: Box::new(PostgresRows {
            client,
            names: shapes.iter().map(|shape| Arc::clone(&shape.name)).collect(),
            shapes,
            rows_before: 0,
            is_done: false,
        }),
    })
}

/// The statement of a selection; a table may be written with its schema.
fn statement(client: &Client, selection: &Selection) -> Result<String, SqlError> {
    let sql = selection.sql();
    let Selection::Table { name, .. } = selection else { return Ok(sql) };
    let Some((schema, table)) = name.split_once('.') else { return Ok(sql) };
    let there =
        client.query("look for a table", "SELECT to_regclass($1)::text", &[&quoted(name)])?;
    let found: Option<String> = there.first().and_then(|row| row.try_get(0).ok()).flatten();
    if found.is_some() {
        return Ok(sql);
    }
    let full_name = format!("{}.{}", quoted(schema), quoted(table));
    Ok(sql.replacen(&quoted(name), &full_name, 1))
}

/// The type of a column, whether it holds doubles, and whether it can only be read as JSON.
fn field_type(of: &Type) -> (FieldType, bool, bool) {
    use tokio_postgres::types::Kind as TypeKind;
    if let TypeKind::Array(_) | TypeKind::Composite(_) = of.kind() {
        let is_array = matches!(of.kind(), TypeKind::Array(_));
        return (if is_array { FieldType::Array } else { FieldType::Object }, false, true);
    }
    let field_type = match *of {
        Type::INT2 | Type::INT4 | Type::INT8 | Type::OID => FieldType::Integer,
        Type::FLOAT4 | Type::FLOAT8 => return (FieldType::Number, true, false),
        Type::NUMERIC => FieldType::Number,
        Type::BOOL => FieldType::Boolean,
        Type::DATE => FieldType::Date,
        Type::TIME => FieldType::Time,
        Type::TIMESTAMP | Type::TIMESTAMPTZ => FieldType::DateTime,
        Type::INTERVAL => FieldType::Duration,
        Type::JSON | Type::JSONB => FieldType::Any,
        _ => FieldType::String,
    };
    (field_type, false, false)
}

impl RowReader for PostgresRows {
    fn names(&self) -> &[Arc<str>] {
        &self.names
    }

    fn next_batch(&mut self) -> Result<Option<Batch>, ReadError> {
        let mut collected = Rows::new(self.shapes.len());
        while !self.is_done
            && collected.count() < tabular::limits::BATCH_ROWS_MAX
            && collected.bytes() < limits::READ_BATCH_BYTES_MAX
        {
            self.fetch(&mut collected)?;
        }
        let (count, columns) = collected.take();
        if count == 0 {
            return Ok(None);
        }
        self.rows_before += u64::try_from(count).unwrap_or_default();
        Ok(Some(batch(&self.shapes, (count, columns))))
    }
}

impl PostgresRows {
    fn fetch(&mut self, collected: &mut Rows) -> Result<(), ReadError> {
        let sql = format!("FETCH {} FROM thorp", limits::FETCH_ROWS);
        let messages = self.client.wait(self.client.raw().simple_query(&sql));
        let messages = messages.map_err(|error| ReadError::Database {
            engine: ENGINE,
            row: self.rows_before + 1,
            problem: told(&error),
        })?;
        self.is_done = true;
        for message in &messages {
            if let SimpleQueryMessage::Row(row) = message {
                self.is_done = false;
                collected.push(cells(row, &self.shapes));
            }
        }
        Ok(())
    }
}

fn cells<'a>(
    row: &'a SimpleQueryRow,
    shapes: &'a [Shape],
) -> impl Iterator<Item = Option<Value<'a>>> {
    shapes.iter().enumerate().map(|(index, shape)| {
        let text = row.try_get(index).ok().flatten()?;
        Some(cell(text, shape))
    })
}

fn cell<'a>(text: &'a str, shape: &Shape) -> Value<'a> {
    match shape.field_type {
        FieldType::Integer => Value::new(Kind::Integer, text),
        FieldType::Boolean => Value::new(Kind::Boolean, if text == "t" { "true" } else { "false" }),
        FieldType::Number if shape.is_double => Value::new(Kind::Float, text),
        FieldType::DateTime => Value::new(Kind::Text, moment(text)),
        FieldType::Time => Value::new(Kind::Text, short_fraction(text)),
        FieldType::Any | FieldType::Array | FieldType::Object => Value::new(Kind::Json, text),
        _ => Value::new(Kind::Text, text),
    }
}
