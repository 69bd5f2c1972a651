//! What can be computed from the values of a row.

use std::cmp::Ordering;

use arrow::array::StringViewBuilder;
use tabular::cast::decimal::Decimal;
use tabular::{Batch, Column, ColumnBuilder, Kind, Value};

use super::number::{Number, add_columns, multiply_columns};
use crate::format_string::FormatString;
use crate::python_text::text_of;

#[derive(Debug, Clone)]
pub(super) enum Operation {
    Sum,
    Average,
    Min,
    Max,
    Multiply,
    Constant(Option<Value<'static>>),
    /// The texts of the values with a separator between them.
    Join(String),
    Format(FormatString),
}

/// Why there is no result for a row.
#[derive(Debug)]
pub(super) struct RowProblem {
    /// 0-based, within the batch.
    pub(super) row: usize,
    pub(super) value: String,
    pub(super) text: String,
}

impl RowProblem {
    fn new(row: usize, value: impl Into<String>, text: impl Into<String>) -> Self {
        Self { row, value: value.into(), text: text.into() }
    }
}

impl Operation {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Sum => "sum",
            Self::Average => "avg",
            Self::Min => "min",
            Self::Max => "max",
            Self::Multiply => "multiply",
            Self::Constant(_) => "constant",
            Self::Join(_) => "join",
            Self::Format(_) => "format",
        }
    }

    /// The result for each row of `batch` out of the columns `sources`, of which nulls are left
    /// out.
    pub(super) fn column(&self, batch: &Batch, sources: &[&Column]) -> Result<Column, RowProblem> {
        match self {
            Self::Sum => match add_columns(sources, batch.rows()) {
                Some(column) => Ok(column),
                None => each_row(batch.rows(), sources, sum),
            },
            Self::Multiply => match multiply_columns(sources, batch.rows()) {
                Some(column) => Ok(column),
                None => each_row(batch.rows(), sources, multiply),
            },
            Self::Average => each_row(batch.rows(), sources, average),
            Self::Min => each_row(batch.rows(), sources, |v| extreme(v, Ordering::Less)),
            Self::Max => each_row(batch.rows(), sources, |v| extreme(v, Ordering::Greater)),
            Self::Constant(value) => Ok(Column::repeat(value.as_ref(), batch.rows())),
            Self::Join(separator) => Ok(join(batch.rows(), sources, separator)),
            Self::Format(format) => fill(batch, format),
        }
    }
}

/// Applies `compute` to the values of each row.
fn each_row<'a>(
    rows: usize,
    sources: &[&'a Column],
    compute: impl Fn(&[Value<'a>]) -> Result<Value<'a>, String>,
) -> Result<Column, RowProblem> {
    let mut results = ColumnBuilder::with_capacity(rows);
    let mut values = Vec::with_capacity(sources.len());
    for row in 0..rows {
        values.clear();
        values.extend(sources.iter().filter_map(|column| column.value(row)));
        match compute(&values) {
            Ok(value) => results.push(value.kind, &value.text),
            Err(text) => {
                let texts: Vec<&str> = values.iter().map(|value| &*value.text).collect();
                return Err(RowProblem::new(row, texts.join(", "), text));
            }
        }
    }
    Ok(results.finish())
}

fn sum<'a>(values: &[Value<'a>]) -> Result<Value<'a>, String> {
    let mut total = Number::zero();
    for value in values {
        total = total.add(&Number::of(value)?);
    }
    Ok(total.into_value())
}

fn multiply<'a>(values: &[Value<'a>]) -> Result<Value<'a>, String> {
    let (first, rest) = values.split_first().ok_or_else(no_values)?;
    if rest.is_empty() {
        return Ok(first.clone());
    }
    let mut product = Number::of(first)?;
    for value in rest {
        product = product.multiply(&Number::of(value)?);
    }
    Ok(product.into_value())
}

fn average<'a>(values: &[Value<'a>]) -> Result<Value<'a>, String> {
    if values.is_empty() {
        return Err(no_values());
    }
    let mut total = Number::zero();
    for value in values {
        total = total.add(&Number::of(value)?);
    }
    Ok(total.divide(values.len()).into_value())
}

/// The first value that no other one goes beyond in direction `wanted`.
fn extreme<'a>(values: &[Value<'a>], wanted: Ordering) -> Result<Value<'a>, String> {
    let (first, rest) = values.split_first().ok_or_else(no_values)?;
    let mut best = first;
    for value in rest {
        if compare(value, best)? == Some(wanted) {
            best = value;
        }
    }
    Ok(best.clone())
}

/// Compares values as Python does; `None` when one is not a number.
fn compare(a: &Value<'_>, b: &Value<'_>) -> Result<Option<Ordering>, String> {
    let is_number =
        |kind| matches!(kind, Kind::Integer | Kind::Number | Kind::Float | Kind::Boolean);
    if is_number(a.kind) && is_number(b.kind) {
        return Ok(decimal(a)?.compare(&decimal(b)?));
    }
    let comparable = matches!(a.kind, Kind::Text | Kind::Date | Kind::Time | Kind::DateTime);
    if a.kind == b.kind && comparable {
        return Ok(Some(a.text.cmp(&b.text)));
    }
    Err(format!("`{}` and `{}` cannot be compared", a.text, b.text))
}

fn decimal(value: &Value<'_>) -> Result<Decimal, String> {
    let text = match (value.kind, &*value.text) {
        (Kind::Boolean, "true") => "1",
        (Kind::Boolean, _) => "0",
        (_, text) => text,
    };
    Decimal::parse(text).ok_or_else(|| format!("`{text}` has too many digits"))
}

fn no_values() -> String {
    "none of the source fields has a value".into()
}

fn join(rows: usize, sources: &[&Column], separator: &str) -> Column {
    let mut joined = StringViewBuilder::with_capacity(rows);
    let mut text = String::new();
    for row in 0..rows {
        text.clear();
        let mut separate = "";
        for value in sources.iter().filter_map(|column| column.value(row)) {
            text.push_str(separate);
            text.push_str(&text_of(value.kind, &value.text));
            separate = separator;
        }
        joined.append_value(&text);
    }
    Column::new(Kind::Text, joined.finish())
}

fn fill(batch: &Batch, format: &FormatString) -> Result<Column, RowProblem> {
    let mut filled = StringViewBuilder::with_capacity(batch.rows());
    let mut text = String::new();
    for row in 0..batch.rows() {
        text.clear();
        format
            .fill(&mut text, |field| batch.column(field).map(|column| column.value(row)))
            .map_err(|error| RowProblem::new(row, format.as_str(), error.to_string()))?;
        filled.append_value(&text);
    }
    Ok(Column::new(Kind::Text, filled.finish()))
}
