//! The rows of one table: cells, types, constraints; its keys are handed on.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use arrow::array::Array;
use model::Map;
use model::fault::Chain;
use model::package::name;
use tabular::cast::Caster;
use tabular::format::ReadError;
use tabular::schema::{Field, Rule, Schema};
use tabular::{Batch, Inference};

use super::{Collector, Described, Finding, header};
use crate::context::Context;
use crate::error::{StepError, shorten};
use crate::keys::{PackageKeys, Rows};
use crate::limits::SAMPLE_ROWS_DEFAULT;
use crate::package_source::{self, PackageError, PackageSource, is_tabular};
use crate::table_source::{self, Table};

/// The column with the first cell behind those of the header, under a name that no field has.
const EXTRA: &str = "\0extra";

/// One resource of a package.
#[derive(Debug)]
pub(super) struct Work<'w> {
    pub(super) order: usize,
    pub(super) one: &'w Described,
    pub(super) keys: &'w mut PackageKeys,
    pub(super) ctx: &'w Context,
}

/// Checks the rows of a resource; gives false when not all of them could be read.
pub(super) fn check(
    collector: &mut Collector,
    source: &PackageSource,
    work: Work<'_>,
) -> Result<bool, StepError> {
    let resource = &work.one.descriptor;
    if !work.one.is_usable {
        return Ok(false);
    }
    if !is_table(resource) {
        return Ok(true);
    }
    let label = name(resource).to_owned();
    let mut table = match source.rows_as_found(resource, Some(EXTRA)) {
        Ok(table) => table,
        Err(PackageError::Unsafe(_)) => return Ok(false),
        Err(error) => {
            let text = match &error {
                // The resource is named by the finding.
                PackageError::Table { source, .. } => Chain(&**source).to_string(),
                error => Chain(error).to_string(),
            };
            collector.add(work.order, Finding::resource(&label, "source", text));
            return Ok(false);
        }
    };
    let mut waiting = VecDeque::new();
    let schema = match &work.one.schema {
        Some(schema) => schema.clone(),
        None => match guess(&mut table, &mut waiting) {
            Ok(schema) => schema,
            Err(error) => {
                collector.add(work.order, unread(&label, &error));
                return Ok(false);
            }
        },
    };
    let mut checked = Checked::new(collector, &table, (work, label, &schema));
    loop {
        let next = match waiting.pop_front() {
            Some(batch) => Ok(Some(batch)),
            None => table.reader.next_batch(),
        };
        match next {
            Ok(Some(batch)) => checked.batch(batch)?,
            Ok(None) => return Ok(true),
            Err(error) => {
                let finding = unread(&checked.label, &error);
                checked.collector.add(checked.work.order, finding);
                return Ok(false);
            }
        }
    }
}

/// Whether the rows of a resource can be read: it says that it is a table, or looks like one and
/// does not say that it is something else.
fn is_table(resource: &Map) -> bool {
    let looks_so = || {
        resource.get("data").is_some_and(model::Json::is_array)
            || package_source::format_of(resource).is_some_and(|f| table_source::is_known(&f))
    };
    is_tabular(resource) || (!resource.contains_key("type") && looks_so())
}

fn unread(label: &str, error: &ReadError) -> Finding {
    match error {
        ReadError::DuplicateHeader(column) => Finding {
            field: Some(column.clone()),
            fix: Some("rename one of them".into()),
            ..Finding::resource(label, "header", "there are two columns of this name".into())
        },
        ReadError::Row { row, .. }
        | ReadError::Database { row, .. }
        | ReadError::CellTooLarge { row, .. } => Finding {
            row: Some(*row),
            ..Finding::resource(label, "source", Chain(error).to_string())
        },
        _ => Finding::resource(label, "source", Chain(error).to_string()),
    }
}

/// The schema that the file itself has, or the one that its first rows look like.
fn guess(table: &mut Table, waiting: &mut VecDeque<Batch>) -> Result<Schema, ReadError> {
    let missing = [String::new()];
    let mut rows = 0;
    while table.fields.is_none()
        && rows < SAMPLE_ROWS_DEFAULT
        && let Some(batch) = table.reader.next_batch()?
    {
        rows += batch.rows();
        waiting.push_back(batch);
    }
    let fields = match &table.fields {
        Some(fields) => fields.iter().filter_map(|field| Field::parse(field).ok()).collect(),
        None => {
            let names = table.reader.names().iter().filter(|name| ***name != *EXTRA);
            let field = |name: &Arc<str>| {
                let mut inference = Inference::new(&missing);
                waiting.iter().filter_map(|batch| batch.column(name)).for_each(|column| {
                    inference.add(column);
                });
                let inferred = inference.finish();
                Field { format: inferred.format.into(), ..Field::plain(name, inferred.field_type) }
            };
            names.map(field).collect()
        }
    };
    let mut schema = Schema::parse(&Map::new()).expect("an empty schema is read leniently");
    schema.fields = fields;
    Ok(schema)
}

/// A table while its rows are checked.
struct Checked<'c> {
    collector: &'c mut Collector,
    work: Work<'c>,
    label: String,
    casters: Vec<(String, Caster)>,
    /// Columns in which a null is a cell that is not there; empty for formats that have nulls.
    columns: Vec<Arc<str>>,
    rows: u64,
}

impl<'c> Checked<'c> {
    fn new(
        collector: &'c mut Collector,
        table: &Table,
        (work, label, schema): (Work<'c>, String, &Schema),
    ) -> Self {
        let columns: Vec<Arc<str>> =
            table.reader.names().iter().filter(|name| ***name != *EXTRA).cloned().collect();
        let is_keyed = matches!(&*table.format, "json" | "jsonl" | "ndjson" | "geojson" | "inline");
        let names: Vec<&str> = columns.iter().map(|name| &**name).collect();
        if !schema.fields.is_empty() {
            for (field, text) in header::problems(schema, &names, is_keyed) {
                let rule = Rule::FieldsMatch.name();
                let finding = Finding { field, ..Finding::resource(&label, rule, text) };
                collector.add(work.order, finding);
            }
        }
        let casters = schema
            .fields
            .iter()
            .filter(|field| is_keyed || names.contains(&field.name.as_str()))
            .filter_map(|field| {
                // A field that makes no caster was reported with the descriptor.
                let caster = Caster::new(field, &schema.missing_texts(field)).ok()?;
                Some((field.name.clone(), caster))
            })
            .collect();
        let has_null =
            work.one.descriptor.get("dialect").is_some_and(|d| d.get("nullSequence").is_some());
        let columns = if table.has_nulls || has_null { Vec::new() } else { columns };
        Self { collector, work, label, casters, columns, rows: 0 }
    }

    fn batch(&mut self, mut batch: Batch) -> Result<(), StepError> {
        self.work.ctx.check_stop()?;
        let first = self.rows + 1;
        let rows = u64::try_from(batch.rows()).expect("fewer than 2^64 rows");
        self.rows += rows;
        self.collector.count(self.work.order, rows);
        let mut found: Vec<(usize, Finding)> = Vec::new();
        self.extra_cells(&mut batch, &mut found);
        let absent = self.missing_cells(&batch, &mut found);
        let mut broken: Vec<(String, usize)> = Vec::new();
        for (field, caster) in &self.casters {
            let nulls;
            let column = match batch.column(field) {
                Some(column) => column,
                None => {
                    nulls = tabular::Column::nulls(batch.rows());
                    &nulls
                }
            };
            let cast = caster.cast(column);
            for error in cast.errors {
                broken.push((field.clone(), error.row));
                if absent.contains(&(field.as_str(), error.row)) {
                    continue;
                }
                let finding = Finding {
                    field: Some(field.clone()),
                    value: Some(shorten(&error.text)),
                    ..Finding::resource(&self.label, error.rule.name(), error.message)
                };
                found.push((error.row, finding));
            }
            batch.set(field, cast.column);
        }
        found.sort_by_key(|(row, _)| *row);
        for (row, finding) in found {
            let row = first + u64::try_from(row).expect("fewer than 2^64 rows");
            self.collector.add(self.work.order, Finding { row: Some(row), ..finding });
        }
        if self.work.keys.concern(&self.label) {
            self.work.keys.push(&self.label, &Rows::new(&batch, first, &broken))?;
        }
        Ok(())
    }

    fn extra_cells(&self, batch: &mut Batch, found: &mut Vec<(usize, Finding)>) {
        let Some(extra) = batch.remove(EXTRA) else { return };
        if extra.cells().null_count() == extra.len() {
            return;
        }
        for row in 0..extra.len() {
            let Some(value) = extra.text(row) else { continue };
            let text = format!("`{}` is beyond the last column", shorten(value));
            let finding = Finding {
                value: Some(shorten(value)),
                ..Finding::resource(&self.label, "extra-cell", text)
            };
            found.push((row, finding));
        }
    }

    /// Reports cells that are not there; gives their fields and rows.
    fn missing_cells(
        &self,
        batch: &Batch,
        found: &mut Vec<(usize, Finding)>,
    ) -> BTreeSet<(&str, usize)> {
        let mut absent = BTreeSet::new();
        for name in &self.columns {
            let Some(column) = batch.column(name).filter(|c| c.cells().null_count() > 0) else {
                continue;
            };
            for row in (0..column.len()).filter(|row| column.cells().is_null(*row)) {
                absent.insert((&**name, row));
                let text = "the row ends before this cell".to_owned();
                let finding = Finding {
                    field: Some(name.to_string()),
                    ..Finding::resource(&self.label, "missing-cell", text)
                };
                found.push((row, finding));
            }
        }
        absent
    }
}
