//! `concatenate`: puts the rows of several resources one below the other in a new one.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::Array;
use model::package::{Package, field_list_mut, fields, is_streaming, name};
use model::{Json, Map};
use serde_json::json;
use tabular::{Batch, Column, ColumnBuilder};

use crate::context::Context;
use crate::defaults::apply_defaults;
use crate::definition::{Definition, Parameter, Role};
use crate::error::{RowError, StepError};
use crate::matcher::Matcher;
use crate::parameters::Parameters;
use crate::processor::{Output, Processor};

pub(super) const DEFINITION: Definition = Definition {
    name: "concatenate",
    aliases: &[],
    summary: "Puts the rows of several resources one below the other",
    role: Role::Transform,
    parameters: &[
        Parameter {
            name: "sources",
            form: "resources",
            default: "all",
            text: "Which resources; they must follow one another in the package.",
        },
        Parameter {
            name: "target",
            form: "mapping",
            default: "{name: concat}",
            text: "Properties of the new resource; the path is `data/<name>.csv` by default.",
        },
        Parameter {
            name: "fields",
            form: "mapping",
            default: "required",
            text: "Mapping of each new field to the list of the source fields that go into it, \
                   beside the one of the same name.",
        },
    ],
    build: |parameters, _| {
        let parameters = Parameters(parameters);
        let fields = parameters.map("fields")?;
        let fields = fields.ok_or_else(|| StepError::parameter("fields", "is required"))?;
        Ok(Box::new(Concatenate {
            sources: Matcher::parse("sources", parameters.get("sources"))?,
            target: parameters.map("target")?.cloned().unwrap_or_default(),
            targets: fields.keys().map(|field| Arc::from(field.as_str())).collect(),
            mapping: parse_mapping(fields)?,
            remaining: Vec::new(),
            target_name: String::new(),
            open: None,
        }))
    },
};

#[derive(Debug)]
struct Concatenate {
    sources: Matcher,
    target: Map,
    /// The new fields.
    targets: Vec<Arc<str>>,
    /// Source field to new field.
    mapping: BTreeMap<String, Arc<str>>,
    /// Streaming sources whose rows are still to come.
    remaining: Vec<String>,
    target_name: String,
    open: Option<Source>,
}

/// The resource whose rows are at hand.
#[derive(Debug)]
enum Source {
    Other,
    Concatenated { name: String, rows: u64 },
}

fn parse_mapping(fields: &Map) -> Result<BTreeMap<String, Arc<str>>, StepError> {
    let mut mapping: BTreeMap<String, Arc<str>> = BTreeMap::new();
    for target in fields.keys() {
        let own = std::iter::once(target.clone());
        let listed = Parameters(fields).texts(target)?.unwrap_or_default();
        for source in own.chain(listed) {
            let earlier = mapping.insert(source.clone(), Arc::from(target.as_str()));
            if earlier.is_some_and(|earlier| *earlier != **target) {
                return Err(StepError::parameter(
                    "fields",
                    format!("`{source}` goes into more than one field"),
                ));
            }
        }
    }
    Ok(mapping)
}

impl Concatenate {
    /// The descriptor of the new resource.
    fn describe_target(&self, sources: &[&Map]) -> Map {
        let mut target = self.target.clone();
        target.entry("name").or_insert_with(|| "concat".into());
        let path = format!("data/{}.csv", name(&target));
        target.entry("path").or_insert_with(|| path.into());
        target.insert("mediatype".into(), "text/csv".into());
        target.insert(model::package::STREAMING.into(), true.into());
        target.insert("profile".into(), "tabular-data-resource".into());
        target.insert("schema".into(), json!({}));
        let list = field_list_mut(&mut target);
        let mut missing = self.targets.clone();
        let mut key: Vec<&str> = Vec::new();
        for source in sources {
            for field in fields(source) {
                let Some(new) = self.mapping.get(name(field)) else { continue };
                if !missing.contains(new) {
                    continue;
                }
                missing.retain(|target| target != new);
                // The key has the fields in the order of the schema, and only those whose
                // description is that of the new field.
                if primary_key(source).any(|part| part == name(field)) {
                    key.push(new);
                }
                let mut field = field.clone();
                field.insert("name".into(), (**new).into());
                list.push(Json::Object(field));
            }
        }
        list.extend(missing.iter().map(|field| json!({"name": **field, "type": "string"})));
        if !key.is_empty() {
            let schema = target.get_mut("schema").and_then(Json::as_object_mut);
            schema.expect("was set above").insert("primaryKey".into(), key.into());
        }
        target
    }

    /// The rows of one source under the new names. Where several fields of a row go into one, the
    /// value is that of the last name in alphabetical order.
    fn rename(&self, batch: &Batch) -> Batch {
        let mut renamed = Batch::empty(batch.rows());
        for target in &self.targets {
            let sources = self.mapping.iter().filter(|(_, into)| *into == target);
            let sources: Vec<&Column> =
                sources.filter_map(|(source, _)| batch.column(source)).collect();
            renamed.set(target, last_value(&sources, batch.rows()));
        }
        renamed
    }
}

/// The fields of the primary key, which may be written as one text.
fn primary_key(resource: &Map) -> impl Iterator<Item = &str> {
    let key = resource.get("schema").and_then(|schema| schema.get("primaryKey"));
    let one = key.and_then(Json::as_str);
    let list = key.and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str);
    one.into_iter().chain(list)
}

/// For each row the value of the last column that has one.
fn last_value(columns: &[&Column], rows: usize) -> Column {
    match columns {
        [] => Column::nulls(rows),
        [only] => (*only).clone(),
        columns => {
            let mut merged = ColumnBuilder::with_capacity(rows);
            for row in 0..rows {
                let value = columns.iter().rev().find_map(|column| column.value(row));
                merged.push_value(value.as_ref());
            }
            merged.finish()
        }
    }
}

/// The first row without any value.
fn empty_row(batch: &Batch) -> Option<usize> {
    if batch.columns().iter().any(|column| column.cells().null_count() == 0) {
        return None;
    }
    let is_empty = |row: &usize| batch.columns().iter().all(|c| c.cells().is_null(*row));
    (0..batch.rows()).find(is_empty)
}

impl Processor for Concatenate {
    fn describe(&mut self, mut package: Package, _: &Context) -> Result<Package, StepError> {
        let chosen = self.sources.names(&package);
        let is_chosen = |r: &&Map| chosen.iter().any(|chosen| chosen == name(r));
        let first = package.resources().position(|resource| is_chosen(&resource));
        let Some(first) = first else {
            return Err(StepError::parameter("sources", "fit no resource of the package"));
        };
        let sources: Vec<&Map> =
            package.resources().skip(first).take_while(|r| is_chosen(r)).collect();
        if sources.len() < chosen.len() {
            let stray = package.resources().skip(first + sources.len()).find(is_chosen);
            let stray = stray.map(name).unwrap_or_default();
            return Err(StepError::resource(
                stray,
                "does not follow the other resources to concatenate; other resources are between",
            ));
        }
        let target = self.describe_target(&sources);
        self.target_name = name(&target).to_owned();
        self.remaining =
            sources.iter().filter(|r| is_streaming(r)).map(|r| name(r).to_owned()).collect();
        if self.remaining.is_empty() {
            return Err(StepError::parameter("sources", "fit no resource whose rows are loaded"));
        }
        let end = first + sources.len();
        package.resource_list_mut().splice(first..end, [Json::Object(target)]);
        apply_defaults(&mut package);
        Ok(package)
    }

    fn open(&mut self, resource: &str, out: &mut dyn Output) -> Result<(), StepError> {
        let is_source = self.remaining.iter().any(|name| name == resource);
        let is_first = !matches!(self.open, Some(Source::Concatenated { .. }));
        if !is_source {
            self.open = Some(Source::Other);
            return out.open(resource);
        }
        self.open = Some(Source::Concatenated { name: resource.to_owned(), rows: 0 });
        if is_first { out.open(&self.target_name) } else { Ok(()) }
    }

    fn rows(&mut self, batch: Batch, out: &mut dyn Output) -> Result<(), StepError> {
        if !matches!(self.open, Some(Source::Concatenated { .. })) {
            return out.rows(batch);
        }
        let renamed = self.rename(&batch);
        let Some(Source::Concatenated { name, rows }) = &mut self.open else { return Ok(()) };
        if let Some(row) = empty_row(&renamed) {
            let row = *rows + u64::try_from(row).unwrap_or(u64::MAX).saturating_add(1);
            return Err(StepError::from(RowError {
                resource: name.clone(),
                row,
                field: self.targets.join(", "),
                value: String::new(),
                rule: "empty row".into(),
                text: "has no value in any of the concatenated fields".into(),
            }));
        }
        *rows += u64::try_from(batch.rows()).unwrap_or(u64::MAX);
        out.rows(renamed)
    }

    fn close(&mut self, out: &mut dyn Output) -> Result<(), StepError> {
        let Some(Source::Concatenated { name, .. }) = &self.open else { return out.close() };
        if let Some(at) = self.remaining.iter().position(|remaining| remaining == name) {
            self.remaining.remove(at);
        }
        if self.remaining.is_empty() { out.close() } else { Ok(()) }
    }
}
