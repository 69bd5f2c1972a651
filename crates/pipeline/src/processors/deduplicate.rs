//! `deduplicate`: keeps the first row of each primary key.
//!
//! Keys are held in memory up to a bound. Rows that come after that, with a key that is not among
//! those, are kept aside together with their keys, cut into parts by the hash of the key. At the
//! end of the resource each part is looked through by itself, and the rows that turned out to be
//! first are written. The order of the rows stays; what is compared are the keys themselves.

mod keys;

use std::collections::{BTreeMap, HashSet};

use arrow::array::BooleanArray;
use arrow::buffer::BooleanBuffer;
use model::package::Package;
use model::{Json, Map};
use tabular::Batch;

use crate::context::Context;
use crate::declared::Declared;
use crate::defaults::apply_defaults;
use crate::definition::{Definition, RESOURCES, Role};
use crate::error::StepError;
use crate::limits::BUFFERING_STEPS;
use crate::matcher::Matcher;
use crate::parameters::Parameters;
use crate::processor::{Output, Processor};
use crate::spool::Spool;

use keys::{LateKeys, write_row_key};

pub(super) const DEFINITION: Definition = Definition {
    name: "deduplicate",
    aliases: &[],
    summary: "Keeps the first row of each primary key",
    role: Role::Transform,
    parameters: &[RESOURCES],
    build: |parameters, ctx| {
        let parameters = Parameters(parameters);
        let resources = Matcher::parse("resources", parameters.get("resources"))?;
        let memory_bytes = ctx.memory_bytes / BUFFERING_STEPS;
        Ok(Box::new(Deduplicate::new(resources, memory_bytes)))
    },
};

#[derive(Debug)]
struct Deduplicate {
    resources: Matcher,
    memory_bytes: usize,
    keys: BTreeMap<String, PrimaryKey>,
    open: Option<Seen>,
}

/// The fields that identify a row of one resource.
#[derive(Debug, Clone)]
struct PrimaryKey {
    declared: Declared,
    fields: Vec<String>,
}

/// What is known of the rows of the resource at hand.
#[derive(Debug)]
struct Seen {
    key: PrimaryKey,
    /// Half of the memory is for keys, the other half for rows that are kept aside.
    memory_bytes_max: usize,
    memory_bytes: usize,
    keys: HashSet<Box<str>>,
    late: Option<Late>,
}

/// Rows whose key is not in memory, in order, and their keys.
#[derive(Debug)]
struct Late {
    rows: Spool,
    keys: LateKeys,
}

impl Deduplicate {
    fn new(resources: Matcher, memory_bytes: usize) -> Self {
        Self { resources, memory_bytes, keys: BTreeMap::new(), open: None }
    }
}

impl PrimaryKey {
    /// `None` when the resource has no primary key.
    fn of(resource: &Map) -> Option<Self> {
        let key = resource.get("schema")?.get("primaryKey")?;
        let fields: Vec<String> = match key {
            Json::String(field) => vec![field.clone()],
            Json::Array(list) => list.iter().filter_map(Json::as_str).map(str::to_owned).collect(),
            _ => Vec::new(),
        };
        (!fields.is_empty()).then(|| Self { declared: Declared::new(resource), fields })
    }
}

impl Seen {
    fn new(key: PrimaryKey, memory_bytes: usize) -> Self {
        let memory_bytes_max = memory_bytes / 2;
        Self { key, memory_bytes_max, memory_bytes: 0, keys: HashSet::new(), late: None }
    }

    /// The rows that are certainly the first of their key; uncertain ones are kept aside.
    fn take(&mut self, batch: &Batch) -> Result<Batch, StepError> {
        let mut columns = Vec::with_capacity(self.key.fields.len());
        for field in &self.key.fields {
            columns.push(self.key.declared.column(batch, field)?);
        }
        let mut first = Vec::with_capacity(batch.rows());
        let mut uncertain = Vec::with_capacity(batch.rows());
        let mut key = String::new();
        for row in 0..batch.rows() {
            key.clear();
            write_row_key(&mut key, &columns, row);
            let is_known = self.keys.contains(key.as_str());
            let is_late = !is_known && self.late.is_some();
            if let (true, Some(late)) = (is_late, &mut self.late) {
                late.keys.push(&key)?;
            } else if !is_known {
                self.remember(&key);
            }
            first.push(!is_known && !is_late);
            uncertain.push(is_late);
        }
        if let Some(late) = &mut self.late {
            let aside = select(batch, uncertain);
            if aside.rows() > 0 {
                late.rows.push(&aside)?;
            }
        }
        Ok(select(batch, first))
    }

    /// Holds `key` in memory; when that is full, later keys are put aside.
    fn remember(&mut self, key: &str) {
        // The text, its place in the table, and what the allocator adds.
        self.memory_bytes += key.len() + 48;
        self.keys.insert(key.into());
        if self.memory_bytes > self.memory_bytes_max {
            self.late =
                Some(Late { rows: Spool::new(self.memory_bytes_max), keys: LateKeys::default() });
        }
    }

    /// Writes the rows kept aside that are the first of their key.
    fn write_late(self, out: &mut dyn Output) -> Result<(), StepError> {
        let Some(late) = self.late else { return Ok(()) };
        drop(self.keys);
        let firsts = late.keys.firsts()?;
        let mut from = 0;
        late.rows.drain(|batch| {
            let first = BooleanArray::new(firsts.slice(from, batch.rows()), None);
            from += batch.rows();
            let batch = batch.filter(&first);
            if batch.rows() == 0 { Ok(()) } else { out.rows(batch) }
        })
    }
}

fn select(batch: &Batch, rows: Vec<bool>) -> Batch {
    if rows.iter().all(|chosen| *chosen) {
        return batch.clone();
    }
    batch.filter(&BooleanArray::new(BooleanBuffer::from(rows), None))
}

impl Processor for Deduplicate {
    fn describe(&mut self, mut package: Package, _: &Context) -> Result<Package, StepError> {
        for resource in self.resources.names(&package) {
            if let Some(key) = package.resource(&resource).and_then(PrimaryKey::of) {
                self.keys.insert(resource, key);
            }
        }
        apply_defaults(&mut package);
        Ok(package)
    }

    fn open(&mut self, resource: &str, out: &mut dyn Output) -> Result<(), StepError> {
        let key = self.keys.get(resource).cloned();
        self.open = key.map(|key| Seen::new(key, self.memory_bytes));
        out.open(resource)
    }

    fn rows(&mut self, batch: Batch, out: &mut dyn Output) -> Result<(), StepError> {
        let Some(seen) = &mut self.open else { return out.rows(batch) };
        let first = seen.take(&batch)?;
        if first.rows() == 0 { Ok(()) } else { out.rows(first) }
    }

    fn close(&mut self, out: &mut dyn Output) -> Result<(), StepError> {
        if let Some(seen) = self.open.take() {
            seen.write_late(out)?;
        }
        out.close()
    }
}

#[cfg(test)]
mod tests;
