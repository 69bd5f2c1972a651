//! `join`: adds fields of one resource to the rows of another that have the same key.
//!
//! Without a target key it makes one row per key of the source: `join_with_self`.

mod aggregate;
mod definition;
mod describe;
mod index;
mod key;
mod partitions;
mod probe;

use std::sync::Arc;

use model::package::{Package, name};
use model::{Json, Map};
use tabular::Batch;

use crate::context::{Context, Level};
use crate::error::StepError;
use crate::parameters::Parameters;
use crate::processor::{Output, Processor};
use aggregate::Aggregate;
pub(super) use definition::{DEFINITION, WITH_SELF};
use index::Index;
use key::Key;
use partitions::Partitions;
use probe::Side;

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
