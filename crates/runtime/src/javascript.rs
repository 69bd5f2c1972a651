//! JavaScript in the node: functions of users, called under limits on memory, time, stack, output.
//!
//! The engine is QuickJS. Each context has a thread of its own, and serves one call at a time. What
//! is loaded in it is told by [`Patches`]; it stays warm between calls, so that calls with equal
//! patches share what their functions keep in global variables. [`JavaScript::call_many`] is made
//! for millions of small items: it enters a context once per chunk, and an item costs what the
//! engine needs to read it, to call the function, and to write the result.
//!
//! QuickJS is written in C: the code of strangers belongs into the sandbox for WASM.

use std::sync::Arc;

use model::clock::Clock;

pub use self::answer::{
    Answers, Evaluated, ItemError, Items, Location, Log, LogLevel, LogLine, Outcome, Scope, Value,
};
pub use self::budget::Cancel;
pub use self::error::{BrokenLimit, CallError, ChunkError, FunctionError, PatchError, Thrown};
pub use self::function::{Anonymous, Function, FunctionId, Name};
pub use self::host::{Host, HostCall, HostError, NoHost, Node, Reply};
pub use self::patches::Patches;
use self::pool::Pool;
use self::session::Session;
use self::worker::Wanted;
use crate::limits::{
    JAVASCRIPT_LOG_BYTES, JAVASCRIPT_MEMORY_BYTES, JAVASCRIPT_OUTPUT_BYTES, JAVASCRIPT_STACK_BYTES,
};

mod answer;
mod budget;
mod compiled;
mod engine;
mod error;
mod function;
mod host;
mod load;
mod memory;
mod native;
mod patches;
mod pool;
mod primitive;
mod run;
mod session;
mod shared;
mod source;
mod thrown;
mod worker;

/// Runs functions; cheap to clone. Its threads end with the last clone.
#[derive(Debug, Clone)]
pub struct JavaScript {
    pool: Arc<Pool>,
}

/// What all calls of a node have in common.
#[derive(Debug, Clone)]
pub struct Config {
    pub limits: Limits,
    /// Contexts, each with a thread and its own memory. One per core is enough for computing;
    /// functions that wait for the host need more.
    pub contexts_max: usize,
    pub node: Node,
    pub host: Arc<dyn Host>,
    pub clock: Arc<dyn Clock>,
}

/// What one context may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    pub memory_bytes: usize,
    /// At most `limits::JAVASCRIPT_STACK_BYTES_MAX`.
    pub stack_bytes: usize,
    /// The answer of one call.
    pub output_bytes: usize,
    /// What one call may write to `console`; the rest is dropped.
    pub log_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory_bytes: JAVASCRIPT_MEMORY_BYTES,
            stack_bytes: JAVASCRIPT_STACK_BYTES,
            output_bytes: JAVASCRIPT_OUTPUT_BYTES,
            log_bytes: JAVASCRIPT_LOG_BYTES,
        }
    }
}

impl JavaScript {
    /// Starts nothing yet: threads come with the calls.
    ///
    /// # Panics
    ///
    /// Panics when a limit of `config` is outside its bounds, which is a bug of the caller.
    pub fn new(config: Config) -> Self {
        config.check();
        Self { pool: Arc::new(Pool::new(config)) }
    }

    /// Loads the patches of `scope` into a context of their own, to see whether they load, mostly
    /// for [`CallError::Patch`] with number and place. The log is what they write while they load.
    pub fn check(&self, scope: &Scope) -> Outcome<()> {
        self.pool.run(scope, Wanted::Fresh, |slot, scope, budget| slot.load(scope, budget))
    }

    /// Evaluates an expression, or statements of which the last gives the value, in a context of
    /// its own: what it defines is gone afterwards.
    pub fn eval(&self, scope: &Scope, expression: &str) -> Outcome<Evaluated> {
        let expression = expression.to_owned();
        self.pool.run(scope, Wanted::Fresh, move |slot, scope, budget| {
            let evaluate = |session: &Session<'_, '_>| session.evaluate(&expression, scope.time_ms);
            slot.run(scope, budget, Wanted::Fresh, evaluate)
        })
    }

    /// Calls a function with one argument.
    pub fn call(&self, scope: &Scope, function: &Function, argument: Value) -> Outcome<Value> {
        let function = function.clone();
        self.pool.run(scope, Wanted::Warm, move |slot, scope, budget| {
            let call =
                |session: &Session<'_, '_>| session.call_once(&function, &argument, scope.time_ms);
            slot.run(scope, budget, Wanted::Warm, call)
        })
    }

    /// Calls a function with each of many items. An item whose function throws has an error in the
    /// answers; it ends the chunk only when [`Items::stop_at_error`] says so.
    ///
    /// # Errors
    ///
    /// [`ChunkError`] when an item breaks a limit, the call is cancelled, or nothing could start;
    /// it has the answers of the items before.
    pub fn call_many(
        &self,
        scope: &Scope,
        function: &Function,
        items: Items,
    ) -> Result<Answers, ChunkError> {
        let (function, first_index) = (function.clone(), items.first_index);
        let outcome = self.pool.run(scope, Wanted::Warm, move |slot, scope, budget| {
            let call =
                |session: &Session<'_, '_>| Ok(session.call_many(&function, &items, scope.time_ms));
            slot.run(scope, budget, Wanted::Warm, call)
        });
        let (mut answers, ended) = match outcome.result {
            Ok((answers, ended)) => (answers, ended),
            Err(error) => (Answers::default(), Err(error)),
        };
        answers.log = outcome.log;
        match ended {
            Ok(()) => Ok(answers),
            Err(source) => {
                let index = first_index.saturating_add(answers.items);
                Err(ChunkError { index, source, answers: Box::new(answers) })
            }
        }
    }
}

impl Config {
    fn check(&self) {
        use crate::limits::{JAVASCRIPT_MEMORY_BYTES_MIN, JAVASCRIPT_STACK_BYTES_MAX};
        let Limits { memory_bytes, stack_bytes, .. } = self.limits;
        assert!(self.contexts_max > 0, "a pool without contexts runs nothing");
        assert!(
            memory_bytes >= JAVASCRIPT_MEMORY_BYTES_MIN,
            "{memory_bytes} bytes of memory do not fit a context"
        );
        assert!(
            (1..=JAVASCRIPT_STACK_BYTES_MAX).contains(&stack_bytes),
            "the engine does not check a stack of {stack_bytes} bytes"
        );
    }
}
