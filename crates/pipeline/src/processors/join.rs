//! `join`: adds fields of one resource to the rows of another that have the same key.
//!
//! Without a target key it makes one row per key of the source: `join_with_self`.

mod aggregate;
mod index;
mod key;
mod partitions;
mod probe;

use std::sync::Arc;

use model::package::{Package, field_list_mut, fields, name};
use model::{Json, Map};
use serde_json::json;
use tabular::Batch;

use crate::context::{Context, Level};
use crate::definition::{Definition, Parameter, Role};
use crate::error::StepError;
use crate::parameters::Parameters;
use crate::processor::{Output, Processor};
use aggregate::Aggregate;
use index::Index;
use key::Key;
use partitions::Partitions;
use probe::Side;

pub(super) const DEFINITION: Definition = Definition {
    name: "join",
    aliases: &[],
    summary: "Adds fields of one resource to the rows of another that have the same key",
    role: Role::Transform,
    parameters: &[
        Parameter {
            name: "source",
            form: "mapping",
            default: "required",
            text: "`name`, `key` (list of fields or format string; `{#}` is the row number) and `delete` (false): whether the source goes away.",
        },
        Parameter {
            name: "target",
            form: "mapping",
            default: "required",
            text: "`name` and `key`; a null key makes one row per key of the source.",
        },
        Parameter {
            name: "fields",
            form: "mapping",
            default: "none",
            text: "Target field to `name` (source field) and `aggregate` (any); `*` stands for all other fields.",
        },
        Parameter {
            name: "mode",
            form: "text",
            default: "half-outer",
            text: "inner, half-outer or full-outer.",
        },
        Parameter {
            name: "full",
            form: "flag",
            default: "none",
            text: "Older form of `mode`: true is half-outer, false is inner.",
        },
    ],
    build,
};

pub(super) const WITH_SELF: Definition = Definition {
    name: "join_with_self",
    aliases: &["join_self"],
    summary: "Makes one row per key of a resource",
    role: Role::Transform,
    parameters: &[
        Parameter {
            name: "resource",
            form: "text",
            default: "required",
            text: "The name of the resource.",
        },
        Parameter {
            name: "key",
            form: "text or list",
            default: "required",
            text: "A list of fields or a format string.",
        },
        Parameter { name: "fields", form: "mapping", default: "none", text: "As in `join`." },
    ],
    build: build_with_self,
};

fn build(parameters: &Map, _: &Context) -> Result<Box<dyn Processor>, StepError> {
    let parameters = Parameters(parameters);
    let required =
        |key| parameters.map(key)?.ok_or_else(|| StepError::parameter(key, "is required"));
    let (source, target) = (required("source")?, required("target")?);
    let resource = |map: &Map, key: &str| match map.get("name").and_then(Json::as_str) {
        Some(name) => Ok(name.to_owned()),
        None => Err(StepError::parameter(key, "needs the `name` of a resource")),
    };
    let source_key =
        source.get("key").ok_or_else(|| StepError::parameter("source", "needs a `key`"))?;
    let joined = Joined {
        source: resource(source, "source")?,
        target: resource(target, "target")?,
        source_key: Key::parse("source", source_key)?,
        target_key: match target.get("key") {
            None | Some(Json::Null) => None,
            Some(key) => Some(Key::parse("target", key)?),
        },
        mode: Mode::parse(parameters)?,
        deletes_source: Parameters(source).flag("delete", false)?,
        fields: Vec::new(),
    };
    Join::boxed(joined, parameters)
}

fn build_with_self(parameters: &Map, _: &Context) -> Result<Box<dyn Processor>, StepError> {
    let parameters = Parameters(parameters);
    let resource = parameters.required_text("resource")?.to_owned();
    let key = parameters.get("key").ok_or_else(|| StepError::parameter("key", "is required"))?;
    let joined = Joined {
        source: resource.clone(),
        target: resource,
        source_key: Key::parse("key", key)?,
        target_key: None,
        mode: Mode::HalfOuter,
        deletes_source: true,
        fields: Vec::new(),
    };
    Join::boxed(joined, parameters)
}

/// What is joined with what.
#[derive(Debug)]
struct Joined {
    source: String,
    target: String,
    source_key: Key,
    /// `None`: one row per key of the source.
    target_key: Option<Key>,
    mode: Mode,
    deletes_source: bool,
    fields: Vec<JoinedField>,
}

/// A field that the target gets.
#[derive(Debug)]
struct JoinedField {
    target: Arc<str>,
    source: Arc<str>,
    aggregate: Aggregate,
    /// `count` without a `name` counts rows, with one only those with a value.
    counts_nulls: bool,
}

/// Which rows come out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Inner,
    HalfOuter,
    FullOuter,
}

/// Rows with their keys.
#[derive(Debug)]
struct Prepared {
    batch: Batch,
    keys: Vec<Box<str>>,
}

impl Mode {
    fn parse(parameters: Parameters<'_>) -> Result<Self, StepError> {
        if let Some(full) = parameters.get("full").and_then(Json::as_bool) {
            return Ok(if full { Self::HalfOuter } else { Self::Inner });
        }
        match parameters.text("mode")? {
            None | Some("half-outer") => Ok(Self::HalfOuter),
            Some("inner") => Ok(Self::Inner),
            Some("full-outer") => Ok(Self::FullOuter),
            Some(other) => {
                let problem = format!("expected inner, half-outer or full-outer, found `{other}`");
                Err(StepError::parameter("mode", problem))
            }
        }
    }
}

impl Joined {
    /// The names that the fields of the key have in the target.
    fn target_key_fields(&self) -> &[String] {
        self.target_key.as_ref().map_or(&[], Key::fields)
    }
}

#[derive(Debug)]
struct Join {
    joined: Joined,
    /// The parameter `fields`, until the source's schema is known.
    spec: Map,
    memory_bytes: usize,
    held: Vec<Prepared>,
    held_bytes: usize,
    spilled: Option<Partitions>,
    side: Option<Side>,
    open: Open,
    rows_before: u64,
}

/// Which resource passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Open {
    Source,
    Target,
    Other,
}

impl Join {
    fn boxed(joined: Joined, parameters: Parameters<'_>) -> Result<Box<dyn Processor>, StepError> {
        if joined.target_key.is_some() && joined.source == joined.target {
            let problem = "is the source itself; leave out its key to make one row per key";
            return Err(StepError::parameter("target", problem));
        }
        Ok(Box::new(Self {
            joined,
            spec: parameters.map("fields")?.cloned().unwrap_or_default(),
            memory_bytes: 0,
            held: Vec::new(),
            held_bytes: 0,
            spilled: None,
            side: None,
            open: Open::Other,
            rows_before: 0,
        }))
    }

    /// The joined fields in their order: those of the source's schema first, others by name.
    fn resolve_fields(&mut self, source: &Map) -> Result<(), StepError> {
        let schema: Vec<String> = fields(source).map(|field| name(field).to_owned()).collect();
        let mut spec = self.spec.clone();
        if let Some(rest) = spec.remove("*") {
            let named: Vec<String> =
                spec.iter().map(|(key, value)| source_name(key, value)).collect();
            for field in schema.iter().filter(|field| !named.contains(field)) {
                spec.insert(field.clone(), rest.clone());
            }
        }
        let mut targets: Vec<String> = spec.keys().cloned().collect();
        targets.sort_by_key(|target| {
            let place = schema.iter().position(|field| field == target);
            (place.unwrap_or(usize::MAX), target.clone())
        });
        for target in targets {
            let value = spec.get(&target).unwrap_or(&Json::Null);
            let word = value.get("aggregate").and_then(Json::as_str).unwrap_or("any");
            let aggregate = Aggregate::parse(word).ok_or_else(|| {
                let problem = format!("`{target}`: `{word}` is none of {}", Aggregate::WORDS);
                StepError::parameter("fields", problem)
            })?;
            let counts_nulls = aggregate == Aggregate::Count && value.get("name").is_none();
            self.joined.fields.push(JoinedField {
                source: source_name(&target, value).into(),
                target: target.into(),
                aggregate,
                counts_nulls,
            });
        }
        Ok(())
    }

    /// Adds the joined fields to the schema of the target.
    fn describe_target(&self, source: &Map, target: &mut Map) -> Result<(), StepError> {
        let target_name = name(target).to_owned();
        for field in &self.joined.fields {
            let of_source = fields(source).find(|other| name(other) == &*field.source);
            let mut descriptor = Map::new();
            let field_type = match (field.aggregate.own_type(), of_source) {
                (Some(own), _) => Json::from(own),
                (None, Some(of_source)) => {
                    if field.aggregate.copies_properties() {
                        descriptor = of_source.clone();
                    }
                    of_source.get("type").cloned().unwrap_or_else(|| "string".into())
                }
                (None, None) => {
                    let problem = format!("has no field `{}`", field.source);
                    return Err(StepError::resource(name(source), problem));
                }
            };
            let list = field_list_mut(target);
            let existing =
                list.iter().find(|other| other.get("name") == Some(&json!(*field.target)));
            match existing.map(|existing| existing.get("type").cloned().unwrap_or_default()) {
                Some(held) if held != field_type => {
                    let problem = format!(
                        "reusing `{}` but with different types: {held} and {field_type}",
                        field.target
                    );
                    return Err(StepError::resource(target_name, problem));
                }
                Some(_) => {}
                None => {
                    descriptor.insert("name".into(), (*field.target).into());
                    descriptor.insert("type".into(), field_type);
                    list.push(Json::Object(descriptor));
                }
            }
        }
        Ok(())
    }

    fn describe_resources(&self, package: &mut Package, source: &Map) -> Result<(), StepError> {
        let mut resources = Vec::new();
        for resource in package.resources() {
            let label = name(resource);
            if label == self.joined.source {
                if !self.joined.deletes_source && !self.replaces_source() {
                    resources.push(resource.clone());
                }
                if self.joined.target_key.is_none() {
                    let mut target = json_map(json!({
                        "name": self.joined.target,
                        "path": format!("data/{}.csv", self.joined.target),
                        model::package::STREAMING: true,
                    }));
                    self.describe_target(source, &mut target)?;
                    resources.push(target);
                }
            } else if label == self.joined.target && self.joined.target_key.is_some() {
                let mut target = resource.clone();
                self.describe_target(source, &mut target)?;
                resources.push(target);
            } else {
                resources.push(resource.clone());
            }
        }
        *package.resource_list_mut() = resources.into_iter().map(Json::Object).collect();
        Ok(())
    }

    /// One row per key under the name of the source itself.
    fn replaces_source(&self) -> bool {
        self.joined.target_key.is_none() && self.joined.source == self.joined.target
    }

    fn passes_source(&self) -> bool {
        !self.joined.deletes_source && !self.replaces_source()
    }

    fn prepare(&self, key: &Key, batch: Batch) -> Result<Prepared, StepError> {
        let mut text = String::new();
        let mut keys = Vec::with_capacity(batch.rows());
        for (row, number) in (0..batch.rows()).zip(self.rows_before + 1..) {
            text.clear();
            key.render(&batch, row, number, &mut text)?;
            keys.push(text.as_str().into());
        }
        Ok(Prepared { batch, keys })
    }

    /// Keeps what the join needs of the source's rows.
    fn keep(&mut self, batch: &Batch) -> Result<(), StepError> {
        let wanted: Vec<&str> = self
            .joined
            .fields
            .iter()
            .map(|field| &*field.source)
            .chain(self.joined.source_key.fields().iter().map(String::as_str))
            .collect();
        let needed = batch.project(|name| wanted.contains(&name).then(|| name.into()));
        let mut prepared = self.prepare(&self.joined.source_key, needed)?;
        prepared.batch = prepared.batch.settled();
        self.held_bytes += prepared.batch.bytes();
        self.held_bytes += prepared.keys.iter().map(|key| key.len() + KEY_BYTES).sum::<usize>();
        if let Some(spilled) = &mut self.spilled {
            return spilled.push(&prepared);
        }
        self.held.push(prepared);
        if self.held_bytes > self.memory_bytes / 2 {
            let mut partitions = Partitions::new(self.memory_bytes / 4);
            for prepared in self.held.drain(..) {
                partitions.push(&prepared)?;
            }
            self.spilled = Some(partitions);
        }
        Ok(())
    }

    /// The source is complete.
    fn index(&mut self) -> Result<Side, StepError> {
        let memory_bytes = self.memory_bytes;
        match self.spilled.take() {
            Some(source) => {
                Ok(Side::Disk { source, target: Partitions::new(memory_bytes / 4), memory_bytes })
            }
            None => Index::build(&self.joined, &std::mem::take(&mut self.held)).map(Side::Memory),
        }
    }
}

/// Bytes that a key needs beside its text: its place in the table of keys.
const KEY_BYTES: usize = 48;

fn source_name(target: &str, spec: &Json) -> String {
    spec.get("name").and_then(Json::as_str).unwrap_or(target).to_owned()
}

fn json_map(json: Json) -> Map {
    match json {
        Json::Object(map) => map,
        _ => Map::new(),
    }
}

impl Processor for Join {
    fn describe(&mut self, mut package: Package, ctx: &Context) -> Result<Package, StepError> {
        self.memory_bytes = ctx.memory_bytes;
        let place = |wanted: &str| package.resources().position(|r| name(r) == wanted);
        let missing = |wanted: &str| StepError::resource(wanted, "is not in the package");
        let source_place =
            place(&self.joined.source).ok_or_else(|| missing(&self.joined.source))?;
        if self.joined.target_key.is_some() {
            let target_place =
                place(&self.joined.target).ok_or_else(|| missing(&self.joined.target))?;
            if target_place < source_place {
                let problem = format!("must come before the target `{}`", self.joined.target);
                return Err(StepError::resource(&self.joined.source, problem));
            }
        } else if !self.replaces_source() && place(&self.joined.target).is_some() {
            let text = format!("resource `{}` is replaced", self.joined.target);
            ctx.log(Level::Warning, &text);
            package.resource_list_mut().retain(|resource| {
                resource.get("name").and_then(Json::as_str) != Some(&self.joined.target)
            });
        }
        let source = package.resource(&self.joined.source).cloned().unwrap_or_default();
        self.resolve_fields(&source)?;
        self.describe_resources(&mut package, &source)?;
        crate::defaults::apply_defaults(&mut package);
        Ok(package)
    }

    fn open(&mut self, resource: &str, out: &mut dyn Output) -> Result<(), StepError> {
        self.rows_before = 0;
        self.open = if resource == self.joined.source {
            Open::Source
        } else if resource == self.joined.target {
            Open::Target
        } else {
            Open::Other
        };
        match self.open {
            Open::Source if !self.passes_source() => Ok(()),
            Open::Target if self.joined.target_key.is_none() => Ok(()),
            _ => out.open(resource),
        }
    }

    fn rows(&mut self, batch: Batch, out: &mut dyn Output) -> Result<(), StepError> {
        let rows = u64::try_from(batch.rows()).expect("a batch has fewer than 2^64 rows");
        match self.open {
            Open::Other => return out.rows(batch),
            Open::Source => {
                self.keep(&batch)?;
                if self.passes_source() {
                    out.rows(batch)?;
                }
            }
            Open::Target => {
                // Rows of a resource that one row per key replaces are not needed.
                if let (Some(key), Some(mut side)) = (&self.joined.target_key, self.side.take()) {
                    let prepared = self.prepare(key, batch)?;
                    side.rows(&self.joined, prepared, self.rows_before, out)?;
                    self.side = Some(side);
                }
            }
        }
        self.rows_before += rows;
        Ok(())
    }

    fn close(&mut self, out: &mut dyn Output) -> Result<(), StepError> {
        match self.open {
            Open::Other => out.close(),
            Open::Source => {
                if self.passes_source() {
                    out.close()?;
                }
                let side = self.index()?;
                if self.joined.target_key.is_none() {
                    out.open(&self.joined.target)?;
                    side.deduplicated(&self.joined, out)?;
                    return out.close();
                }
                self.side = Some(side);
                Ok(())
            }
            Open::Target if self.joined.target_key.is_none() => Ok(()),
            Open::Target => {
                if let Some(side) = self.side.take() {
                    side.finish(&self.joined, out)?;
                }
                out.close()
            }
        }
    }
}
