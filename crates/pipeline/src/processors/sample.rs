//! `sample`: keeps a random choice of rows, the same one on each run.

use arrow::array::{BooleanArray, UInt64Array};
use arrow::buffer::BooleanBuffer;
use model::package::Package;
use tabular::Batch;
use tabular::limits::BATCH_ROWS_MAX;

use crate::context::Context;
use crate::defaults::apply_defaults;
use crate::definition::{Definition, Parameter, RESOURCES, Role};
use crate::error::StepError;
use crate::limits::BUFFERING_STEPS;
use crate::matcher::Matcher;
use crate::parameters::Parameters;
use crate::processor::{Output, Processor};

pub(super) const DEFINITION: Definition = Definition {
    name: "sample",
    aliases: &[],
    summary: "Keeps a random choice of rows, the same one on each run",
    role: Role::Transform,
    parameters: &[
        RESOURCES,
        Parameter {
            name: "rows",
            form: "count",
            default: "-",
            text: "How many rows of each resource to keep; either this or `fraction`.",
        },
        Parameter {
            name: "fraction",
            form: "number",
            default: "-",
            text: "How likely a row is kept, from 0 to 1.",
        },
        Parameter {
            name: "seed",
            form: "count",
            default: "0",
            text: "Another number makes another choice.",
        },
    ],
    build: |parameters, ctx| {
        let parameters = Parameters(parameters);
        Ok(Box::new(Sample {
            resources: Matcher::parse("resources", parameters.get("resources"))?,
            size: Size::parse(parameters)?,
            seed: parameters.count("seed")?.unwrap_or(0),
            memory_bytes_max: ctx.memory_bytes / BUFFERING_STEPS,
            chosen: Vec::new(),
            open: None,
        }))
    },
};

#[derive(Debug)]
struct Sample {
    resources: Matcher,
    size: Size,
    seed: u64,
    memory_bytes_max: usize,
    chosen: Vec<String>,
    open: Option<Choice>,
}

/// How many rows to keep.
#[derive(Debug, Clone, Copy)]
enum Size {
    Rows(usize),
    /// How likely each row is kept, from 0 to 1.
    Likely(f64),
}

/// The choice among the rows of the resource at hand.
#[derive(Debug)]
struct Choice {
    resource: String,
    rows: u64,
    /// Rows that may be among those with the lowest draws, in order, and their draws.
    held: Vec<Batch>,
    draws: Vec<u64>,
}

impl Size {
    fn parse(parameters: Parameters<'_>) -> Result<Self, StepError> {
        match (parameters.count("rows")?, parameters.get("fraction")) {
            (Some(rows), None) => Ok(Self::Rows(usize::try_from(rows).unwrap_or(usize::MAX))),
            (None, Some(fraction)) => {
                let likely = fraction.as_f64().filter(|likely| (0.0..=1.0).contains(likely));
                let likely = likely.ok_or_else(|| {
                    let problem = format!("expected a number from 0 to 1, found `{fraction}`");
                    StepError::parameter("fraction", problem)
                })?;
                Ok(Self::Likely(likely))
            }
            _ => Err(StepError::parameter("rows", "give either `rows` or `fraction`")),
        }
    }
}

/// The draw of a row: evenly spread over all numbers, the same for the same seed and row.
///
/// Method: `SplitMix64`, <https://prng.di.unimi.it/splitmix64.c>.
fn draw(seed: u64, row: u64) -> u64 {
    const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;
    mix(mix(seed).wrapping_add(row.wrapping_add(1).wrapping_mul(GOLDEN)))
}

fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Whether a row with `draw` is kept when each is with probability `likely`.
fn is_kept(draw: u64, likely: f64) -> bool {
    let high = u32::try_from(draw >> 32).expect("a half of 64 bits fits 32");
    f64::from(high) / (f64::from(u32::MAX) + 1.0) < likely
}

impl Choice {
    fn new(resource: &str) -> Self {
        Self { resource: resource.to_owned(), rows: 0, held: Vec::new(), draws: Vec::new() }
    }

    /// The draws of the next `rows` rows.
    fn draws(&mut self, rows: usize, seed: u64) -> Vec<u64> {
        let from = self.rows;
        self.rows += u64::try_from(rows).expect("a batch has fewer than 2^64 rows");
        (from..self.rows).map(|row| draw(seed, row)).collect()
    }

    /// The rows of `batch` that are kept when each is with probability `likely`.
    fn keep_likely(&mut self, batch: &Batch, seed: u64, likely: f64) -> Batch {
        let draws = self.draws(batch.rows(), seed);
        let kept = draws.iter().map(|draw| is_kept(*draw, likely)).collect::<BooleanBuffer>();
        batch.filter(&BooleanArray::new(kept, None))
    }

    /// Holds rows; now and then lets go of all but the `wanted` with the lowest draws.
    fn hold(&mut self, batch: &Batch, draws: &[u64], wanted: usize) {
        self.held.push(batch.compact());
        self.draws.extend(draws);
        if self.draws.len() > wanted.saturating_mul(2).saturating_add(BATCH_ROWS_MAX) {
            self.prune(wanted);
        }
    }

    fn prune(&mut self, wanted: usize) {
        if self.draws.len() <= wanted {
            return;
        }
        let rows = 0..u64::try_from(self.draws.len()).expect("rows are fewer than 2^64");
        let mut by_draw: Vec<(u64, u64)> = self.draws.iter().copied().zip(rows).collect();
        if wanted < by_draw.len() {
            by_draw.select_nth_unstable(wanted);
            by_draw.truncate(wanted);
        }
        by_draw.sort_unstable_by_key(|(_, row)| *row);
        let kept: UInt64Array = by_draw.iter().map(|(_, row)| *row).collect();
        self.draws = by_draw.into_iter().map(|(draw, _)| draw).collect();
        self.held = vec![Batch::concat(&self.held).take(&kept).compact()];
    }

    fn bytes(&self) -> usize {
        self.held.iter().map(Batch::bytes).sum()
    }
}

impl Processor for Sample {
    fn describe(&mut self, mut package: Package, _: &Context) -> Result<Package, StepError> {
        self.chosen = self.resources.names(&package);
        apply_defaults(&mut package);
        Ok(package)
    }

    fn open(&mut self, resource: &str, out: &mut dyn Output) -> Result<(), StepError> {
        let is_chosen = self.chosen.iter().any(|chosen| chosen == resource);
        self.open = is_chosen.then(|| Choice::new(resource));
        out.open(resource)
    }

    fn rows(&mut self, batch: Batch, out: &mut dyn Output) -> Result<(), StepError> {
        let Some(choice) = &mut self.open else { return out.rows(batch) };
        match self.size {
            Size::Likely(likely) => {
                let kept = choice.keep_likely(&batch, self.seed, likely);
                if kept.rows() == 0 { Ok(()) } else { out.rows(kept) }
            }
            Size::Rows(wanted) => {
                let draws = choice.draws(batch.rows(), self.seed);
                choice.hold(&batch, &draws, wanted);
                if choice.bytes() <= self.memory_bytes_max {
                    return Ok(());
                }
                choice.prune(wanted);
                if choice.bytes() <= self.memory_bytes_max {
                    return Ok(());
                }
                let problem = format!(
                    "a sample of {wanted} rows needs more than {} bytes of memory; use `fraction`",
                    self.memory_bytes_max
                );
                Err(StepError::resource(&choice.resource, problem))
            }
        }
    }

    fn close(&mut self, out: &mut dyn Output) -> Result<(), StepError> {
        if let (Some(mut choice), Size::Rows(wanted)) = (self.open.take(), self.size) {
            choice.prune(wanted);
            for batch in choice.held {
                for from in (0..batch.rows()).step_by(BATCH_ROWS_MAX) {
                    out.rows(batch.slice(from, BATCH_ROWS_MAX.min(batch.rows() - from)))?;
                }
            }
        }
        out.close()
    }
}

#[cfg(test)]
mod tests;
