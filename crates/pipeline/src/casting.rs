//! Casting the rows of a resource to its schema, and what happens to those that do not fit.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::BooleanArray;
use model::package::{Package, fields, name};
use model::{Json, Map};
use serde_json::json;
use tabular::cast::{Caster, CellError};
use tabular::schema::{Field, Schema};
use tabular::{Batch, Column, ColumnBuilder, Kind};

use crate::context::Context;
use crate::error::{RowError, StepError};
use crate::spool::Spool;

/// What happens to a row with a value that does not fit its field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnError {
    /// The step fails.
    #[default]
    Raise,
    /// The row is left out.
    Drop,
    /// The value becomes null.
    Clear,
    /// The row is left out and written to the resource `<name>-errors`.
    Collect,
    /// The value stays as it is.
    Ignore,
}

impl OnError {
    /// Reads the parameter `on_error`.
    ///
    /// # Errors
    ///
    /// A parameter error for an unknown word.
    pub fn parse(word: Option<&str>) -> Result<Self, StepError> {
        match word {
            None | Some("raise") => Ok(Self::Raise),
            Some("drop") => Ok(Self::Drop),
            Some("clear") => Ok(Self::Clear),
            Some("collect") => Ok(Self::Collect),
            Some("ignore") => Ok(Self::Ignore),
            Some(other) => Err(StepError::parameter(
                "on_error",
                format!("expected raise, drop, clear, collect or ignore, found `{other}`"),
            )),
        }
    }
}

/// Casts the batches of one resource, in order.
#[derive(Debug)]
pub struct Casting {
    resource: String,
    casters: Vec<(Arc<str>, Caster)>,
    on_error: OnError,
    /// Rows seen before the batch at hand.
    rows_before: u64,
    /// Which rows of the last batch are left, when some were left out.
    pub kept: Option<BooleanArray>,
    /// The rows that `collect` keeps, as rows of the resource of errors.
    pub collected: Option<Spool>,
    /// Speaks for the step that casts.
    ctx: Context,
}

impl Casting {
    /// A cast of the fields of `resource` (its descriptor) that `chosen` accepts.
    ///
    /// # Errors
    ///
    /// When the schema has a field that cannot be understood.
    pub fn new(
        resource: &Map,
        on_error: OnError,
        ctx: &Context,
        chosen: impl Fn(&str) -> bool,
    ) -> Result<Self, StepError> {
        let label = name(resource).to_owned();
        let wrong = |error| StepError::outside(format!("read the schema of `{label}`"), error);
        let mut casters = Vec::new();
        if let Some(descriptor) = resource.get("schema").and_then(Json::as_object) {
            let missing = missing_values(descriptor);
            for field in fields(resource).filter(|field| chosen(name(field))) {
                let field = Field::parse(field).map_err(wrong)?;
                let caster = Caster::new(&field, &missing).map_err(wrong)?;
                casters.push((Arc::from(field.name.as_str()), caster));
            }
        }
        let collected = (on_error == OnError::Collect).then(|| Spool::new(ctx.memory_bytes));
        Ok(Self {
            resource: label,
            casters,
            on_error,
            rows_before: 0,
            kept: None,
            collected,
            ctx: ctx.clone(),
        })
    }

    /// The rows with their values cast; a field without a column gets one of nulls.
    ///
    /// # Errors
    ///
    /// The first bad value when errors raise; else when bad rows cannot be kept.
    pub fn apply(&mut self, mut batch: Batch) -> Result<Batch, StepError> {
        let mut bad: Vec<(Arc<str>, CellError)> = Vec::new();
        let raw = (self.on_error == OnError::Collect).then(|| batch.clone());
        for (field, caster) in &mut self.casters {
            let absent;
            let column = match batch.column(field) {
                Some(column) => column,
                None => {
                    absent = Column::nulls(batch.rows());
                    &absent
                }
            };
            let cast = caster.cast(column);
            let column = if self.on_error == OnError::Ignore {
                restore(column, cast.column, &cast.errors)
            } else {
                cast.column
            };
            bad.extend(cast.errors.into_iter().map(|error| (Arc::clone(field), error)));
            batch.set(field, column);
        }
        let before = self.rows_before;
        self.rows_before += count(batch.rows());
        self.kept = None;
        if bad.is_empty() {
            return Ok(batch);
        }
        match self.on_error {
            OnError::Raise => {
                let (field, first) =
                    bad.into_iter().min_by_key(|(_, error)| error.row).expect("is not empty");
                Err(self.row_error(before, &field, first).into())
            }
            OnError::Clear | OnError::Ignore => Ok(batch),
            OnError::Drop => Ok(self.without(&batch, &bad)),
            OnError::Collect => {
                let raw = raw.expect("was kept for `collect`");
                self.collect(before, &raw, &bad)?;
                Ok(self.without(&batch, &bad))
            }
        }
    }

    fn without(&mut self, batch: &Batch, bad: &[(Arc<str>, CellError)]) -> Batch {
        let mut keep = vec![true; batch.rows()];
        for (_, error) in bad {
            if let Some(keep) = keep.get_mut(error.row) {
                *keep = false;
            }
        }
        let keep = BooleanArray::from(keep);
        let kept = batch.filter(&keep);
        self.ctx.rejected(count(batch.rows() - kept.rows()));
        self.kept = Some(keep);
        kept
    }

    fn row_error(&self, before: u64, field: &str, error: CellError) -> RowError {
        RowError {
            resource: self.resource.clone(),
            row: before + count(error.row) + 1,
            field: field.to_owned(),
            value: error.text,
            rule: error.rule.name().to_owned(),
            text: error.message,
        }
    }

    fn collect(
        &mut self,
        before: u64,
        raw: &Batch,
        bad: &[(Arc<str>, CellError)],
    ) -> Result<(), StepError> {
        let mut columns: BTreeMap<&str, ColumnBuilder> = BTreeMap::new();
        let mut push = |column, kind, text: &str| {
            columns.entry(column).or_default().push(kind, text);
        };
        for (field, error) in bad {
            push("row", Kind::Integer, &(before + count(error.row) + 1).to_string());
            push("field", Kind::Text, field);
            push("value", Kind::Text, &error.text);
            push("rule", Kind::Text, error.rule.name());
            push("text", Kind::Text, &error.message);
            push("raw", Kind::Json, &row_json(raw, error.row));
        }
        let names = ERROR_FIELDS.map(|(name, _)| name);
        let columns = names
            .into_iter()
            .filter_map(|name| Some((Arc::from(name), columns.remove(name)?.finish())));
        let rows = Batch::new(bad.len(), columns);
        self.collected.as_mut().map_or(Ok(()), |spool| spool.push(&rows))
    }
}

/// The fields of a resource of errors, with their types.
const ERROR_FIELDS: [(&str, &str); 6] = [
    ("row", "integer"),
    ("field", "string"),
    ("value", "string"),
    ("rule", "string"),
    ("text", "string"),
    ("raw", "object"),
];

/// Adds the resources that bad rows are collected in.
pub fn declare_collected(
    package: &mut Package,
    castings: &BTreeMap<String, Casting>,
    on_error: OnError,
) {
    if on_error == OnError::Collect {
        let errors = castings.keys().map(|name| Json::Object(errors_resource(name)));
        package.resource_list_mut().extend(errors);
    }
}

/// The descriptor of the resource that holds the bad rows of `resource`.
pub fn errors_resource(resource: &str) -> Map {
    let name = format!("{resource}-errors");
    let fields = ERROR_FIELDS.map(|(name, field_type)| json!({"name": name, "type": field_type}));
    let descriptor = json!({
        "name": name,
        "path": format!("{name}.csv"),
        "profile": "tabular-data-resource",
        model::package::STREAMING: true,
        "schema": {"fields": fields},
    });
    match descriptor {
        Json::Object(map) => map,
        _ => Map::new(),
    }
}

/// One row as a JSON object in the wire encoding.
pub fn row_json(batch: &Batch, row: usize) -> String {
    let mut json = String::new();
    tabular::wire::Encoder::default().encode(&batch.slice(row, 1), &mut json);
    json.truncate(json.trim_end().len());
    json
}

/// The texts that mean null in a schema.
fn missing_values(schema: &Map) -> Vec<String> {
    match schema.get("missingValues").and_then(Json::as_array) {
        None => vec![String::new()],
        Some(list) => list.iter().filter_map(missing_text).collect(),
    }
}

/// A missing value is a text, or since version 2 an object with `value` and `label`.
fn missing_text(value: &Json) -> Option<String> {
    value.get("value").unwrap_or(value).as_str().map(str::to_owned)
}

/// The column as cast, with the values that failed put back.
fn restore(before: &Column, after: Column, errors: &[CellError]) -> Column {
    if errors.is_empty() {
        return after;
    }
    let mut failed = errors.iter().map(|error| error.row).peekable();
    (0..after.len())
        .map(|row| {
            while failed.next_if(|other| *other < row).is_some() {}
            if failed.peek() == Some(&row) { before.value(row) } else { after.value(row) }
        })
        .collect()
}

fn count(rows: usize) -> u64 {
    u64::try_from(rows).expect("a batch has fewer than 2^64 rows")
}

/// Whether the schema of a resource can be read; for steps that only need the fields.
///
/// # Errors
///
/// When the schema has a field that cannot be understood.
pub fn schema_of(resource: &Map) -> Result<Schema, StepError> {
    let empty = Map::new();
    let descriptor = resource.get("schema").and_then(Json::as_object).unwrap_or(&empty);
    Schema::parse(descriptor).map_err(|error| {
        StepError::outside(format!("read the schema of `{}`", name(resource)), error)
    })
}

/// Writes the resources of errors of `castings`, in the order of their resources' names.
///
/// # Errors
///
/// When kept rows cannot be read, and whatever `out` fails with.
pub fn write_collected(
    castings: &mut BTreeMap<String, Casting>,
    out: &mut dyn crate::processor::Output,
) -> Result<(), StepError> {
    for (resource, casting) in castings {
        if let Some(spool) = casting.collected.take() {
            out.open(&format!("{resource}-errors"))?;
            spool.drain(|batch| out.rows(batch))?;
            out.close()?;
        }
    }
    Ok(())
}
