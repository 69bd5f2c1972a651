//! What a script may ask of the node it runs on.

use std::fmt::Debug;
use std::sync::mpsc::SyncSender;

/// The node, as scripts see it: the object `thorp`.
///
/// A script that calls `thorp.map("a").get("k")` makes the call `{service: "map", operation: "get",
/// arguments: {"name":"a","arguments":["k"]}}`; what the words mean is known here only.
pub trait Host: Debug + Send + Sync {
    /// The services that get a word of their own in `thorp`, such as `map`.
    fn services(&self) -> &[&str];

    /// Starts an operation. The answer may come later and from any thread, so that a script can
    /// wait for many at a time; this itself must not block.
    fn call(&self, call: HostCall, reply: Reply);
}

/// One operation that a script asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostCall {
    pub service: String,
    pub operation: String,
    /// One JSON value.
    pub arguments: String,
}

/// Takes the answer to one call. Dropping it answers with an error.
#[derive(Debug)]
pub struct Reply {
    id: u32,
    to_context: Option<SyncSender<Answered>>,
}

/// An answer on its way to the script.
#[derive(Debug)]
pub(super) struct Answered {
    pub(super) id: u32,
    pub(super) answer: Result<String, HostError>,
}

/// Why the host refused; the script gets it as an `Error` with `code`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct HostError {
    /// The code of the error that is behind it, such as `VALUE_TOO_LARGE`.
    pub code: String,
    pub text: String,
}

/// The node that a script runs on: `thorp.node`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Node {
    pub name: String,
    pub id: String,
}

/// A host without any service.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoHost;

impl Reply {
    pub(super) fn new(id: u32, to_context: SyncSender<Answered>) -> Self {
        Self { id, to_context: Some(to_context) }
    }

    /// Gives the script its answer: one JSON value, or an error.
    pub fn answer(mut self, answer: Result<String, HostError>) {
        self.send(answer);
    }

    fn send(&mut self, answer: Result<String, HostError>) {
        if let Some(to_context) = self.to_context.take() {
            // There is room for every call that waits. A script that ended does not wait.
            drop(to_context.try_send(Answered { id: self.id, answer }));
        }
    }
}

impl Drop for Reply {
    fn drop(&mut self) {
        let text = "the node gave no answer".into();
        self.send(Err(HostError { code: "INTERNAL_ERROR".into(), text }));
    }
}

impl HostError {
    pub(super) fn unknown(call: &HostCall) -> Self {
        let text = format!("there is no service `{}` here", call.service);
        Self { code: "FUNCTION_UNKNOWN".into(), text }
    }
}

impl Host for NoHost {
    fn services(&self) -> &[&str] {
        &[]
    }

    fn call(&self, call: HostCall, reply: Reply) {
        reply.answer(Err(HostError::unknown(&call)));
    }
}
