//! `sql`: makes a resource out of a SELECT over the resources of the package.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::package::{Package, fields, is_streaming, name};
use model::{Json, Map};
use serde_json::json;
use tabular::schema::FieldType;
use tabular::{Batch, Column, Kind, Value};

use crate::casting::{Casting, OnError};
use crate::context::{Context, Stats};
use crate::defaults::apply_defaults;
use crate::definition::{Definition, Parameter, RESOURCES, Role};
use crate::error::{Cause, StepError};
use crate::matcher::Matcher;
use crate::parameters::Parameters;
use crate::processor::{Output, Processor};
use crate::sql::cells::decoded;
use crate::sql::query::{
    Engine, Joins, QueryError, TableBuilder, TypedTable, described, is_out_of_memory,
};
use crate::sql::source::shape::Shape;
use crate::sql::table::Form;

pub(super) const DEFINITION: Definition = Definition {
    name: "sql",
    aliases: &[],
    summary: "Makes a resource out of a SELECT over the resources of the package",
    role: Role::Transform,
    parameters: &[
        Parameter {
            name: "query",
            form: "text",
            default: "required",
            text: "A SELECT; tables are called as the resources, in double quotes where the name is no plain word.",
        },
        Parameter {
            name: "target",
            form: "text or mapping",
            default: "result",
            text: "Name, or properties, of the resource that the result becomes; the path is `data/<name>.csv` by default.",
        },
        RESOURCES,
        Parameter {
            name: "delete",
            form: "flag",
            default: "false",
            text: "Whether the resources that the query may read go away.",
        },
    ],
    build: |parameters, ctx| {
        let parameters = Parameters(parameters);
        let target = match parameters.get("target") {
            None => named("result"),
            Some(Json::String(name)) => named(name),
            Some(Json::Object(properties)) if !name(properties).is_empty() => properties.clone(),
            Some(other) => {
                let problem = format!("expected a name or a mapping with `name`, found `{other}`");
                return Err(StepError::parameter("target", problem));
            }
        };
        Ok(Box::new(Sql {
            query: parameters.required_text("query")?.to_owned(),
            target,
            resources: Matcher::parse("resources", parameters.get("resources"))?,
            delete: parameters.flag("delete", false)?,
            ctx: ctx.clone(),
            inputs: BTreeMap::new(),
            shapes: Vec::new(),
            current: None,
        }))
    },
};

fn named(name: &str) -> Map {
    [("name".to_owned(), Json::from(name))].into_iter().collect()
}

#[derive(Debug)]
struct Sql {
    query: String,
    target: Map,
    resources: Matcher,
    delete: bool,
    ctx: Context,
    inputs: BTreeMap<String, Input>,
    /// What the texts of each column of the result are, where they are not just texts.
    shapes: Vec<Option<Shape>>,
    /// The resource that passes, when it is an input.
    current: Option<String>,
}

/// A resource that the query may read.
#[derive(Debug)]
struct Input {
    casting: Casting,
    /// Fields that the query sees as other texts than the steps do.
    decoded: Vec<(String, Form)>,
    rows: TableBuilder,
}

impl Sql {
    /// Bytes that each input may keep in memory; the query has the other half.
    fn input_bytes(&self, inputs: usize) -> usize {
        self.ctx.memory_bytes / 2 / inputs.max(1)
    }

    fn engine(
        &self,
        tables: &BTreeMap<String, Arc<TypedTable>>,
        joins: Joins,
    ) -> Result<Engine, StepError> {
        let mut engine = Engine::new(self.ctx.memory_bytes / 2, joins).map_err(of_query)?;
        for (name, table) in tables {
            engine.register(name, table).map_err(of_query)?;
        }
        Ok(engine)
    }

    /// The result as a resource, with the fields that the query gives when it reads no rows.
    fn describe_target(&self, inputs: &[Map]) -> Result<Map, StepError> {
        let mut tables = BTreeMap::new();
        for input in inputs {
            let empty = TableBuilder::new(fields(input), 0).finish();
            let empty = empty.map_err(|error| StepError::outside("plan the query", error))?;
            tables.insert(name(input).to_owned(), empty);
        }
        let columns = self
            .engine(&tables, Joins::InMemory)?
            .columns(&self.query)
            .map_err(|error| StepError::parameter("query", error.to_string()))?;
        let mut target = self.target.clone();
        let path = format!("data/{}.csv", name(&target));
        target.entry("path").or_insert_with(|| path.into());
        target.insert(model::package::STREAMING.into(), true.into());
        target.insert("profile".into(), "tabular-data-resource".into());
        let list = described(&columns);
        target.insert("schema".into(), json!({ "fields": list }));
        Ok(target)
    }

    /// Runs the query. A join that does not fit into memory is done again in the way that spills;
    /// whether the parts of that fit depends on which of them read ahead, so it has several tries.
    fn run(
        &self,
        tables: &BTreeMap<String, Arc<TypedTable>>,
        out: &mut dyn Output,
    ) -> Result<(), StepError> {
        let mut given = false;
        let tries = [Joins::InMemory].into_iter();
        let mut tries = tries.chain([Joins::Spilling; SPILLING_TRIES]).peekable();
        while let Some(joins) = tries.next() {
            let engine = self.engine(tables, joins)?;
            let done = engine.run(&self.query, &self.ctx.stop, |rows| -> Result<(), Failure> {
                given = true;
                let columns = rows.schema();
                let columns = columns.fields().iter().zip(rows.columns());
                let columns = columns.zip(&self.shapes).map(|((field, array), shape)| {
                    let column = tabular::typed::from_arrow(array);
                    let column =
                        shape.as_ref().map_or(column.clone(), |shape| shape.column(column));
                    (Arc::from(field.name().as_str()), column)
                });
                let columns: Vec<(Arc<str>, Column)> = columns.collect();
                if rows.num_rows() > 0 {
                    out.rows(Batch::new(rows.num_rows(), columns)).map_err(Failure::Step)?;
                }
                Ok(())
            });
            match done {
                Ok(()) => return Ok(()),
                Err(Failure::Query(error)) if !given && is_out_of_memory(&error) => {
                    if tries.peek().is_none() {
                        return Err(of_query(error));
                    }
                }
                Err(Failure::Query(error)) => return Err(of_query(error)),
                Err(Failure::Step(error)) => return Err(error),
            }
        }
        Ok(())
    }
}

/// The forms of fields that have no type of their own in the query engine, as the query sees them.
fn decoded_as(field: &Map) -> Option<Form> {
    match field.get("type").and_then(Json::as_str) {
        Some("geopoint") => Some(Form::Point),
        Some("yearmonth") => Some(Form::Month),
        _ => None,
    }
}

/// What the texts of such a field, and of lists, objects and durations, are in the result.
fn texts_of(field: &Map) -> Option<Shape> {
    let field_type = match field.get("type").and_then(Json::as_str)? {
        "array" | "list" => FieldType::Array,
        "object" => FieldType::Object,
        "geojson" => FieldType::GeoJson,
        "geopoint" => FieldType::GeoPoint,
        "yearmonth" => FieldType::YearMonth,
        "duration" => FieldType::Duration,
        _ => return None,
    };
    Some(Shape::new(name(field), field_type, false))
}

/// Tries of a query that spills. One in some fifteen fails on a busy machine at the least memory
/// that it needs; four in a row do not.
const SPILLING_TRIES: usize = 4;

/// What ends a query early.
enum Failure {
    Query(QueryError),
    Step(StepError),
}

impl From<QueryError> for Failure {
    fn from(error: QueryError) -> Self {
        Self::Query(error)
    }
}

fn of_query(error: QueryError) -> StepError {
    match error {
        QueryError::Stopped => StepError::new(Cause::Stopped),
        error => StepError::outside("run the query", error),
    }
}

impl Processor for Sql {
    fn describe(&mut self, mut package: Package, ctx: &Context) -> Result<Package, StepError> {
        self.ctx = ctx.clone();
        let chosen = self.resources.names(&package);
        let inputs: Vec<Map> = package
            .resources()
            .filter(|resource| is_streaming(resource))
            .filter(|resource| chosen.iter().any(|chosen| chosen == name(resource)))
            .cloned()
            .collect();
        let memory_bytes = self.input_bytes(inputs.len());
        for input in &inputs {
            let casting = Casting::new(input, OnError::Raise, ctx, |_| true)?;
            let rows = TableBuilder::new(fields(input), memory_bytes);
            let decoded = fields(input)
                .filter_map(|field| Some((name(field).to_owned(), decoded_as(field)?)))
                .collect();
            self.inputs.insert(name(input).to_owned(), Input { casting, decoded, rows });
        }
        let target = self.describe_target(&inputs)?;
        self.shapes = fields(&target).map(texts_of).collect();
        let list = package.resource_list_mut();
        if self.delete {
            list.retain(|resource| {
                !resource.as_object().is_some_and(|map| self.inputs.contains_key(name(map)))
            });
        }
        if list.iter().filter_map(Json::as_object).any(|other| name(other) == name(&target)) {
            let problem = format!("the package has a resource `{}` already", name(&target));
            return Err(StepError::parameter("target", problem));
        }
        list.push(Json::Object(target));
        apply_defaults(&mut package);
        Ok(package)
    }

    fn open(&mut self, resource: &str, out: &mut dyn Output) -> Result<(), StepError> {
        self.current = self.inputs.contains_key(resource).then(|| resource.to_owned());
        if self.current.is_some() && self.delete { Ok(()) } else { out.open(resource) }
    }

    fn rows(&mut self, batch: Batch, out: &mut dyn Output) -> Result<(), StepError> {
        let Some(resource) = &self.current else { return out.rows(batch) };
        let Some(input) = self.inputs.get_mut(resource) else { return out.rows(batch) };
        let batch = input.casting.apply(batch)?;
        let mut readable = batch.clone();
        for (field, form) in &input.decoded {
            let Some(cells) = batch.column(field) else { continue };
            let texts = cells.values().map(|value| {
                let value = value?;
                match value.kind {
                    Kind::Json => {
                        decoded(*form, &value.text).map(|text| Value::new(Kind::Text, text))
                    }
                    _ => Some(value),
                }
            });
            readable.set(field, texts.collect());
        }
        input.rows.push(&readable).map_err(|error| {
            StepError::outside(format!("keep the rows of `{resource}` for the query"), error)
        })?;
        if self.delete { Ok(()) } else { out.rows(batch) }
    }

    fn close(&mut self, out: &mut dyn Output) -> Result<(), StepError> {
        if self.current.take().is_some() && self.delete { Ok(()) } else { out.close() }
    }

    fn finish(&mut self, _: &mut Stats, out: &mut dyn Output) -> Result<(), StepError> {
        let mut tables = BTreeMap::new();
        for (name, input) in std::mem::take(&mut self.inputs) {
            let table = input.rows.finish().map_err(|error| {
                StepError::outside(format!("keep the rows of `{name}` for the query"), error)
            })?;
            tables.insert(name, table);
        }
        out.open(name(&self.target))?;
        self.run(&tables, out)?;
        out.close()
    }
}
