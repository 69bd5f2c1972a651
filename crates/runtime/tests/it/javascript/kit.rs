//! Helpers: a pool, its scope, and a clock that moves whenever somebody looks.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use model::clock::Clock;
use runtime::javascript::{
    Anonymous, Answers, CallError, Cancel, Config, Function, Host, Items, JavaScript, Limits, Name,
    NoHost, Node, Patches, Scope, Value,
};

/// How long calls of the tests may run: looks at the clock, a millisecond each.
pub(super) const TIME_MS: u64 = 20_000;

/// The same for calls that do not end by themselves.
pub(super) const SHORT_MS: u64 = 300;

/// A clock that goes on by a millisecond with each look, so that a time limit is reached by work
/// and not by waiting.
#[derive(Debug, Default)]
pub(super) struct LookClock(AtomicU64);

impl Clock for LookClock {
    fn now_ms(&self) -> u64 {
        self.monotonic_ms()
    }

    fn monotonic_ms(&self) -> u64 {
        self.0.fetch_add(1, Ordering::SeqCst)
    }
}

pub(super) fn config() -> Config {
    Config {
        limits: Limits::default(),
        contexts_max: 2,
        node: Node { name: "mill".into(), id: "node_1".into() },
        host: Arc::new(NoHost),
        clock: Arc::new(LookClock::default()),
    }
}

pub(super) fn javascript() -> JavaScript {
    JavaScript::new(config())
}

pub(super) fn with_host(host: Arc<dyn Host>) -> JavaScript {
    JavaScript::new(Config { host, ..config() })
}

/// A scope with patches `1.js`, `2.js` and so on.
pub(super) fn scope(sources: &[&str]) -> Scope {
    let patches = (1..).zip(sources).fold(Patches::default(), |list, (number, source)| {
        list.with(&format!("{number}.js"), source).unwrap()
    });
    Scope { patches, time_ms: TIME_MS, seed: 7, cancel: Cancel::default() }
}

/// A scope for what does not end by itself.
pub(super) fn short() -> Scope {
    Scope { time_ms: SHORT_MS, ..scope(&[]) }
}

pub(super) fn anonymous(source: &str) -> Function {
    Function::Anonymous(Anonymous::from_text(source, "{}").unwrap())
}

pub(super) fn named(name: &str) -> Function {
    Function::Named(Name::new(name).unwrap())
}

pub(super) fn json(text: &str) -> Value {
    Value::Json(text.into())
}

/// Calls an anonymous function with a JSON value.
pub(super) fn call(source: &str, argument: &str) -> Result<Value, CallError> {
    javascript().call(&scope(&[]), &anonymous(source), json(argument)).result
}

/// The JSON text of the result of such a call.
pub(super) fn result(source: &str, argument: &str) -> String {
    match call(source, argument).unwrap() {
        Value::Json(text) => text,
        Value::Bytes(bytes) => panic!("{bytes:?} are bytes"),
    }
}

pub(super) fn items(lines: &str) -> Items {
    Items { lines: lines.into(), first_index: 0, stop_at_error: false }
}

/// Calls an anonymous function with each line.
pub(super) fn map(source: &str, lines: &str) -> Answers {
    javascript().call_many(&scope(&[]), &anonymous(source), items(lines)).unwrap()
}

/// What an expression shows, with nothing loaded.
pub(super) fn shown(expression: &str) -> String {
    javascript().eval(&scope(&[]), expression).result.unwrap().text
}
