//! Native steps, one after the other in one thread: each writes straight into the next.

use model::package::Package;
use tabular::Batch;

use crate::context::{Context, Stats};
use crate::definition::Role;
use crate::error::{StepError, StepPlace};
use crate::processor::{Output, Processor};

/// A step in its place, with what it has done so far.
#[derive(Debug)]
pub struct Stage {
    pub place: StepPlace,
    pub processor: Box<dyn Processor>,
    pub role: Role,
    pub rows_in: u64,
    pub rows_out: u64,
    /// Milliseconds spent in this step and all that follow it in the chain.
    pub inclusive_ms: u64,
}

impl Stage {
    /// A step that has done nothing yet.
    pub fn new(place: StepPlace, role: Role, processor: Box<dyn Processor>) -> Self {
        Self { place, processor, role, rows_in: 0, rows_out: 0, inclusive_ms: 0 }
    }
}

/// A chain of native steps.
#[derive(Debug)]
pub struct Chain {
    stages: Vec<Stage>,
    ctx: Context,
}

impl Chain {
    /// A chain of `steps`.
    pub fn new(stages: Vec<Stage>, ctx: Context) -> Self {
        Self { stages, ctx }
    }

    /// The steps with their counts.
    pub fn into_stages(self) -> Vec<Stage> {
        self.stages
    }

    /// Cuts the chain before its first sink and gives the second part, when both have steps.
    pub fn cut(&mut self) -> Option<Self> {
        let at = self.stages.iter().position(|stage| stage.role == Role::Sink)?;
        (at > 0).then(|| Self { stages: self.stages.split_off(at), ctx: self.ctx.clone() })
    }

    /// The descriptor that leaves the chain when `package` enters it.
    ///
    /// # Errors
    ///
    /// That of the first step that cannot work on the package.
    pub fn describe(&mut self, mut package: Package) -> Result<Package, StepError> {
        for stage in &mut self.stages {
            let ctx = self.ctx.for_step(stage.place.index);
            package =
                stage.processor.describe(package, &ctx).map_err(|error| error.at(&stage.place))?;
            self.ctx.check_stop()?;
        }
        Ok(package)
    }

    /// The entry of the chain; what leaves it goes to `end`.
    pub fn entry<'a>(&'a mut self, end: &'a mut dyn Output) -> impl Output + 'a {
        Rest { stages: &mut self.stages, ctx: &self.ctx, end }
    }

    /// Finishes the steps in order, each before the next one.
    ///
    /// # Errors
    ///
    /// That of the first step that fails.
    pub fn finish(&mut self, stats: &mut Stats, end: &mut dyn Output) -> Result<(), StepError> {
        for index in 0..self.stages.len() {
            let (_, stages) = self.stages.split_at_mut(index);
            let Some((stage, rest)) = stages.split_first_mut() else { break };
            let mut out = Counted {
                rows: &mut stage.rows_out,
                step: stage.place.index,
                ctx: &self.ctx,
                rest: Rest { stages: rest, ctx: &self.ctx, end },
            };
            let from_ms = self.ctx.clock.monotonic_ms();
            let done = stage.processor.finish(stats, &mut out);
            stage.inclusive_ms += self.ctx.clock.monotonic_ms() - from_ms;
            done.map_err(|error| error.at(&stage.place))?;
            self.ctx.check_stop()?;
        }
        Ok(())
    }
}

/// The steps from some place on, seen as the output of the step before them.
struct Rest<'a> {
    stages: &'a mut [Stage],
    ctx: &'a Context,
    end: &'a mut dyn Output,
}

/// The output of one step: counts what leaves it.
struct Counted<'a> {
    rows: &'a mut u64,
    step: usize,
    ctx: &'a Context,
    rest: Rest<'a>,
}

impl Rest<'_> {
    fn first(
        &mut self,
        act: impl FnOnce(&mut dyn Processor, &mut dyn Output) -> Result<(), StepError>,
        end: impl FnOnce(&mut dyn Output) -> Result<(), StepError>,
    ) -> Result<(), StepError> {
        let Some((stage, rest)) = self.stages.split_first_mut() else { return end(self.end) };
        let mut out = Counted {
            rows: &mut stage.rows_out,
            step: stage.place.index,
            ctx: self.ctx,
            rest: Rest { stages: rest, ctx: self.ctx, end: self.end },
        };
        let from_ms = self.ctx.clock.monotonic_ms();
        let done = act(stage.processor.as_mut(), &mut out);
        stage.inclusive_ms += self.ctx.clock.monotonic_ms() - from_ms;
        done.map_err(|error| error.at(&stage.place))
    }
}

impl Output for Rest<'_> {
    fn open(&mut self, resource: &str) -> Result<(), StepError> {
        self.first(|step, out| step.open(resource, out), |end| end.open(resource))
    }

    fn rows(&mut self, batch: Batch) -> Result<(), StepError> {
        self.ctx.check_stop()?;
        if let Some(stage) = self.stages.first_mut() {
            stage.rows_in += rows_of(&batch);
            return self.first(|step, out| step.rows(batch, out), |_| Ok(()));
        }
        self.end.rows(batch)
    }

    fn close(&mut self) -> Result<(), StepError> {
        self.first(|step, out| step.close(out), |end| end.close())
    }
}

impl Output for Counted<'_> {
    fn open(&mut self, resource: &str) -> Result<(), StepError> {
        self.rest.open(resource)
    }

    fn rows(&mut self, batch: Batch) -> Result<(), StepError> {
        *self.rows += rows_of(&batch);
        self.ctx.observer.rows(self.step, rows_of(&batch));
        self.rest.rows(batch)
    }

    fn close(&mut self) -> Result<(), StepError> {
        self.rest.close()
    }
}

fn rows_of(batch: &Batch) -> u64 {
    u64::try_from(batch.rows()).expect("a batch has fewer than 2^64 rows")
}
