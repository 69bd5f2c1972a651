//! What scripts call in us, and the prelude that makes objects of it.

use std::rc::Rc;

use rquickjs::{Array, Ctx, Exception, Function, Object, Result};

use super::Config;
use super::answer::LogLevel;
use super::host::HostCall;
use super::shared::Shared;
use crate::limits::{
    JAVASCRIPT_HOST_CALLS_MAX, JAVASCRIPT_THROWN_BYTES_MAX, JAVASCRIPT_TIMERS_MAX,
};

const PRELUDE: &str = include_str!("prelude.js");

/// Runs the prelude, and returns the functions that it gives us.
pub(super) fn install<'js>(
    ctx: &Ctx<'js>,
    shared: &Rc<Shared>,
    config: &Config,
) -> Result<Object<'js>> {
    let prelude: Function<'js> = ctx.eval(PRELUDE)?;
    let node = Object::new(ctx.clone())?;
    node.set("name", config.node.name.as_str())?;
    node.set("id", config.node.id.as_str())?;
    let services = Array::new(ctx.clone())?;
    for (index, service) in config.host.services().iter().enumerate() {
        services.set(index, *service)?;
    }
    prelude.call((functions(ctx, shared)?, limits(ctx, config)?, node, services))
}

fn functions<'js>(ctx: &Ctx<'js>, shared: &Rc<Shared>) -> Result<Object<'js>> {
    let native = Object::new(ctx.clone())?;
    let to = Rc::clone(shared);
    let log = move |level: u8, text: String| to.log(log_level(level), text);
    native.set("log", Function::new(ctx.clone(), log)?)?;
    let to = Rc::clone(shared);
    native.set("now", Function::new(ctx.clone(), move || f64::from(to.elapsed_ms()))?)?;
    let to = Rc::clone(shared);
    native.set("random", Function::new(ctx.clone(), move || to.random())?)?;
    let to = Rc::clone(shared);
    let call = move |ctx: Ctx<'js>, service: String, operation: String, arguments: String| {
        to.call(HostCall { service, operation, arguments })
            .map(f64::from)
            .ok_or_else(|| Exception::throw_range(&ctx, "too many calls wait for an answer"))
    };
    native.set("call", Function::new(ctx.clone(), call)?)?;
    Ok(native)
}

/// The bounds that hold inside the prelude, in letters where they are of texts.
fn limits<'js>(ctx: &Ctx<'js>, config: &Config) -> Result<Object<'js>> {
    let limits = Object::new(ctx.clone())?;
    limits.set("calls", JAVASCRIPT_HOST_CALLS_MAX)?;
    limits.set("timers", JAVASCRIPT_TIMERS_MAX)?;
    limits.set("text", JAVASCRIPT_THROWN_BYTES_MAX)?;
    limits.set("printed", config.limits.output_bytes)?;
    limits.set("log", config.limits.log_bytes)?;
    Ok(limits)
}

fn log_level(number: u8) -> LogLevel {
    match number {
        0 => LogLevel::Debug,
        1 => LogLevel::Info,
        2 => LogLevel::Warn,
        _ => LogLevel::Error,
    }
}
