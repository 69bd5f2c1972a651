//! One context of the engine with its limits, its environment, and the functions it has compiled.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::rc::Rc;

use rquickjs::{Context, Ctx, Object, Persistent, Runtime};

use super::Config;
use super::answer::Outcome;
use super::budget::Budget;
use super::compiled::Compiled;
use super::error::CallError;
use super::memory::Memory;
use super::native;
use super::patches::{Chain, Patches};
use super::session::Session;
use super::shared::Shared;
use crate::limits::{JAVASCRIPT_MEMORY_KEPT_DIVISOR, JAVASCRIPT_PATCHES_MS_MAX};

/// One context. It belongs to the thread that made it.
pub(super) struct Engine {
    // Fields are dropped in this order: values, then the context, then the engine's runtime.
    compiled: RefCell<Compiled>,
    tools: Persistent<Object<'static>>,
    context: Context,
    shared: Rc<Shared>,
    loaded: Cell<Chain>,
}

impl Engine {
    /// A context with nothing loaded, whose building counts for `budget`.
    pub(super) fn new(config: &Config, budget: Budget) -> Result<Self, CallError> {
        let memory = Memory::new(config.limits.memory_bytes);
        let failed = |error: rquickjs::Error| CallError::Engine { detail: error.to_string() };
        let runtime = Runtime::new_with_alloc(memory.allocator()).map_err(failed)?;
        runtime.set_max_stack_size(config.limits.stack_bytes);
        let shared = Shared::new(config.limits, memory, config.host.clone(), budget);
        let tracks = Rc::clone(&shared);
        runtime.set_host_promise_rejection_tracker(Some(Box::new(
            move |ctx, promise, reason, is_handled| {
                tracks.rejected(&ctx, promise, reason, is_handled);
            },
        )));
        let context = Context::full(&runtime).map_err(failed)?;
        let tools = context
            .with(|ctx| {
                let tools = native::install(&ctx, &shared, config)?;
                Ok(Persistent::save(&ctx, tools))
            })
            .map_err(failed)?;
        // The prelude is ours and comes to an end.
        let looks = Rc::clone(&shared);
        runtime.set_interrupt_handler(Some(Box::new(move || looks.look())));
        let compiled = RefCell::default();
        Ok(Self { compiled, tools, context, shared, loaded: Cell::default() })
    }

    /// Whether `patches` can be had by loading more.
    pub(super) fn leads_to(&self, patches: &Patches) -> bool {
        patches.missing(self.loaded.get()).is_some()
    }

    /// Loads what is missing of `patches`. After an error the context is of no use.
    pub(super) fn bring_forward(&self, patches: &Patches, budget: &Budget) -> Outcome<()> {
        budget.give(JAVASCRIPT_PATCHES_MS_MAX);
        self.shared.begin(budget.clone(), 0);
        let missing = patches.missing(self.loaded.get()).into_iter().flatten();
        let result = missing.into_iter().try_for_each(|(number, patch)| {
            self.session(|session| session.load(number, patch))?;
            self.loaded.set(patch.chain());
            Ok(())
        });
        Outcome { result, log: self.shared.take_log() }
    }

    /// Runs `work` as one call.
    pub(super) fn call<T>(
        &self,
        budget: &Budget,
        seed: u64,
        work: impl FnOnce(&Session<'_, '_>) -> Result<T, CallError>,
    ) -> Outcome<T> {
        self.shared.begin(budget.clone(), seed);
        let result = self.session(work);
        Outcome { result, log: self.shared.take_log() }
    }

    fn session<T>(&self, work: impl FnOnce(&Session<'_, '_>) -> T) -> T {
        self.context.with(|ctx: Ctx<'_>| {
            let session = Session::new(&ctx, &self.shared, &self.tools, &self.compiled);
            let result = work(&session);
            session.end();
            result
        })
    }

    pub(super) fn loaded(&self) -> Chain {
        self.loaded.get()
    }

    /// Whether the context may serve another call: no limit was broken, and it is not full of what
    /// earlier calls left behind.
    pub(super) fn is_reusable(&self) -> bool {
        let memory = &self.shared.memory;
        self.shared.halted().is_none()
            && memory.used() <= memory.limit() / JAVASCRIPT_MEMORY_KEPT_DIVISOR
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        // What the shared state holds of the engine has to go before the engine.
        drop(self.shared.take_rejections());
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("loaded", &self.loaded).finish_non_exhaustive()
    }
}
