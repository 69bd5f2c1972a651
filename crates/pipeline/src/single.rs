//! One native step between two streams: thorp's processors inside datapackage-pipelines.

use std::io::{BufRead, Write};

use model::Map;
use model::package::Package;

use crate::chain::{Chain, Stage};
use crate::commit::{self, CommitError};
use crate::context::{Context, Stats};
use crate::definition::{Definition, Role};
use crate::error::{StepError, StepPlace};
use crate::processor::Output;
use crate::processors::validate;
use crate::segment::{self, Checked, Head};
use crate::strip::Ends;
use crate::wire_stream::{WireReader, WireWriter};

/// A step to be run by itself.
#[derive(Debug, Clone, Copy)]
pub struct Single<'a> {
    pub definition: &'static Definition,
    pub parameters: &'a Map,
    /// The first step of a pipeline reads no stats.
    pub first: bool,
    /// Whether rows are held against their schema first.
    pub validate: bool,
}

/// Why a step by itself failed.
#[derive(Debug, thiserror::Error)]
pub enum SingleError {
    #[error(transparent)]
    Step(#[from] StepError),
    #[error(transparent)]
    Commit(#[from] CommitError),
}

/// Reads a package from `input`, sends it through the step and writes it to `output`.
///
/// The outputs of a sink are visible before the stats are written; after a failure no stats are.
///
/// # Errors
///
/// That of the step, of the streams, or of the commit.
pub fn run(
    single: Single<'_>,
    input: impl BufRead + Send,
    output: impl Write + Send,
    ctx: &Context,
) -> Result<(), SingleError> {
    let mut reader = WireReader::new(input);
    let mut writer = WireWriter::new(output);
    let (dependencies, package) = reader.header()?;
    let place = StepPlace { index: 0, name: single.definition.name.to_owned() };
    let mut stages = Vec::new();
    if single.validate {
        stages.push(Stage::new(place.clone(), Role::Transform, validate::step_check()));
    }
    let processor =
        single.definition.create(single.parameters, ctx).map_err(|error| error.at(&place))?;
    let mut ends = Ends::default();
    ends.loosen();
    let processor = ends.guard(single.definition.name, single.parameters, processor);
    stages.push(Stage::new(place, single.definition.role, processor));
    let mut chain = Chain::new(stages, ctx.clone());
    let described = chain.describe(package.clone())?;
    writer.header(&dependencies, &described)?;
    let mut head = Incoming { reader, package, first: single.first };
    let mut tail = Checked::new(writer, &described);
    let (stats, _) = segment::run(chain, &mut head, &mut tail, ctx)?;
    tail.check_complete()?;
    commit::commit(ctx.take_prepared(), &ctx.ledger)?;
    tail.inner.stats(&stats)?;
    Ok(())
}

struct Incoming<R> {
    reader: WireReader<R>,
    package: Package,
    first: bool,
}

impl<R: BufRead + Send> Head for Incoming<R> {
    fn feed(&mut self, out: &mut dyn Output) -> Result<Stats, StepError> {
        self.reader.resources(&self.package, out)?;
        if self.first { Ok(Stats::new()) } else { self.reader.stats() }
    }
}
