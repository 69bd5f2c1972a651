//! The thread of one context. A context never leaves the thread that made it.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use super::Config;
use super::answer::{Outcome, Scope};
use super::budget::Budget;
use super::engine::Engine;
use super::error::CallError;
use super::patches::Chain;
use super::session::Session;
use crate::limits::JAVASCRIPT_THREAD_STACK_BYTES;

/// Something that a worker does with its context.
pub(super) type Job = Box<dyn FnOnce(&mut Slot) + Send>;

/// A thread that waits for jobs, or has one.
#[derive(Debug)]
pub(super) struct Worker {
    jobs: SyncSender<Job>,
    thread: JoinHandle<()>,
}

/// The place of the context in its thread.
#[derive(Debug)]
pub(super) struct Slot {
    config: Arc<Config>,
    engine: Option<Engine>,
}

/// Which context a call may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// One that may have served other calls, and may serve more.
    Warm,
    /// One of its own.
    Fresh,
}

impl Worker {
    /// Starts a thread; `at_end` is dropped when it ends.
    pub(super) fn start(
        config: &Arc<Config>,
        number: u64,
        at_end: impl Send + 'static,
    ) -> io::Result<Self> {
        let (jobs, received) = sync_channel(1);
        let config = Arc::clone(config);
        let stack_bytes = config.limits.stack_bytes + JAVASCRIPT_THREAD_STACK_BYTES;
        let thread = std::thread::Builder::new()
            .name(format!("javascript-{number}"))
            .stack_size(stack_bytes)
            .spawn(move || {
                let at_end = at_end;
                Slot { config, engine: None }.work(&received);
                drop(at_end);
            })?;
        Ok(Self { jobs, thread })
    }

    /// Gives the worker its next job. It must not have one. `false` when its thread has ended.
    pub(super) fn give(&self, job: Job) -> bool {
        self.jobs.send(job).is_ok()
    }

    /// Ends the thread of a worker without a job.
    pub(super) fn end(self) {
        drop(self.jobs);
        // A thread that panicked has ended too.
        drop(self.thread.join());
    }
}

impl Slot {
    fn work(mut self, jobs: &Receiver<Job>) {
        while let Ok(job) = jobs.recv() {
            job(&mut self);
        }
    }

    /// Runs `work` in a context with the patches of `scope`.
    pub(super) fn run<T>(
        &mut self,
        scope: &Scope,
        budget: &Budget,
        wanted: Wanted,
        work: impl FnOnce(&Session<'_, '_>) -> Result<T, CallError>,
    ) -> Outcome<T> {
        let engine = match self.engine(scope, budget, wanted) {
            Ok(engine) => engine,
            Err(error) => return error.into(),
        };
        let loaded = engine.bring_forward(&scope.patches, budget);
        if let Err(error) = loaded.result {
            return Outcome { result: Err(error), log: loaded.log };
        }
        budget.give(scope.time_ms);
        let outcome = engine.call(budget, scope.seed, work);
        if wanted == Wanted::Warm && engine.is_reusable() {
            self.engine = Some(engine);
        }
        outcome
    }

    /// Only loads the patches of `scope`.
    pub(super) fn load(&mut self, scope: &Scope, budget: &Budget) -> Outcome<()> {
        match self.engine(scope, budget, Wanted::Fresh) {
            Ok(engine) => engine.bring_forward(&scope.patches, budget),
            Err(error) => error.into(),
        }
    }

    /// Takes the context out, or makes a new one.
    fn engine(
        &mut self,
        scope: &Scope,
        budget: &Budget,
        wanted: Wanted,
    ) -> Result<Engine, CallError> {
        match self.engine.take() {
            Some(engine) if wanted == Wanted::Warm && engine.leads_to(&scope.patches) => Ok(engine),
            other => {
                // The memory of the old context is free before a new one takes any.
                drop(other);
                Engine::new(&self.config, budget.clone())
            }
        }
    }

    pub(super) fn loaded(&self) -> Option<Chain> {
        self.engine.as_ref().map(Engine::loaded)
    }
}
