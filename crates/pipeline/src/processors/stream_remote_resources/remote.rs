//! The rows of a remote table, all as texts: empty ones are left out, and so is what stands below
//! the table.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use arrow::array::BooleanArray;
use model::package::{STREAMED_FROM, fields, name};
use model::{Json, Map, python};
use tabular::format::{ReadError, RowReader};
use tabular::{Batch, Column, Kind, Value};

use super::{header, lines};
use crate::context::Context;
use crate::error::StepError;
use crate::parameters::Parameters;
use crate::python_text::text_of;
use crate::table_source::{self, Failure};

/// Opens the table at `from`, read as the properties of `resource` say.
///
/// # Errors
///
/// When the bytes cannot be had, or are no table.
pub(super) fn open(
    from: &str,
    resource: &Map,
    ctx: &Context,
) -> Result<Box<dyn RowReader>, StepError> {
    let failed = |error: Failure| {
        StepError::outside(format!("open `{from}` for resource `{}`", name(resource)), error)
    };
    if resource.get("format").and_then(Json::as_str) == Some("txt") {
        let options = table_source::source_options(Parameters(resource), ctx)?;
        let source = store::source::open(&table_source::parse(from, ctx)?, &options)
            .map_err(|error| failed(error.into()))?;
        let encoding = Parameters(resource).text("encoding")?;
        let reader = lines::read(source.stream, encoding).map_err(|error| failed(error.into()))?;
        let columns = reader.names().iter().map(|name| (Arc::clone(name), Arc::clone(name)));
        let columns = columns.collect();
        return Ok(Box::new(Remote::new(reader, columns, resource)));
    }
    let headers = resource.get("headers").cloned().unwrap_or_else(|| 1.into());
    let mut parameters = resource.clone();
    for key in [STREAMED_FROM, "limit_rows", "strip", "deduplicate_headers"] {
        parameters.shift_remove(key);
    }
    parameters.insert("ignore_blank_headers".into(), false.into());
    // The header is a row like any other, to be looked at here.
    let number = headers.as_u64().and_then(|number| usize::try_from(number).ok());
    parameters.insert("headers".into(), if number.is_some() { Json::Null } else { headers });
    let table = table_source::open(from, &parameters, ctx)?;
    let is_text = matches!(table.format.as_str(), "csv" | "tsv");
    let is_grid = is_text || matches!(table.format.as_str(), "xlsx" | "xls" | "ods");
    let mut remote = match number {
        Some(number) if is_grid => Remote::below_header(table.reader, number, resource)
            .map_err(|error| failed(error.into()))?,
        _ => {
            let cells: Vec<Option<String>> =
                table.reader.names().iter().map(|name| Some(name.to_string())).collect();
            let columns = named(table.reader.names(), &cells);
            Remote::new(table.reader, columns, resource)
        }
    };
    if !is_text {
        remote.last = None;
    }
    remote.call_as(resource).map_err(|problem| StepError::resource(name(resource), problem))?;
    Ok(Box::new(remote))
}

/// A resource without rows and columns.
#[derive(Debug)]
pub(super) struct Absent;

impl RowReader for Absent {
    fn names(&self) -> &[Arc<str>] {
        &[]
    }

    fn next_batch(&mut self) -> Result<Option<Batch>, ReadError> {
        Ok(None)
    }
}

#[derive(Debug)]
struct Remote {
    reader: Box<dyn RowReader>,
    /// Rows that were read with the header.
    waiting: VecDeque<Batch>,
    /// For each column the one of the reader.
    columns: Vec<Arc<str>>,
    /// The texts of the columns behind the others.
    constants: Vec<String>,
    names: Vec<Arc<str>>,
    /// The column below the end of the header: a row that does not reach it ends the table.
    last: Option<Arc<str>>,
    is_ended: bool,
}

impl Remote {
    fn new(reader: Box<dyn RowReader>, columns: Vec<(Arc<str>, Arc<str>)>, resource: &Map) -> Self {
        let (columns, mut names): (Vec<_>, Vec<_>) = columns.into_iter().unzip();
        let mut taken: BTreeSet<String> = names.iter().map(ToString::to_string).collect();
        let mut constants = Vec::new();
        for (name, value) in
            resource.get("constants").and_then(Json::as_object).into_iter().flatten()
        {
            names.push(header::unique(name, &mut taken).into());
            let json = python::dumps(value, python::Style { ascii: false, ..python::Style::WIRE });
            let value = Value::from_wire(&json);
            constants.push(value.map_or_else(String::new, |value| shown(value.kind, &value.text)));
        }
        Self {
            reader,
            waiting: VecDeque::new(),
            columns,
            constants,
            names,
            last: None,
            is_ended: false,
        }
    }

    /// The rows below row `number` of `reader`, which has no header of its own.
    fn below_header(
        mut reader: Box<dyn RowReader>,
        number: usize,
        resource: &Map,
    ) -> Result<Self, ReadError> {
        let mut waiting = VecDeque::new();
        let mut above = number.max(1) - 1;
        let mut cells: Vec<Option<String>> = Vec::new();
        while let Some(batch) = reader.next_batch()? {
            if above >= batch.rows() {
                above -= batch.rows();
                continue;
            }
            let cell = |column: &Column| column.value(above).map(|v| shown(v.kind, &v.text));
            cells = reader.names().iter().map(|name| batch.column(name).and_then(cell)).collect();
            let below = above + 1;
            waiting.push_back(batch.slice(below, batch.rows() - below));
            break;
        }
        let columns = named(reader.names(), &cells);
        let width = cells.iter().rposition(Option::is_some);
        let last = width.and_then(|at| reader.names().get(at).cloned());
        let remote = Self::new(reader, columns, resource);
        Ok(Self { waiting, last, ..remote })
    }

    /// Calls the columns as the schema of `resource` does, when it has other names for them.
    fn call_as(&mut self, resource: &Map) -> Result<(), String> {
        let declared: Vec<Arc<str>> =
            fields(resource).map(|field| Arc::from(name(field))).collect();
        if declared.is_empty() || self.names.iter().all(|name| declared.contains(name)) {
            return Ok(());
        }
        if declared.len() != self.names.len() {
            let (found, expected) = (self.names.len(), declared.len());
            return Err(format!("the table has {found} columns, the schema {expected} fields"));
        }
        self.names = declared;
        Ok(())
    }

    /// The rows of `batch` that belong to the table, as texts.
    fn texts(&mut self, batch: &Batch) -> Batch {
        let columns: Vec<Column> = self
            .columns
            .iter()
            .map(|name| batch.column(name).map_or_else(|| Column::nulls(batch.rows()), texts))
            .collect();
        let has_constant = self.constants.iter().any(|text| !text.is_empty());
        let is_blank = |column: &Column, row| column.text(row).is_none_or(str::is_empty);
        let all: Vec<&Column> = batch.columns().iter().collect();
        let last = self.last.as_ref().and_then(|last| batch.column(last));
        let keep: BooleanArray = (0..batch.rows())
            .map(|row| {
                if self.is_ended || all.iter().all(|column| is_blank(column, row)) {
                    return Some(false);
                }
                if last.is_some_and(|last| last.text(row).is_none()) {
                    self.is_ended = true;
                    return Some(false);
                }
                Some(has_constant || !columns.iter().all(|column| is_blank(column, row)))
            })
            .collect();
        let rows = batch.rows();
        let constants = self.constants.iter().map(|text| {
            let value = Value::new(Kind::Text, text.as_str());
            Column::repeat(Some(&value), rows)
        });
        let columns = columns.into_iter().chain(constants);
        Batch::new(rows, self.names.iter().cloned().zip(columns)).filter(&keep)
    }
}

impl RowReader for Remote {
    fn names(&self) -> &[Arc<str>] {
        &self.names
    }

    fn next_batch(&mut self) -> Result<Option<Batch>, ReadError> {
        while !self.is_ended {
            let batch = match self.waiting.pop_front() {
                Some(batch) => batch,
                None => match self.reader.next_batch()? {
                    Some(batch) => batch,
                    None => return Ok(None),
                },
            };
            let rows = self.texts(&batch);
            if rows.rows() > 0 {
                return Ok(Some(rows));
            }
        }
        Ok(None)
    }
}

/// The columns of a reader with the names that `cells`, a header row, gives them.
fn named(columns: &[Arc<str>], cells: &[Option<String>]) -> Vec<(Arc<str>, Arc<str>)> {
    header::columns(cells)
        .into_iter()
        .filter_map(|(index, name)| Some((Arc::clone(columns.get(index)?), Arc::from(name))))
        .collect()
}

/// `column` as stripped texts, with nothing as the empty one.
fn texts(column: &Column) -> Column {
    let is_done = |text: Option<&str>| text.is_some_and(|text| strip(text).len() == text.len());
    if column.kind() == Kind::Text && column.cells().iter().all(is_done) {
        return column.clone();
    }
    column
        .values()
        .map(|value| {
            let text = value.map_or_else(String::new, |value| shown(value.kind, &value.text));
            Some(Value::new(Kind::Text, text))
        })
        .collect()
}

/// A value as `str` or `isoformat` of Python writes it, stripped.
fn shown(kind: Kind, text: &str) -> String {
    match kind {
        Kind::Boolean | Kind::Float => text_of(kind, text).into_owned(),
        _ => strip(text).to_owned(),
    }
}

/// `text` without white space at its ends, as Python sees it.
fn strip(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || ('\x1c'..='\x1f').contains(&c))
}
