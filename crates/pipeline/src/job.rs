//! One run of one pipeline of a project, from its lock to its record.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use model::Json;
use model::clock::Clock;
use model::fault::Chain;
use model::package::Package;
use model::pipeline_id::PipelineId;
use serde_json::json;
use store::stop::Stop;

use crate::bind::{BindError, Binder};
use crate::commit::{CommitError, Ledger, commit};
use crate::context::{Context, Level, Observer, Stats};
use crate::dirty::Key;
use crate::error::{StepError, fault_to_json};
use crate::history::{ActiveRun, BeginError, FOLDER, History, Outcome, Tail};
use crate::hooks::{self, Event, Hooks, Report, Target};
use crate::limits::WARNINGS_KNOWN_MAX;
use crate::plan::Plan;
use crate::project::Project;
use crate::run::{Discard, StepReport, run};
use crate::secrets::Redactor;
use crate::spec::PipelineSpec;

/// How the runs of a project are made.
#[derive(Debug)]
pub struct Settings {
    pub environment: BTreeMap<String, String>,
    pub memory_bytes: usize,
    pub allow_large_archives: bool,
    pub clock: Arc<dyn Clock>,
    /// Asked to stop when the user interrupts.
    pub stop: Stop,
    /// Sends the events of runs; not needed when no pipeline has hooks.
    pub hooks: Option<Hooks>,
}

/// What a run did.
#[derive(Debug)]
pub struct Done {
    pub pipeline: PipelineId,
    pub success: bool,
    pub rows: u64,
    pub stats: Stats,
    /// Each with `code` and `text`, and where it happened when that is known.
    pub errors: Vec<Json>,
    pub milliseconds: u64,
    pub steps: Vec<StepReport>,
    pub package: Package,
}

impl Done {
    /// Takes the values of variables out of everything that tells of the run.
    fn redact(&mut self, redactor: &Redactor) {
        redactor.redact_map(&mut self.stats);
        redactor.redact_package(&mut self.package);
        self.errors.iter_mut().for_each(|error| redactor.redact_json(error));
    }
}

/// Why a run failed.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    #[error(transparent)]
    Begin(#[from] BeginError),
    #[error(transparent)]
    Bind(#[from] BindError),
    #[error(transparent)]
    Step(#[from] StepError),
    #[error(transparent)]
    Commit(#[from] CommitError),
}

impl JobError {
    /// The error as JSON: code, kind, text, help, and for a step where it happened.
    pub fn to_json(&self) -> Json {
        match self {
            Self::Step(error) | Self::Bind(BindError::Step(error)) => error.to_json(),
            Self::Begin(error) => fault_to_json(error).into(),
            Self::Commit(error) => fault_to_json(error).into(),
            Self::Bind(BindError::Spec(error)) => fault_to_json(error).into(),
            Self::Bind(BindError::Python(error)) => fault_to_json(error).into(),
            Self::Bind(error @ BindError::Code { .. }) => {
                json!({"code": "IO_FAILED", "text": Chain(error).to_string()})
            }
        }
    }
}

/// A run that is about to begin.
#[derive(Debug, Clone, Copy)]
pub struct Job<'a> {
    pub project: &'a Project,
    pub spec: &'a PipelineSpec,
    pub binder: &'a Binder,
    pub settings: &'a Settings,
    /// Where the data packages of its dependencies are.
    pub dependencies: &'a BTreeMap<String, String>,
    /// What the output of each step comes from, for caches and later comparison.
    pub keys: &'a [Key],
    /// Whether kept outputs of steps may be used.
    pub use_caches: bool,
}

impl Job<'_> {
    /// Runs the pipeline; every failure is part of the result.
    pub fn run(self, observer: &Arc<dyn Observer>) -> Done {
        let from_ms = self.settings.clock.monotonic_ms();
        let mut done = Done {
            pipeline: self.spec.id.clone(),
            success: false,
            rows: 0,
            stats: Stats::new(),
            errors: Vec::new(),
            milliseconds: 0,
            steps: Vec::new(),
            package: Package::default(),
        };
        let history = History::of(&self.project.root);
        let clock = self.settings.clock.as_ref();
        match history.begin(&self.spec.id, "manual", clock) {
            Err(error) => done.errors.push(JobError::from(error).to_json()),
            Ok(active) => {
                let redactor = Redactor::default();
                let kept = Arc::new(Kept::new(Arc::clone(observer)));
                let targets = self.hook_targets(&redactor, &kept);
                self.tell(&targets, Event::Queue, &redactor);
                self.tell(&targets, Event::Start, &redactor);
                self.attempt(&active, &kept, &redactor, &mut done);
                done.redact(&redactor);
                self.tell_end(&targets, &done, &kept.lines(), &redactor);
                let outcome = Outcome {
                    success: done.success,
                    rows: done.rows,
                    stats: done.stats.clone(),
                    errors: done.errors.clone(),
                    log: kept.lines(),
                    key: self
                        .keys
                        .last()
                        .and_then(Key::as_str)
                        .filter(|_| done.success)
                        .map(str::to_owned),
                };
                if let Err(error) = active.finish(outcome, &redactor, clock) {
                    done.errors.push(fault_to_json(&error).into());
                }
            }
        }
        done.milliseconds = self.settings.clock.monotonic_ms() - from_ms;
        done
    }

    fn hook_targets(&self, redactor: &Redactor, kept: &Kept) -> Vec<Target> {
        hooks::targets(self.spec, &self.settings.environment, redactor).unwrap_or_else(|error| {
            kept.log(0, Level::Warning, &format!("hooks are not told: {error}"));
            Vec::new()
        })
    }

    fn tell(&self, targets: &[Target], event: Event<'_>, redactor: &Redactor) {
        if let Some(hooks) = self.settings.hooks.as_ref().filter(|_| !targets.is_empty()) {
            hooks.send(targets, &hooks::payload(&self.spec.id, event, redactor));
        }
    }

    fn tell_end(&self, targets: &[Target], done: &Done, log: &[String], redactor: &Redactor) {
        let texts = done.errors.iter().filter_map(|error| error.get("text")?.as_str());
        let errors: Vec<String> = texts.map(str::to_owned).collect();
        let report = Report { success: done.success, stats: &done.stats, errors: &errors, log };
        self.tell(targets, Event::Progress { log }, redactor);
        self.tell(targets, Event::Finish(report), redactor);
    }

    fn attempt(&self, active: &ActiveRun, kept: &Arc<Kept>, redactor: &Redactor, done: &mut Done) {
        let bound = self.binder.bind(self.spec, self.project, &self.settings.environment, redactor);
        let bound = bound.and_then(|mut bound| {
            self.binder.use_caches(&mut bound.plan, self.spec, self.keys, self.use_caches)?;
            Ok(bound)
        });
        let result = bound.map_err(JobError::from).and_then(|bound| {
            let ctx = self.context(active, kept, bound.environment, redactor);
            self.execute(bound.plan, &ctx, done)
        });
        if let Err(error) = result {
            done.errors.push(error.to_json());
        }
    }

    fn context(
        &self,
        active: &ActiveRun,
        kept: &Arc<Kept>,
        environment: BTreeMap<String, String>,
        redactor: &Redactor,
    ) -> Context {
        let folder = self.project.root.join(FOLDER);
        let run = run_name(&active.record().run, self.spec.id.as_str());
        let mut ctx = Context::new(self.spec.dir.clone(), Arc::clone(&self.settings.clock));
        ctx.environment = Arc::new(environment);
        ctx.dependencies = Arc::new(self.dependencies.clone());
        ctx.memory_bytes = self.settings.memory_bytes;
        ctx.allow_large_archives = self.settings.allow_large_archives;
        ctx.observer = kept.clone();
        ctx.ledger = Arc::new(Ledger::new(Some(folder), run, self.spec.id.as_str()));
        ctx.redactor = redactor.clone();
        // Each run has a flag of its own: one that fails does not stop the others.
        ctx.stop = self.settings.stop.child();
        ctx
    }

    fn execute(&self, plan: Plan, ctx: &Context, done: &mut Done) -> Result<(), JobError> {
        let result = run(plan, ctx, &mut Discard);
        let outputs = ctx.take_prepared();
        match result {
            Err(error) => {
                outputs.into_iter().for_each(|output| output.rollback());
                if let Err(error) = ctx.ledger.close() {
                    ctx.log(Level::Warning, &Chain(&error).to_string());
                }
                Err(error.into())
            }
            Ok(outcome) => {
                done.rows = outcome.rows;
                done.steps = outcome.steps;
                done.package = outcome.package;
                commit(outputs, &ctx.ledger)?;
                done.stats = outcome.stats;
                done.success = true;
                Ok(())
            }
        }
    }
}

/// What tells a run apart from those of other pipelines that began at the same moment.
fn run_name(run: &str, pipeline: &str) -> String {
    let digest = crate::dirty::digest(pipeline.as_bytes());
    let plain: String = run.chars().filter(char::is_ascii_alphanumeric).collect();
    format!("{plain}-{}", digest.chars().take(8).collect::<String>())
}

/// Keeps the last lines of the log for the record, and passes everything on; a warning of a step
/// once.
#[derive(Debug)]
struct Kept {
    inner: Arc<dyn Observer>,
    tail: Mutex<Tail>,
    warned: Mutex<BTreeSet<(usize, String)>>,
}

impl Kept {
    fn new(inner: Arc<dyn Observer>) -> Self {
        Self { inner, tail: Mutex::default(), warned: Mutex::default() }
    }

    fn lines(&self) -> Vec<String> {
        let tail = self.tail.lock().unwrap_or_else(PoisonError::into_inner);
        tail.lines().map(str::to_owned).collect()
    }
}

impl Kept {
    /// Whether the step gives this warning again.
    fn is_repeated(&self, step: usize, text: &str) -> bool {
        let mut warned = self.warned.lock().unwrap_or_else(PoisonError::into_inner);
        let warning = (step, text.to_owned());
        warned.contains(&warning) || (warned.len() < WARNINGS_KNOWN_MAX && !warned.insert(warning))
    }
}

impl Observer for Kept {
    fn log(&self, step: usize, level: Level, text: &str) {
        if level == Level::Warning && self.is_repeated(step, text) {
            return;
        }
        self.tail.lock().unwrap_or_else(PoisonError::into_inner).push(text);
        self.inner.log(step, level, text);
    }

    fn rows(&self, step: usize, rows: u64) {
        self.inner.rows(step, rows);
    }

    fn rejected(&self, step: usize, rows: u64) {
        self.inner.rejected(step, rows);
    }

    fn batch(&self, resource: &str, batch: &tabular::Batch) {
        self.inner.batch(resource, batch);
    }
}
