//! What a context and the functions that it calls in us share: time, log, chance, answers.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use rquickjs::{Ctx, Persistent, Value};

use super::Limits;
use super::answer::{Log, LogLevel, LogLine};
use super::budget::Budget;
use super::error::{BrokenLimit, CallError};
use super::host::{Answered, Host, HostCall, Reply};
use super::memory::Memory;
use crate::limits::{
    JAVASCRIPT_HOST_CALLS_MAX, JAVASCRIPT_LOG_LINE_BYTES, JAVASCRIPT_REJECTIONS_KEPT,
};

/// The state of the call that runs, or of the last one.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) limits: Limits,
    pub(super) memory: Rc<Memory>,
    host: Arc<dyn Host>,
    current: RefCell<Current>,
    halt: Cell<Option<Halt>>,
    random: Cell<u64>,
}

/// What belongs to one call.
#[derive(Debug)]
struct Current {
    budget: Budget,
    seed: u64,
    began_ms: u64,
    log: Log,
    log_bytes_left: usize,
    calls: u32,
    waiting: usize,
    /// Made with the first call of the host: most functions make none.
    channel: Option<(SyncSender<Answered>, Rc<Receiver<Answered>>)>,
    rejections: Vec<Rejection>,
}

/// A promise that was rejected before anybody looked at it.
#[derive(Debug)]
struct Rejection {
    promise: Persistent<Value<'static>>,
    reason: Persistent<Value<'static>>,
}

/// Why a call must end, and its context with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Halt {
    Time,
    Memory,
    Stack,
    Output,
    Cancelled,
}

impl Shared {
    pub(super) fn new(
        limits: Limits,
        memory: Rc<Memory>,
        host: Arc<dyn Host>,
        budget: Budget,
    ) -> Rc<Self> {
        let current = RefCell::new(Current::new(budget, 0, limits.log_bytes));
        let (halt, random) = (Cell::new(None), Cell::new(0));
        Rc::new(Self { limits, memory, host, current, halt, random })
    }

    /// Forgets the last call; the next one begins now.
    pub(super) fn begin(&self, budget: Budget, seed: u64) {
        let current = Current::new(budget, seed, self.limits.log_bytes);
        // The old one is dropped when nothing is borrowed: it may hold values of the engine.
        let old = self.current.replace(current);
        drop(old);
        self.halt.set(None);
        self.start_random(0);
    }

    /// Whether the script must stop. Called by the engine while a script runs.
    pub(super) fn look(&self) -> bool {
        if self.halt.get().is_none() {
            self.halt.set(self.reason_to_halt());
        }
        self.halt.get().is_some()
    }

    fn reason_to_halt(&self) -> Option<Halt> {
        let current = self.current.borrow();
        if self.memory.exceeded() {
            Some(Halt::Memory)
        } else if current.budget.is_cancelled() {
            Some(Halt::Cancelled)
        } else if current.budget.left_ms() == 0 {
            Some(Halt::Time)
        } else {
            None
        }
    }

    /// Ends the call for `reason`, unless there is one already.
    pub(super) fn halt(&self, reason: Halt) -> Halt {
        let halt = self.halt.get().unwrap_or(reason);
        self.halt.set(Some(halt));
        halt
    }

    /// Why the call has to end, when it has to.
    pub(super) fn halted(&self) -> Option<Halt> {
        if self.memory.exceeded() { Some(Halt::Memory) } else { self.halt.get() }
    }

    pub(super) fn left_ms(&self) -> u64 {
        self.current.borrow().budget.left_ms()
    }

    /// Milliseconds since the call began.
    pub(super) fn elapsed_ms(&self) -> u32 {
        let current = self.current.borrow();
        let elapsed = current.budget.now_ms().saturating_sub(current.began_ms);
        u32::try_from(elapsed).unwrap_or(u32::MAX)
    }

    /// Starts the sequence of random numbers of one item.
    pub(super) fn start_random(&self, index: u64) {
        self.random.set(mix(self.current.borrow().seed ^ mix(index)));
    }

    /// The next number in `0.0..1.0`.
    ///
    /// Method: SplitMix64, <https://prng.di.unimi.it/splitmix64.c>.
    pub(super) fn random(&self) -> f64 {
        const ONE: u64 = 0x3ff0_0000_0000_0000;
        let state = self.random.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.random.set(state);
        f64::from_bits(ONE | (mix(state) >> 12)) - 1.0
    }

    pub(super) fn log(&self, level: LogLevel, text: String) {
        let mut current = self.current.borrow_mut();
        let cost = text.len().saturating_add(JAVASCRIPT_LOG_LINE_BYTES);
        match current.log_bytes_left.checked_sub(cost) {
            Some(left) => {
                current.log_bytes_left = left;
                current.log.lines.push(LogLine { level, text });
            }
            None => {
                current.log_bytes_left = 0;
                current.log.dropped += 1;
            }
        }
    }

    pub(super) fn take_log(&self) -> Log {
        std::mem::take(&mut self.current.borrow_mut().log)
    }

    /// Starts a call of the host and returns its id; `None` when too many wait.
    pub(super) fn call(&self, call: HostCall) -> Option<u32> {
        let mut current = self.current.borrow_mut();
        if current.waiting >= JAVASCRIPT_HOST_CALLS_MAX {
            return None;
        }
        current.waiting += 1;
        current.calls = current.calls.wrapping_add(1);
        let id = current.calls;
        let channel = current.channel.get_or_insert_with(|| {
            let (to_context, answers) = sync_channel(JAVASCRIPT_HOST_CALLS_MAX);
            (to_context, Rc::new(answers))
        });
        let reply = Reply::new(id, channel.0.clone());
        drop(current);
        self.host.call(call, reply);
        Some(id)
    }

    /// Where the answers of the host arrive, while there is a call without one.
    pub(super) fn answers(&self) -> Option<Rc<Receiver<Answered>>> {
        let current = self.current.borrow();
        let (_, answers) = current.channel.as_ref().filter(|_| current.waiting > 0)?;
        Some(Rc::clone(answers))
    }

    pub(super) fn arrived(&self) {
        let mut current = self.current.borrow_mut();
        current.waiting = current.waiting.saturating_sub(1);
    }

    /// A promise was rejected, or, when `is_handled`, somebody looked at one that was.
    pub(super) fn rejected<'js>(
        &self,
        ctx: &Ctx<'js>,
        promise: Value<'js>,
        reason: Value<'js>,
        is_handled: bool,
    ) {
        let promise = Persistent::save(ctx, promise);
        let mut current = self.current.borrow_mut();
        let place = current.rejections.iter().position(|rejection| rejection.promise == promise);
        match place {
            Some(place) if is_handled => drop(current.rejections.swap_remove(place)),
            None if !is_handled && current.rejections.len() < JAVASCRIPT_REJECTIONS_KEPT => {
                let reason = Persistent::save(ctx, reason);
                current.rejections.push(Rejection { promise, reason });
            }
            _ => {}
        }
    }

    /// The reasons of the promises that nobody looked at.
    pub(super) fn take_rejections(&self) -> Vec<Persistent<Value<'static>>> {
        let rejections = std::mem::take(&mut self.current.borrow_mut().rejections);
        rejections.into_iter().map(|rejection| rejection.reason).collect()
    }
}

impl Current {
    fn new(budget: Budget, seed: u64, log_bytes: usize) -> Self {
        Self {
            seed,
            began_ms: budget.now_ms(),
            budget,
            log: Log::default(),
            log_bytes_left: log_bytes,
            calls: 0,
            waiting: 0,
            channel: None,
            rejections: Vec::new(),
        }
    }
}

impl Halt {
    /// The error of a call that was given `time_ms`.
    pub(super) fn error(self, limits: &Limits, time_ms: u64) -> CallError {
        match self {
            Self::Time => BrokenLimit::Time { time_ms }.into(),
            Self::Memory => BrokenLimit::Memory { bytes: limits.memory_bytes }.into(),
            Self::Stack => BrokenLimit::Stack { bytes: limits.stack_bytes }.into(),
            Self::Output => BrokenLimit::Output { bytes: limits.output_bytes }.into(),
            Self::Cancelled => CallError::Cancelled,
        }
    }
}

/// Spreads the bits of `value` over the whole word.
fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}
