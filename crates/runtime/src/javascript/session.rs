//! One call inside a context: how code gets in, runs to its end, and how what it threw comes out.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;

use rquickjs::context::EvalOptions;
use rquickjs::function::{IntoArgs, This};
use rquickjs::{Ctx, Error, FromJs, Function, Object, Persistent, Promise, Value};

use super::compiled::Compiled;
use super::error::{CallError, Thrown};
use super::host::Answered;
use super::shared::{Halt, Shared};
use super::thrown;
use crate::limits::{JAVASCRIPT_JOBS_PER_LOOK, JAVASCRIPT_WAIT_MS};

/// A context while it is entered.
pub(super) struct Session<'a, 'js> {
    pub(super) ctx: &'a Ctx<'js>,
    pub(super) shared: &'a Rc<Shared>,
    pub(super) compiled: &'a RefCell<Compiled>,
    tools: &'a Persistent<Object<'static>>,
}

/// How a piece of code failed.
#[derive(Debug)]
pub(super) enum Failure {
    /// It threw; the context goes on.
    Threw(Thrown),
    /// It has to stop, and its context goes.
    Halted(Halt),
}

/// A function with the object that it belongs to.
#[derive(Debug)]
pub(super) struct Target<'js> {
    pub(super) function: Function<'js>,
    pub(super) object: Value<'js>,
}

impl<'a, 'js> Session<'a, 'js> {
    pub(super) fn new(
        ctx: &'a Ctx<'js>,
        shared: &'a Rc<Shared>,
        tools: &'a Persistent<Object<'static>>,
        compiled: &'a RefCell<Compiled>,
    ) -> Self {
        Self { ctx, shared, compiled, tools }
    }

    /// Ends the call: what waits is forgotten, and what was overlooked is logged.
    pub(super) fn end(&self) {
        for reason in self.shared.take_rejections() {
            if self.shared.halted().is_none()
                && let Ok(reason) = reason.restore(self.ctx)
            {
                self.overlook(&self.tool("uncaught", (reason,)));
            }
        }
        self.overlook(&self.tool("reset", ()));
    }

    /// A tool that fails has been stopped by a limit, which is seen where the call ends.
    fn overlook(&self, result: &Result<(), Error>) {
        if result.is_err() {
            drop(self.ctx.catch());
        }
    }

    /// Calls a function of the prelude.
    pub(super) fn tool<R: FromJs<'js>>(
        &self,
        name: &str,
        arguments: impl IntoArgs<'js>,
    ) -> Result<R, Error> {
        self.tool_itself(name)?.call(arguments)
    }

    pub(super) fn tool_itself(&self, name: &str) -> Result<Function<'js>, Error> {
        self.tools.clone().restore(self.ctx)?.get(name)
    }

    /// Runs a script outside of strict mode, with `name` as the name of its file.
    pub(super) fn script(
        &self,
        name: &str,
        source: String,
        may_await: bool,
    ) -> Result<Value<'js>, Error> {
        let mut options = EvalOptions::default();
        options.strict = false;
        options.promise = may_await;
        options.filename = Some(name.into());
        self.ctx.eval_with_options(source, options)
    }

    /// Calls a function and waits for what it promises.
    pub(super) fn call(
        &self,
        target: &Target<'js>,
        argument: Value<'js>,
    ) -> Result<Value<'js>, Failure> {
        let called = target.function.call((This(target.object.clone()), argument));
        let result = self.settled(self.checked(called)?)?;
        self.run_jobs()?;
        Ok(result)
    }

    /// The value itself, or what it becomes when it is a promise.
    pub(super) fn settled(&self, value: Value<'js>) -> Result<Value<'js>, Failure> {
        let Some(promise) = value.as_promise() else { return Ok(value) };
        loop {
            self.run_jobs()?;
            if let Some(result) = promise.result::<Value<'js>>() {
                self.looked_at(promise);
                return self.checked(result);
            }
            if !self.wait()? {
                return Err(Failure::Threw(thrown::never_settled()));
            }
        }
    }

    fn looked_at(&self, promise: &Promise<'js>) {
        let promise = promise.as_value().clone();
        let reason = Value::new_undefined(self.ctx.clone());
        self.shared.rejected(self.ctx, promise, reason, true);
    }

    /// Runs the jobs of promises until there is none.
    pub(super) fn run_jobs(&self) -> Result<(), Failure> {
        let mut jobs = 0;
        while self.ctx.execute_pending_job() {
            jobs += 1;
            if jobs % JAVASCRIPT_JOBS_PER_LOOK == 0 {
                self.shared.look();
            }
            self.go_on()?;
        }
        Ok(())
    }

    /// Waits for a timer or an answer of the host. `false` when there is nothing to wait for.
    fn wait(&self) -> Result<bool, Failure> {
        let next_ms: i32 = self.checked(self.tool("tick", ()))?;
        if next_ms == 0 {
            return Ok(true);
        }
        let answers = self.shared.answers();
        if next_ms < 0 && answers.is_none() {
            return Ok(false);
        }
        self.shared.look();
        self.go_on()?;
        let next_ms = u64::try_from(next_ms).unwrap_or(JAVASCRIPT_WAIT_MS);
        let wait = Duration::from_millis(
            next_ms.min(JAVASCRIPT_WAIT_MS).min(self.shared.left_ms()).max(1),
        );
        let Some(answers) = answers else {
            std::thread::sleep(wait);
            return Ok(true);
        };
        match answers.recv_timeout(wait) {
            Ok(answered) => self.deliver(answered)?,
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return Ok(true),
        }
        while let Ok(answered) = answers.try_recv() {
            self.deliver(answered)?;
        }
        Ok(true)
    }

    fn deliver(&self, answered: Answered) -> Result<(), Failure> {
        self.shared.arrived();
        let id = f64::from(answered.id);
        self.checked(match answered.answer {
            Ok(json) => self.tool("answered", (id, true, json, "")),
            Err(error) => self.tool("answered", (id, false, error.text, error.code)),
        })
    }

    /// An error when the script has to stop.
    pub(super) fn go_on(&self) -> Result<(), Failure> {
        self.shared.halted().map_or(Ok(()), |halt| Err(Failure::Halted(halt)))
    }

    /// What the engine gave, unless it failed or the script has to stop.
    pub(super) fn checked<T>(&self, result: Result<T, Error>) -> Result<T, Failure> {
        match result {
            Ok(value) => self.go_on().map(|()| value),
            Err(error) => Err(self.failure(&error)),
        }
    }

    fn failure(&self, error: &Error) -> Failure {
        let caught = matches!(error, Error::Exception).then(|| self.ctx.catch());
        if let Err(halted) = self.go_on() {
            return halted;
        }
        let Some(caught) = caught else { return Failure::Threw(thrown::by_engine(error)) };
        let described = self.tool::<Vec<String>>("describe", (caught,));
        if let Err(halted) = self.go_on() {
            return halted;
        }
        let thrown = thrown::described(described.unwrap_or_else(|_| {
            drop(self.ctx.catch());
            Vec::new()
        }));
        if thrown::is_stack_overflow(&thrown) {
            return Failure::Halted(self.shared.halt(Halt::Stack));
        }
        Failure::Threw(thrown)
    }

    /// The error of a call that was given `time_ms`; `threw` makes it of an exception.
    pub(super) fn error(
        &self,
        failure: Failure,
        time_ms: u64,
        threw: impl FnOnce(Thrown) -> CallError,
    ) -> CallError {
        match failure {
            Failure::Threw(thrown) => threw(thrown),
            Failure::Halted(halt) => halt.error(&self.shared.limits, time_ms),
        }
    }
}
