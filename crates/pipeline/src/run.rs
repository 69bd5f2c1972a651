//! Runs a plan: native steps in chains, processes between them, all at the same time.
//!
//! Nothing that a sink writes is visible before every step has ended well; then all outputs are
//! committed together.

use std::io::{BufReader, BufWriter, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::{ChildStdin, ChildStdout};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use model::Json;
use model::fault::Fault;
use model::package::Package;
use runtime::process::{Killer, Running, spawn};
use tabular::Batch;

use crate::chain::{Chain, Stage};
use crate::context::{Context, Level, Stats};
use crate::definition::Role;
use crate::error::{Cause, StepError, StepPlace};
use crate::limits;
use crate::plan::{Plan, Work};
use crate::processor::Output;
use crate::segment::{self, Checked, Head, Nothing};
use crate::step_cache::{Keep, Replay};
use crate::strip::Ends;
use crate::wire_stream::{ProtocolError, WireReader, WireWriter};

/// What a run that went well has done; its outputs wait in the context to be committed.
#[derive(Debug)]
pub struct Outcome {
    pub stats: Stats,
    /// Rows that left the last step, over all resources.
    pub rows: u64,
    /// The descriptor that left the last step.
    pub package: Package,
    pub steps: Vec<StepReport>,
}

/// What one step has done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepReport {
    pub place: StepPlace,
    pub rows_in: u64,
    pub rows_out: u64,
    /// Milliseconds in this step alone; not known of processes.
    pub own_ms: Option<u64>,
}

/// Receives what leaves the last step.
pub trait Receiver: Send {
    /// Rows of `resource`.
    ///
    /// # Errors
    ///
    /// Whatever makes the run fail.
    fn rows(&mut self, resource: &str, batch: Batch) -> Result<(), StepError>;
}

/// A receiver that ignores the rows.
#[derive(Debug)]
pub struct Discard;

impl Receiver for Discard {
    fn rows(&mut self, _: &str, _: Batch) -> Result<(), StepError> {
        Ok(())
    }
}

/// Runs `plan`; the rows that leave the last step go to `receiver`.
///
/// On success the outputs of sinks are complete and wait in `ctx` (see
/// [`Context::take_prepared`]); on failure the caller drops or rolls them back.
///
/// # Errors
///
/// The failure that caused all others.
pub fn run<'r>(
    plan: Plan,
    ctx: &'r Context,
    receiver: &'r mut (dyn Receiver + 'r),
) -> Result<Outcome, StepError> {
    let deadline = Deadline::of(&plan, ctx);
    let mut links = Links::start(plan, ctx)?;
    let processes: Vec<(StepPlace, Running)> = std::mem::take(&mut links.processes);
    let killers: Vec<Killer> = processes.iter().map(|(_, running)| running.killer()).collect();
    let mut failures = Vec::new();
    let mut ends = Vec::new();
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        if !killers.is_empty() || deadline.is_some() {
            scope.spawn(|| watch(ctx, &killers, &over, deadline.as_ref()));
        }
        let last = links.segments.len() - 1;
        let mut running = Vec::new();
        let mut receiver: Option<&'r mut (dyn Receiver + 'r)> = Some(receiver);
        for (index, link) in links.segments.into_iter().enumerate() {
            let receiver = if index == last { receiver.take() } else { None };
            let killers = &killers;
            let work = move || {
                catch_unwind(AssertUnwindSafe(|| link.run(ctx, receiver)))
                    .unwrap_or_else(|panic| Err(StepError::panicked(&*panic)))
                    .inspect_err(|error| {
                        await_culprit(error, index, killers);
                        halt(ctx, killers);
                    })
            };
            let thread = thread::Builder::new().name(format!("pipeline {index}"));
            match thread.spawn_scoped(scope, work) {
                Ok(thread) => running.push(thread),
                Err(error) => {
                    halt(ctx, killers);
                    failures.push(StepError::io("start a thread", error));
                }
            }
        }
        for thread in running {
            match thread.join().expect("a panic in it was caught") {
                Ok(end) => ends.push(end),
                Err(error) => failures.push(error),
            }
        }
        over.store(true, Ordering::Release);
    });
    for (place, running) in processes {
        if let Err(error) = running.wait().check() {
            failures.push(StepError::outside("run the step", error).at(&place));
        }
    }
    match failures.into_iter().min_by_key(blame) {
        Some(error) if error.code() == "RUN_STOPPED" => {
            Err(deadline.filter(|d| d.has_passed(ctx)).map_or(error, |d| d.error()))
        }
        Some(error) => Err(error),
        None => Ok(outcome(ends)),
    }
}

/// The moment at which the first native step with a time limit is to be done.
#[derive(Debug)]
struct Deadline {
    at_ms: u64,
    place: StepPlace,
    limit_ms: u64,
}

impl Deadline {
    fn of(plan: &Plan, ctx: &Context) -> Option<Self> {
        let native = |step: &&crate::plan::PlannedStep| matches!(step.work, Work::Native { .. });
        let limits = plan.steps.iter().filter(native).filter_map(|s| Some((s.timeout_ms?, s)));
        limits.min_by_key(|(limit_ms, _)| *limit_ms).map(|(limit_ms, step)| Self {
            at_ms: ctx.clock.monotonic_ms().saturating_add(limit_ms),
            place: step.place.clone(),
            limit_ms,
        })
    }

    fn has_passed(&self, ctx: &Context) -> bool {
        ctx.clock.monotonic_ms() >= self.at_ms
    }

    fn error(&self) -> StepError {
        let limit = std::time::Duration::from_millis(self.limit_ms);
        let problem = format!("the step was not done within {limit:?}");
        StepError::parameter("timeout", problem).at(&self.place)
    }
}

/// Ends the processes when the run is asked to stop: a thread that waits for one of them does not
/// look at the flag.
fn watch(ctx: &Context, killers: &[Killer], over: &AtomicBool, deadline: Option<&Deadline>) {
    while !over.load(Ordering::Acquire) {
        let late = deadline.is_some_and(|deadline| deadline.has_passed(ctx));
        if late || ctx.stop.is_requested() {
            return halt(ctx, killers);
        }
        thread::sleep(limits::STOP_POLL);
    }
}

/// Waits for the neighbour of segment `index` that `error` comes from: a process that fails closes
/// its pipes before it ends, and tells why only when it ends by itself.
fn await_culprit(error: &StepError, index: usize, killers: &[Killer]) {
    let neighbour = match &*error.cause {
        _ if blame(error) != CONSEQUENCE => None,
        Cause::Io { .. } => Some(index),
        _ => index.checked_sub(1),
    };
    if let Some(process) = neighbour.and_then(|at| killers.get(at)) {
        process.has_ended_within(limits::PROCESS_END);
    }
}

/// Stops everything that still runs.
fn halt(ctx: &Context, killers: &[Killer]) {
    ctx.stop.request();
    killers.iter().for_each(Killer::terminate);
    killers.iter().for_each(Killer::kill);
}

/// The blame of a failure that comes from the end of a neighbour.
const CONSEQUENCE: u8 = 3;

/// Who is to blame when several failed: lower is more. A step that breaks takes its neighbours
/// with it, and they all complain.
fn blame(error: &StepError) -> u8 {
    match &*error.cause {
        _ if error.code() == "RUN_STOPPED" => 4,
        _ if error.code() == "PROCESS_STOPPED" => 2,
        Cause::Io { source, .. } if source.kind() == std::io::ErrorKind::BrokenPipe => CONSEQUENCE,
        Cause::Outside { source, .. } => match source.downcast_ref::<ProtocolError>() {
            Some(ProtocolError::Missing { .. }) => CONSEQUENCE,
            Some(_) => 0,
            None => u8::from(source.is::<runtime::process::ExitError>()),
        },
        _ => 0,
    }
}

fn outcome(ends: Vec<End>) -> Outcome {
    let mut steps = Vec::new();
    let mut outcome =
        Outcome { stats: Stats::new(), rows: 0, package: Package::default(), steps: Vec::new() };
    for end in ends {
        steps.extend(end.process.map(|place| StepReport {
            place,
            rows_in: outcome.rows,
            rows_out: end.rows_in,
            own_ms: None,
        }));
        steps.extend(reports(&end.stages));
        outcome.stats = end.stats;
        outcome.rows = end.rows;
        outcome.package = end.package;
    }
    outcome.steps = steps;
    outcome
}

fn reports(stages: &[Stage]) -> Vec<StepReport> {
    let after = stages.iter().skip(1).map(|stage| stage.inclusive_ms).chain([0]);
    stages
        .iter()
        .zip(after)
        .map(|(stage, after_ms)| StepReport {
            place: stage.place.clone(),
            rows_in: stage.rows_in,
            rows_out: stage.rows_out,
            own_ms: Some(stage.inclusive_ms.saturating_sub(after_ms)),
        })
        .collect()
}

/// The segments of a plan and the processes between them, wired up.
struct Links {
    segments: Vec<Link>,
    processes: Vec<(StepPlace, Running)>,
}

/// One segment with its ends.
struct Link {
    chain: Chain,
    /// The process before it.
    process: Option<StepPlace>,
    input: Option<ChildStdout>,
    output: Option<ChildStdin>,
}

/// What a segment has done.
struct End {
    stats: Stats,
    rows: u64,
    rows_in: u64,
    package: Package,
    process: Option<StepPlace>,
    stages: Vec<Stage>,
}

impl Links {
    fn start(plan: Plan, ctx: &Context) -> Result<Self, StepError> {
        let mut links = Self { segments: Vec::new(), processes: Vec::new() };
        let mut stages = Vec::new();
        let mut before: Option<(StepPlace, Option<ChildStdout>)> = None;
        let mut ends = Ends::default();
        for step in plan.steps {
            let own = ctx.for_step(step.place.index);
            if step.validate {
                let checked = crate::processors::validate::step_check();
                stages.push(Stage::new(step.place.clone(), Role::Transform, checked));
            }
            match step.work {
                Work::Native { definition, parameters } => {
                    let processor = definition
                        .create(&parameters, &own)
                        .map_err(|error| error.at(&step.place))?;
                    let processor = ends.guard(definition.name, &parameters, processor);
                    stages.push(Stage::new(step.place, definition.role, processor));
                }
                Work::Adopt(processor) => {
                    stages.push(Stage::new(step.place, Role::Sink, processor));
                }
                Work::Replay(path) => {
                    ends.loosen();
                    let replay = Box::new(Replay::new(path));
                    stages.push(Stage::new(step.place, Role::Source, replay));
                }
                Work::Keep(path) => {
                    stages.push(Stage::new(step.place, Role::Transform, Box::new(Keep::new(path))));
                }
                Work::Process(request) => {
                    ends.loosen();
                    let on_line = Box::new(move |line: &str| own.log(Level::Info, line));
                    let mut running =
                        spawn(&request, ctx.clock.clone(), on_line).map_err(|error| {
                            StepError::outside("start the step", error).at(&step.place)
                        })?;
                    let chain = Chain::new(std::mem::take(&mut stages), ctx.clone());
                    let output = running.take_stdin();
                    links.push(chain, before.take(), output);
                    before = Some((step.place.clone(), running.take_stdout()));
                    links.processes.push((step.place, running));
                }
            }
        }
        links.push(Chain::new(stages, ctx.clone()), before, None);
        Ok(links)
    }

    fn push(
        &mut self,
        chain: Chain,
        before: Option<(StepPlace, Option<ChildStdout>)>,
        output: Option<ChildStdin>,
    ) {
        let (process, input) = before.map_or((None, None), |(place, out)| (Some(place), out));
        self.segments.push(Link { chain, process, input, output });
    }
}

impl Link {
    fn run<'r>(
        mut self,
        ctx: &'r Context,
        receiver: Option<&'r mut (dyn Receiver + 'r)>,
    ) -> Result<End, StepError> {
        let mut head: Box<dyn SegmentHead> = match self.input.take() {
            Some(stdout) => Box::new(FromProcess::new(stdout, self.process.clone())),
            None => Box::new(Nothing),
        };
        let (dependencies, package) = head.package(ctx)?;
        let package = self.chain.describe(package)?;
        let mut counted = Counting { head, rows: 0 };
        let (stats, rows, stages) = match (self.output.take(), receiver) {
            (Some(stdin), _) => {
                let mut writer = WireWriter::new(BufWriter::new(stdin));
                writer.header(&dependencies, &package)?;
                let mut tail = Checked::new(writer, &package);
                let (stats, stages) = segment::run(self.chain, &mut counted, &mut tail, ctx)?;
                tail.check_complete()?;
                tail.inner.stats(&stats)?;
                (stats, tail.rows, stages)
            }
            (None, receiver) => {
                let end = Last { receiver, resource: String::new(), ctx };
                let mut tail = Checked::new(end, &package);
                let (stats, stages) = segment::run(self.chain, &mut counted, &mut tail, ctx)?;
                tail.check_complete()?;
                (stats, tail.rows, stages)
            }
        };
        Ok(End { stats, rows, rows_in: counted.rows, package, process: self.process, stages })
    }
}

/// A head that also knows the package that comes in.
trait SegmentHead: Head {
    fn package(&mut self, ctx: &Context) -> Result<(Json, Package), StepError>;
}

impl SegmentHead for Nothing {
    fn package(&mut self, ctx: &Context) -> Result<(Json, Package), StepError> {
        let dependencies = ctx
            .dependencies
            .iter()
            .map(|(id, url)| (id.clone(), Json::from(url.as_str())))
            .collect();
        Ok((Json::Object(dependencies), Package::empty()))
    }
}

struct FromProcess<R> {
    reader: WireReader<BufReader<R>>,
    package: Package,
    place: Option<StepPlace>,
}

impl<R: Read> FromProcess<R> {
    fn new(stdout: R, place: Option<StepPlace>) -> Self {
        let input = BufReader::with_capacity(limits::PIPE_BUFFER_BYTES, stdout);
        Self { reader: WireReader::new(input), package: Package::default(), place }
    }

    /// Says of what is not the protocol that the process wrote it.
    fn blamed(&self, error: StepError) -> StepError {
        let of_process =
            matches!(&*error.cause, Cause::Outside { source, .. } if source.is::<ProtocolError>());
        match &self.place {
            Some(place) if of_process => error.at(place),
            _ => error,
        }
    }
}

impl<R: Read + Send> SegmentHead for FromProcess<R> {
    fn package(&mut self, _: &Context) -> Result<(Json, Package), StepError> {
        let (dependencies, package) = self.reader.header().map_err(|error| self.blamed(error))?;
        self.package = package.clone();
        Ok((dependencies, package))
    }
}

impl<R: Read + Send> Head for FromProcess<R> {
    fn feed(&mut self, out: &mut dyn Output) -> Result<Stats, StepError> {
        self.reader
            .resources(&self.package, out)
            .and_then(|()| self.reader.stats())
            .map_err(|error| self.blamed(error))
    }
}

/// Counts the rows that a head gives.
struct Counting {
    head: Box<dyn SegmentHead>,
    rows: u64,
}

impl Head for Counting {
    fn feed(&mut self, out: &mut dyn Output) -> Result<Stats, StepError> {
        struct Count<'a>(&'a mut u64, &'a mut dyn Output);
        impl Output for Count<'_> {
            fn open(&mut self, resource: &str) -> Result<(), StepError> {
                self.1.open(resource)
            }
            fn rows(&mut self, batch: Batch) -> Result<(), StepError> {
                *self.0 += u64::try_from(batch.rows()).expect("fewer than 2^64 rows");
                self.1.rows(batch)
            }
            fn close(&mut self) -> Result<(), StepError> {
                self.1.close()
            }
        }
        self.head.feed(&mut Count(&mut self.rows, out))
    }
}

/// The end of the pipeline.
struct Last<'a> {
    receiver: Option<&'a mut (dyn Receiver + 'a)>,
    resource: String,
    ctx: &'a Context,
}

impl Output for Last<'_> {
    fn open(&mut self, resource: &str) -> Result<(), StepError> {
        resource.clone_into(&mut self.resource);
        Ok(())
    }

    fn rows(&mut self, batch: Batch) -> Result<(), StepError> {
        self.ctx.observer.batch(&self.resource, &batch);
        match &mut self.receiver {
            Some(receiver) => receiver.rows(&self.resource, batch),
            None => Ok(()),
        }
    }

    fn close(&mut self) -> Result<(), StepError> {
        Ok(())
    }
}
