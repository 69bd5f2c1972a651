//! Texts without white space at their ends.
//!
//! Most steps of datapackage-pipelines take it from every text that comes in. Where it cannot be,
//! since steps before have taken it and none may have brought it back, no time is spent on it.

use std::sync::Arc;

use model::Map;
use model::package::Package;
use tabular::{Batch, Column, Kind, Value};

use crate::context::{Context, Stats};
use crate::error::StepError;
use crate::processor::{Output, Processor};

/// What makes a text worth stripping.
const ENDS: [char; 4] = [' ', '\t', '\n', '\r'];

/// `batch` with its texts stripped; columns without such texts are shared.
pub fn stripped(batch: Batch) -> Batch {
    let is_loose = |text: &str| text.starts_with(ENDS) || text.ends_with(ENDS);
    let loose: Vec<Arc<str>> = batch
        .iter()
        .filter(|(_, column)| column.kind() == Kind::Text)
        .filter(|(_, column)| column.cells().iter().flatten().any(is_loose))
        .map(|(name, _)| Arc::clone(name))
        .collect();
    let mut stripped = batch;
    for name in loose {
        let Some(column) = stripped.column(&name) else { continue };
        let column: Column = column
            .cells()
            .iter()
            .map(|text| {
                text.map(|text| {
                    let text = if is_loose(text) { text.trim() } else { text };
                    Value::new(Kind::Text, text)
                })
            })
            .collect();
        stripped.set(&name, column);
    }
    stripped
}

/// The steps that take white space from the texts of all resources that come in.
const STRIPS: [&str; 18] = [
    "add_computed_field",
    "concatenate",
    "deduplicate",
    "delete_fields",
    "dump_to_path",
    "dump_to_sql",
    "dump_to_zip",
    "duplicate",
    "filter",
    "find_replace",
    "join",
    "load",
    "printer",
    "set_types",
    "sort",
    "unpivot",
    "update_package",
    "update_resource",
];

/// The steps that leave no white space where none was; `load` unless it is told to.
const KEEPS: [&str; 17] = [
    "concatenate",
    "deduplicate",
    "delete_fields",
    "dump.to_path",
    "dump.to_zip",
    "dump_to_path",
    "dump_to_sql",
    "dump_to_zip",
    "duplicate",
    "filter",
    "join",
    "load",
    "printer",
    "set_types",
    "sort",
    "update_package",
    "update_resource",
];

/// Follows along a pipeline whether texts may have white space at their ends.
#[derive(Debug, Default)]
pub struct Ends {
    are_loose: bool,
}

impl Ends {
    /// Rows come from where nothing is known of them.
    pub fn loosen(&mut self) {
        self.are_loose = true;
    }

    /// The processor `name` as it stands in the pipeline.
    pub fn guard(
        &mut self,
        name: &str,
        parameters: &Map,
        processor: Box<dyn Processor>,
    ) -> Box<dyn Processor> {
        let strips = STRIPS.contains(&name);
        let is_told_to = name == "load" && parameters.get("strip") == Some(&false.into());
        let guarded: Box<dyn Processor> =
            if strips && self.are_loose { Box::new(Stripping { processor }) } else { processor };
        self.are_loose = (self.are_loose && !strips) || !KEEPS.contains(&name) || is_told_to;
        guarded
    }
}

/// A processor that sees stripped texts alone.
#[derive(Debug)]
struct Stripping {
    processor: Box<dyn Processor>,
}

impl Processor for Stripping {
    fn describe(&mut self, package: Package, ctx: &Context) -> Result<Package, StepError> {
        self.processor.describe(package, ctx)
    }

    fn open(&mut self, resource: &str, out: &mut dyn Output) -> Result<(), StepError> {
        self.processor.open(resource, out)
    }

    fn rows(&mut self, batch: Batch, out: &mut dyn Output) -> Result<(), StepError> {
        self.processor.rows(stripped(batch), out)
    }

    fn close(&mut self, out: &mut dyn Output) -> Result<(), StepError> {
        self.processor.close(out)
    }

    fn finish(&mut self, stats: &mut Stats, out: &mut dyn Output) -> Result<(), StepError> {
        self.processor.finish(stats, out)
    }
}

#[cfg(test)]
mod tests;
