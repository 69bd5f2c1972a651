//! `printer`: shows some rows of resources in the log; the data pass unchanged.

mod table;

use std::collections::{BTreeMap, VecDeque};

use model::package::{Package, fields, name};
use model::{Json, Map};
use tabular::Batch;

use crate::context::{Context, Level};
use crate::defaults::apply_defaults;
use crate::definition::{Definition, Parameter, RESOURCES, Role};
use crate::error::StepError;
use crate::matcher::Matcher;
use crate::parameters::Parameters;
use crate::processor::{Output, Processor};
use table::{Column, Table};

pub(super) const DEFINITION: Definition = Definition {
    name: "printer",
    aliases: &[],
    summary: "Shows some rows of resources in the log",
    role: Role::Transform,
    parameters: &[
        RESOURCES,
        Parameter {
            name: "num_rows",
            form: "count",
            default: "10",
            text: "How many rows to show from the start, from row n, n², and so on.",
        },
        Parameter {
            name: "last_rows",
            form: "count",
            default: "num_rows",
            text: "How many rows to show from the end.",
        },
        Parameter {
            name: "fields",
            form: "list",
            default: "all",
            text: "Names of the fields to show, or a mapping of resource to such a list.",
        },
        Parameter {
            name: "max_cell_size",
            form: "count",
            default: "100",
            text: "Characters of a cell that are shown.",
        },
    ],
    build: |parameters, _| {
        let parameters = Parameters(parameters);
        let rows = |key| Ok::<_, StepError>(parameters.count(key)?.map(|n| n.min(ROWS_MAX)));
        let first = rows("num_rows")?.unwrap_or(10);
        let cell = parameters.count("max_cell_size")?.unwrap_or(100);
        Ok(Box::new(Printer {
            resources: Matcher::parse("resources", parameters.get("resources"))?,
            shown: Shown {
                window: first,
                last: rows("last_rows")?.unwrap_or(first),
                cell_chars_max: usize::try_from(cell).unwrap_or(usize::MAX),
            },
            fields: Fields::parse(parameters)?,
            columns: BTreeMap::new(),
            ctx: None,
            open: None,
        }))
    },
};

/// Rows of one window; the log is for people.
const ROWS_MAX: u64 = 10_000;

#[derive(Debug)]
struct Printer {
    resources: Matcher,
    shown: Shown,
    fields: Fields,
    /// What to show of each chosen resource.
    columns: BTreeMap<String, Vec<Column>>,
    ctx: Option<Context>,
    open: Option<Sample>,
}

/// How much to show.
#[derive(Debug, Clone, Copy)]
struct Shown {
    window: u64,
    last: u64,
    cell_chars_max: usize,
}

/// Which fields to show.
#[derive(Debug)]
enum Fields {
    All,
    Named(Vec<String>),
    OfResource(BTreeMap<String, Vec<String>>),
}

/// The rows of the resource at hand that will be shown.
#[derive(Debug)]
struct Sample {
    table: Table,
    shown: Shown,
    rows: u64,
    /// Where the window begins that the next row is in or before: 1, n, n², ...
    window_from: u64,
    /// The latest batches, with the number of the first row of each.
    latest: VecDeque<(u64, Batch)>,
}

impl Fields {
    fn parse(parameters: Parameters<'_>) -> Result<Self, StepError> {
        let Some(Json::Object(map)) = parameters.get("fields") else {
            return Ok(parameters.texts("fields")?.map_or(Self::All, Self::Named));
        };
        let list = |resource: &String| {
            Ok((resource.clone(), Parameters(map).texts(resource)?.unwrap_or_default()))
        };
        Ok(Self::OfResource(map.keys().map(list).collect::<Result<_, StepError>>()?))
    }

    fn of(&self, resource: &Map) -> Vec<Column> {
        let wanted = match self {
            Self::All => None,
            Self::Named(names) => Some(names),
            Self::OfResource(lists) => lists.get(name(resource)),
        };
        let is_wanted = |field: &&Map| {
            wanted.is_none_or(|wanted| wanted.iter().any(|wanted| wanted == name(field)))
        };
        let kind = |field: &Map| field.get("type").and_then(Json::as_str).unwrap_or("").to_owned();
        fields(resource)
            .filter(is_wanted)
            .map(|field| Column { field: name(field).to_owned(), kind: kind(field) })
            .collect()
    }
}

impl Sample {
    fn new(columns: Vec<Column>, shown: Shown) -> Self {
        let table = Table::new(columns, shown.cell_chars_max);
        Self { table, shown, rows: 0, window_from: 1, latest: VecDeque::new() }
    }

    fn add(&mut self, batch: &Batch) {
        let from = self.rows + 1;
        self.rows += count(batch.rows());
        while self.shown.window > 0 && self.window_from <= self.rows {
            let start = self.window_from.max(from);
            let end = (self.window_from + self.shown.window - 1).min(self.rows);
            for row in start..=end {
                self.table.push(row, batch, row - from);
            }
            if self.window_from + self.shown.window - 1 > self.rows || self.shown.window == 1 {
                break;
            }
            self.window_from = self.window_from.saturating_mul(self.shown.window);
        }
        self.latest.push_back((from, batch.clone()));
        while let Some((_, second)) = self.latest.get(1).map(|(from, batch)| (batch, *from))
            && self.rows + 1 - second >= self.shown.last
        {
            self.latest.pop_front();
        }
    }

    fn finish(mut self) -> (u64, String) {
        let last_from = (self.rows + 1).saturating_sub(self.shown.last);
        for (from, batch) in &self.latest {
            for row in last_from.max(*from)..*from + count(batch.rows()) {
                self.table.push(row, batch, row - from);
            }
        }
        (self.rows, self.table.to_string())
    }
}

fn count(rows: usize) -> u64 {
    u64::try_from(rows).expect("a batch has fewer than 2^64 rows")
}

impl Processor for Printer {
    fn describe(&mut self, mut package: Package, ctx: &Context) -> Result<Package, StepError> {
        for resource in self.resources.names(&package) {
            if let Some(descriptor) = package.resource(&resource) {
                self.columns.insert(resource, self.fields.of(descriptor));
            }
        }
        self.ctx = Some(ctx.clone());
        apply_defaults(&mut package);
        Ok(package)
    }

    fn open(&mut self, resource: &str, out: &mut dyn Output) -> Result<(), StepError> {
        let columns = self.columns.get(resource);
        if let (Some(ctx), Some(columns)) = (&self.ctx, columns) {
            ctx.log(Level::Info, &format!("{resource}:"));
            self.open = Some(Sample::new(columns.clone(), self.shown));
        }
        out.open(resource)
    }

    fn rows(&mut self, batch: Batch, out: &mut dyn Output) -> Result<(), StepError> {
        if let Some(sample) = &mut self.open {
            sample.add(&batch);
        }
        out.rows(batch)
    }

    fn close(&mut self, out: &mut dyn Output) -> Result<(), StepError> {
        if let (Some(ctx), Some(sample)) = (&self.ctx, self.open.take()) {
            let (rows, table) = sample.finish();
            ctx.log(Level::Info, &table);
            ctx.log(Level::Info, &format!("{rows} rows"));
        }
        out.close()
    }
}

#[cfg(test)]
mod tests;
