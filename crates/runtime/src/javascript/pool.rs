//! The contexts of a node: which call gets which, how many there are, and what becomes of those
//! that do not end.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::Config;
use super::answer::{Outcome, Scope};
use super::budget::Budget;
use super::error::{BrokenLimit, CallError};
use super::patches::{Chain, Patches};
use super::worker::{Slot, Wanted, Worker};
use crate::limits::{
    CLOCK_LOOK_MS, JAVASCRIPT_GRACE_MS, JAVASCRIPT_PATCHES_MS_MAX, JAVASCRIPT_STUCK_MAX,
};

/// All workers of a node.
#[derive(Debug)]
pub(super) struct Pool {
    config: Arc<Config>,
    state: Arc<Mutex<State>>,
    freed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    idle: Vec<Idle>,
    /// Workers that wait or have a job, without those that were given up.
    workers: usize,
    /// Threads that were given up and still run.
    stuck: usize,
    /// Workers ever started: the number of the last one.
    started: u64,
}

/// A worker without a job.
#[derive(Debug)]
struct Idle {
    worker: Worker,
    /// What its context has loaded; `None` when it has no context.
    loaded: Option<Chain>,
    given_up: Arc<AtomicBool>,
}

/// Counts a thread that was given up out when it ends after all.
#[derive(Debug)]
struct AtEnd {
    state: Arc<Mutex<State>>,
    given_up: Arc<AtomicBool>,
}

/// What a worker sends back: the outcome, and what its context has loaded now.
type Done<T> = (Outcome<T>, Option<Chain>);

impl Pool {
    pub(super) fn new(config: Config) -> Self {
        Self { config: Arc::new(config), state: Arc::default(), freed: Condvar::new() }
    }

    /// Runs `job` on a worker that suits `scope`, and waits for its end.
    pub(super) fn run<T: Send + 'static>(
        &self,
        scope: &Scope,
        wanted: Wanted,
        job: impl FnOnce(&mut Slot, &Scope, &Budget) -> Outcome<T> + Send + 'static,
    ) -> Outcome<T> {
        let taken = match self.take(scope, wanted) {
            Ok(taken) => taken,
            Err(error) => return error.into(),
        };
        let clock = Arc::clone(&self.config.clock);
        let budget = Budget::new(clock, scope.cancel.clone(), JAVASCRIPT_PATCHES_MS_MAX);
        let (to_caller, done) = sync_channel::<Done<T>>(1);
        let (its_scope, its_budget) = (scope.clone(), budget.clone());
        let is_given = taken.worker.give(Box::new(move |slot| {
            let outcome = job(slot, &its_scope, &its_budget);
            // A caller that has given up does not want it any more.
            drop(to_caller.send((outcome, slot.loaded())));
        }));
        if !is_given {
            self.forget(taken);
            return ended().into();
        }
        self.wait(taken, &budget, &done, scope.time_ms)
    }

    fn wait<T>(
        &self,
        taken: Idle,
        budget: &Budget,
        done: &Receiver<Done<T>>,
        time_ms: u64,
    ) -> Outcome<T> {
        loop {
            match done.recv_timeout(Duration::from_millis(CLOCK_LOOK_MS)) {
                Ok((outcome, loaded)) => {
                    self.give_back(Idle { loaded, ..taken });
                    return outcome;
                }
                Err(RecvTimeoutError::Timeout) if budget.is_over_by(JAVASCRIPT_GRACE_MS) => {
                    self.give_up(taken);
                    return CallError::from(BrokenLimit::Time { time_ms }).into();
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    self.forget(taken);
                    return ended().into();
                }
            }
        }
    }

    /// A worker for one call; waits for one as long as the call may take.
    fn take(&self, scope: &Scope, wanted: Wanted) -> Result<Idle, CallError> {
        let clock = Arc::clone(&self.config.clock);
        let budget = Budget::new(clock, scope.cancel.clone(), scope.time_ms);
        let mut state = lock(&self.state);
        loop {
            if state.stuck >= JAVASCRIPT_STUCK_MAX {
                return Err(CallError::Stuck { stuck: state.stuck });
            }
            if let Some(idle) = state.take_fitting(&scope.patches, wanted) {
                return Ok(idle);
            }
            if state.workers < self.config.contexts_max {
                return self.start(state);
            }
            if let Some(idle) = state.idle.pop() {
                return Ok(idle);
            }
            if budget.is_cancelled() {
                return Err(CallError::Cancelled);
            }
            if budget.is_over_by(0) {
                let contexts = self.config.contexts_max;
                return Err(CallError::Busy { contexts, time_ms: scope.time_ms });
            }
            let wait = Duration::from_millis(CLOCK_LOOK_MS.min(budget.left_ms()).max(1));
            state = match self.freed.wait_timeout(state, wait) {
                Ok((state, _)) => state,
                Err(poisoned) => poisoned.into_inner().0,
            };
        }
    }

    fn start(&self, mut state: MutexGuard<'_, State>) -> Result<Idle, CallError> {
        state.workers += 1;
        state.started += 1;
        let number = state.started;
        drop(state);
        let given_up = Arc::new(AtomicBool::new(false));
        let at_end = AtEnd { state: Arc::clone(&self.state), given_up: Arc::clone(&given_up) };
        match Worker::start(&self.config, number, at_end) {
            Ok(worker) => Ok(Idle { worker, loaded: None, given_up }),
            Err(error) => {
                self.free_place();
                Err(CallError::Thread(error))
            }
        }
    }

    fn give_back(&self, idle: Idle) {
        lock(&self.state).idle.push(idle);
        self.freed.notify_one();
    }

    /// Leaves the thread of a worker alone: it did not look at its time, and cannot be ended.
    fn give_up(&self, taken: Idle) {
        tracing::warn!("a function does not end; its thread is left behind");
        let mut state = lock(&self.state);
        taken.given_up.store(true, Ordering::SeqCst);
        state.stuck += 1;
        drop(state);
        self.forget(taken);
    }

    /// The thread ends by itself, because nobody can give it another job.
    fn forget(&self, taken: Idle) {
        drop(taken);
        self.free_place();
    }

    fn free_place(&self) {
        lock(&self.state).workers -= 1;
        self.freed.notify_one();
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        let idle = std::mem::take(&mut lock(&self.state).idle);
        idle.into_iter().for_each(|idle| idle.worker.end());
    }
}

impl State {
    /// The idle worker whose context is nearest to what is wanted, if there is a useful one.
    fn take_fitting(&mut self, patches: &Patches, wanted: Wanted) -> Option<Idle> {
        let (place, use_of_it) = self
            .idle
            .iter()
            .map(|idle| idle.use_for(patches, wanted))
            .enumerate()
            .max_by_key(|(_, use_of_it)| *use_of_it)?;
        (use_of_it > 0).then(|| self.idle.swap_remove(place))
    }
}

impl Idle {
    /// 0 when its context would be lost, else the more the less is left to do.
    fn use_for(&self, patches: &Patches, wanted: Wanted) -> usize {
        match self.loaded {
            None => 1,
            Some(loaded) if wanted == Wanted::Warm && patches.missing(loaded).is_some() => {
                2 + loaded.number()
            }
            Some(_) => 0,
        }
    }
}

impl Drop for AtEnd {
    fn drop(&mut self) {
        let mut state = lock(&self.state);
        if self.given_up.load(Ordering::SeqCst) {
            state.stuck -= 1;
        }
    }
}

fn ended() -> CallError {
    CallError::Engine { detail: "the thread of a context has ended".into() }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A change under this lock is a few assignments: none of them can panic half way.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
