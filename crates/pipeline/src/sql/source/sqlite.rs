//! Rows of SQLite, read by a thread of their own.
//!
//! Types are those that the table declares; the columns of an expression have those of the values
//! in the first rows.

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags, Row, Statement};
use tabular::format::{ReadError, RowReader};
use tabular::limits::BATCH_ROWS_MAX;
use tabular::schema::FieldType;
use tabular::{Batch, Column, Kind, Value};

use super::super::engine::Address;
use super::super::error::{SqlError, Told};
use super::shape::{Rows, Shape, batch, moment, refusal, short_fraction};
use super::{Selection, Source};
use crate::sql::limits;

const ENGINE: &str = "SQLite";

/// The far end of the thread that reads.
#[derive(Debug)]
struct SqliteRows {
    names: Vec<Arc<str>>,
    batches: Receiver<Result<Batch, ReadError>>,
}

/// What the thread tells first.
type Opened = Result<Vec<(Arc<str>, FieldType, bool)>, SqlError>;

pub(super) fn open(
    address: &Address,
    path: Option<&Path>,
    selection: &Selection,
) -> Result<Source, SqlError> {
    let connection = connect(address, path)?;
    let (told, opened) = sync_channel(1);
    let (sender, batches) = sync_channel(limits::READ_BATCHES_MAX);
    let (address, sql) = (address.clone(), selection.sql());
    std::thread::Builder::new()
        .name("sqlite rows".into())
        .spawn({
            let address = address.clone();
            move || read(&connection, &address, &sql, &told, &sender)
        })
        .map_err(|error| address.refused("start a thread", error))?;
    let columns = opened.recv().unwrap_or(Err(SqlError::Stopped))?;
    let shapes: Vec<Shape> =
        columns.iter().map(|(name, kind, double)| Shape::new(name, *kind, *double)).collect();
    Ok(Source {
        fields: shapes.iter().map(Shape::field).collect(),
        rows: Box::new(SqliteRows {
            names: shapes.iter().map(|shape| Arc::clone(&shape.name)).collect(),
            batches,
        }),
    })
}

impl RowReader for SqliteRows {
    fn names(&self) -> &[Arc<str>] {
        &self.names
    }

    fn next_batch(&mut self) -> Result<Option<Batch>, ReadError> {
        self.batches.recv().ok().transpose()
    }
}

fn connect(address: &Address, path: Option<&Path>) -> Result<Connection, SqlError> {
    let opened = match path {
        None => Connection::open_in_memory(),
        // A reader of a file in WAL mode has to write beside it; where it may not, it only reads.
        Some(path) => Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)
            .or_else(|_| Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)),
    };
    let unreachable = |error: rusqlite::Error| address.unreachable(&error.to_string());
    let connection = opened.map_err(unreachable)?;
    let wait = std::time::Duration::from_secs(limits::DATABASE_LOCK_S_MAX);
    connection
        .busy_timeout(wait)
        .and_then(|()| connection.pragma_update(None, "query_only", true))
        .map_err(unreachable)?;
    Ok(connection)
}

/// Runs the query and sends its rows until nobody wants them any more.
fn read(
    connection: &Connection,
    address: &Address,
    sql: &str,
    told: &SyncSender<Opened>,
    batches: &SyncSender<Result<Batch, ReadError>>,
) {
    let refused = |error| address.refused("run the query", error);
    let mut statement = match connection.prepare(sql) {
        Ok(statement) => statement,
        Err(error) => return drop(told.send(Err(refused(error)))),
    };
    if !statement.readonly() || statement.column_count() == 0 {
        let problem = Told("it is no statement that only reads rows".into());
        return drop(told.send(Err(address.refused("run the query", problem))));
    }
    let mut shapes = declared(&statement);
    if let Some(problem) = refusal(&shapes) {
        return drop(told.send(Err(address.refused("run the query", problem))));
    }
    let mut collected = Rows::new(shapes.len());
    let mut rows = match statement.query([]) {
        Ok(rows) => rows,
        Err(error) => return drop(told.send(Err(refused(error)))),
    };
    let mut is_first = true;
    let mut number = 0;
    loop {
        let row = match rows.next() {
            Err(error) if is_first => return drop(told.send(Err(refused(error)))),
            row => row,
        };
        let is_full = collected.count() >= BATCH_ROWS_MAX
            || collected.bytes() >= limits::READ_BATCH_BYTES_MAX;
        let is_end = !matches!(row, Ok(Some(_)));
        if is_end || is_full {
            let (count, columns) = collected.take();
            if std::mem::take(&mut is_first) {
                for (shape, column) in shapes.iter_mut().zip(&columns) {
                    settle(shape, column);
                }
                if told.send(Ok(shapes.iter().map(described).collect())).is_err() {
                    return;
                }
            }
            if count > 0 && batches.send(Ok(batch(&shapes, (count, columns)))).is_err() {
                return;
            }
        }
        number += 1;
        match row {
            Ok(None) => return,
            Ok(Some(row)) => collected.push(cells(row, &shapes)),
            Err(error) => {
                let problem = error.to_string();
                return drop(batches.send(Err(ReadError::Database {
                    engine: ENGINE,
                    row: number,
                    problem,
                })));
            }
        }
    }
}

fn described(shape: &Shape) -> (Arc<str>, FieldType, bool) {
    (Arc::clone(&shape.name), shape.field_type, shape.is_double)
}

/// The columns as they are declared; [`FieldType::Any`] where nothing is.
fn declared(statement: &Statement<'_>) -> Vec<Shape> {
    statement
        .columns()
        .map(|column| {
            let (field_type, is_double) = field_type(column.decl_type().unwrap_or_default());
            Shape::new(column.name(), field_type, is_double)
        })
        .collect()
}

/// The type that a declaration means, by the rules with which SQLite itself reads it.
fn field_type(declared: &str) -> (FieldType, bool) {
    let declared = declared.to_ascii_uppercase();
    let has = |words: &[&str]| words.iter().any(|word| declared.contains(word));
    match () {
        () if has(&["BOOL"]) => (FieldType::Boolean, false),
        () if has(&["DATETIME", "TIMESTAMP"]) => (FieldType::DateTime, false),
        () if has(&["INT"]) => (FieldType::Integer, false),
        () if has(&["CHAR", "CLOB", "TEXT"]) => (FieldType::String, false),
        () if has(&["REAL", "FLOA", "DOUB"]) => (FieldType::Number, true),
        () if has(&["NUMERIC", "DECIMAL"]) => (FieldType::Number, false),
        () if has(&["DATE"]) => (FieldType::Date, false),
        () if has(&["TIME"]) => (FieldType::Time, false),
        () => (FieldType::Any, false),
    }
}

/// Gives a column without declaration the type of its first values.
fn settle(shape: &mut Shape, column: &Column) {
    if shape.field_type != FieldType::Any {
        return;
    }
    let (field_type, is_double) = match column.kind() {
        Kind::Integer => (FieldType::Integer, false),
        Kind::Number | Kind::Float => (FieldType::Number, true),
        Kind::Text if column.cells().iter().any(|cell| cell.is_some()) => {
            (FieldType::String, false)
        }
        _ => return,
    };
    *shape = Shape::new(&shape.name, field_type, is_double);
}

fn cells<'a>(row: &'a Row<'a>, shapes: &'a [Shape]) -> impl Iterator<Item = Option<Value<'a>>> {
    shapes.iter().enumerate().map(|(index, shape)| {
        let value = row.get_ref(index).unwrap_or(ValueRef::Null);
        cell(value, shape.field_type, shape.is_double)
    })
}

fn cell(value: ValueRef<'_>, field_type: FieldType, is_double: bool) -> Option<Value<'_>> {
    Some(match value {
        ValueRef::Null => return None,
        ValueRef::Integer(flag @ (0 | 1)) if field_type == FieldType::Boolean => {
            Value::new(Kind::Boolean, if flag == 1 { "true" } else { "false" })
        }
        ValueRef::Integer(whole) if field_type == FieldType::Number && !is_double => {
            Value::new(Kind::Number, whole.to_string())
        }
        ValueRef::Integer(whole) => Value::new(Kind::Integer, whole.to_string()),
        ValueRef::Real(double) if field_type == FieldType::Number && !is_double => {
            // The shortest text of a double is the number that was stored.
            Value::new(Kind::Text, format!("{double}"))
        }
        ValueRef::Real(double) => Value::new(Kind::Float, float(double)),
        ValueRef::Text(text) => {
            let text = String::from_utf8_lossy(text);
            match field_type {
                FieldType::DateTime => Value::new(Kind::Text, moment(&text)),
                FieldType::Time => Value::new(Kind::Text, short_fraction(&text)),
                _ => Value::new(Kind::Text, text),
            }
        }
        ValueRef::Blob(bytes) => Value::new(Kind::Text, hex(bytes)),
    })
}

/// A double as JSON writes it.
fn float(double: f64) -> String {
    if double.is_nan() {
        return "NaN".into();
    }
    if double.is_infinite() {
        return if double > 0.0 { "Infinity".into() } else { "-Infinity".into() };
    }
    serde_json::Number::from_f64(double).map_or_else(String::new, |number| number.to_string())
}

fn hex(bytes: &[u8]) -> String {
    crate::file_sink::measured::hex(bytes)
}
