//! What scripts may ask of the cluster: `thorp.map("m").get("k")` and the like.
//!
//! All of these return promises. Values are kept as [`structures::typed`] says: a string as its
//! text, anything else as JSON; what is read is the value when the bytes are JSON, else their text.
//! So a script sees what other doors wrote, and they see a string bare.
//!
//! | structure | operations |
//! |---|---|
//! | `map(name)` | `get(k)`, `getText(k)`, `getMany([k])`, `has(k)`, `put(k, v, {ttlMs})`, `putIfAbsent(k, v)`, `delete(k)`, `take(k)`, `add(k, n)`, `merge(k, patch)`, `size()`, `entries({prefix, after, count})` |
//! | `queue(name)` | `push(v, {priority, delayMs})`, `pop()`, `take({leaseMs})`, `acknowledge(item)`, `giveBack(item, {delayMs})`, `size()` |
//! | `topic(name)` | `publish(v)`, `read({after, count})` |
//! | `lock(name)` | `acquire({leaseMs, waitMs})`, `renew(grant, {leaseMs})`, `release(grant)` |
//! | `counter(name)` | `get()`, `add(n)`, `set(n)`, `compareAndSet(expected, n)` |

mod arguments;
mod counter;
mod lock;
mod map;
mod queue;
mod topic;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use model::Json;
use model::clock::Clock;
use model::fault::{Chain, Fault};
use runtime::javascript::{Host, HostCall, HostError, Reply};
use state::{Engine, NodeId};
use structures::{Answer, Command, Query, Request, typed};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;

use crate::limits;
use arguments::Arguments;

/// The data structures of the cluster, for scripts of this node.
#[derive(Debug)]
pub struct ClusterHost {
    desk: Desk,
    runtime: Handle,
    places: Arc<Semaphore>,
}

/// Asks the state.
#[derive(Debug, Clone)]
struct Desk {
    engine: Arc<dyn Engine>,
    own: NodeId,
    clock: Arc<dyn Clock>,
}

type Done = Result<Json, HostError>;

impl ClusterHost {
    /// Asks `engine` in the name of the node `own`, on the threads of `runtime`.
    #[must_use]
    pub fn new(
        engine: Arc<dyn Engine>,
        own: NodeId,
        clock: Arc<dyn Clock>,
        runtime: Handle,
    ) -> Self {
        let places = Arc::new(Semaphore::new(limits::HOST_CALLS_MAX));
        Self { desk: Desk { engine, own, clock }, runtime, places }
    }
}

impl Host for ClusterHost {
    fn services(&self) -> &[&str] {
        &["map", "queue", "topic", "lock", "counter"]
    }

    fn call(&self, call: HostCall, reply: Reply) {
        let Ok(place) = Arc::clone(&self.places).try_acquire_owned() else {
            let text = format!("{} calls of scripts wait already", limits::HOST_CALLS_MAX);
            return reply.answer(Err(HostError { code: "FUNCTION_BUSY".into(), text }));
        };
        let desk = self.desk.clone();
        self.runtime.spawn(async move {
            let done = desk.run(&call).await;
            reply.answer(done.map(|value| value.to_string()));
            drop(place);
        });
    }
}

impl Desk {
    async fn run(&self, call: &HostCall) -> Done {
        let arguments = Arguments::parse(&call.arguments)?;
        let operation = call.operation.as_str();
        match call.service.as_str() {
            "map" => map::run(self, operation, &arguments).await,
            "queue" => queue::run(self, operation, &arguments).await,
            "topic" => topic::run(self, operation, &arguments).await,
            "lock" => lock::run(self, operation, &arguments).await,
            "counter" => counter::run(self, operation, &arguments).await,
            service => {
                let text = format!("there is no service `{service}` here");
                Err(HostError { code: "FUNCTION_UNKNOWN".into(), text })
            }
        }
    }

    async fn write(&self, command: impl Into<Command>) -> Result<Answer, HostError> {
        let request = Request { id: None, command: command.into() };
        let timeout = Duration::from_millis(limits::HOST_MS_MAX);
        let proposed = self.engine.propose(&request, timeout).await;
        proposed.map_err(|error| failed(&error))?.outcome.map_err(|error| failed(&error))
    }

    async fn read(&self, query: impl Into<Query>) -> Result<Answer, HostError> {
        let timeout = Duration::from_millis(limits::HOST_MS_MAX);
        let answered = self.engine.read(&query.into(), timeout).await;
        answered.map_err(|error| failed(&error))?.map_err(|error| failed(&error))
    }
}

fn failed(fault: &dyn Fault) -> HostError {
    HostError { code: fault.code().to_owned(), text: Chain(fault).to_string() }
}

/// The script asked for something that there is not.
fn unknown(service: &str, operation: &str, known: &[&str]) -> HostError {
    let known = known.join("`, `");
    let text = format!("a {service} has no operation `{operation}`; it has `{known}`");
    HostError { code: "FUNCTION_UNKNOWN".into(), text }
}

/// How a value is kept.
fn stored(value: &Json) -> Bytes {
    typed::write(value).expect("JSON has a form in JSON")
}

/// How a kept value is seen.
pub(crate) fn seen(bytes: &[u8]) -> Json {
    typed::read(bytes).unwrap_or_else(|_| text(bytes))
}

fn text(bytes: &[u8]) -> Json {
    String::from_utf8_lossy(bytes).into()
}

/// What simple answers are to a script.
fn plain(answer: Answer) -> Json {
    match answer {
        Answer::Flag(flag) => flag.into(),
        Answer::Integer(number) => number.into(),
        Answer::Float(number) => number.into(),
        Answer::Bytes(bytes) => seen(&bytes),
        Answer::Entry(entry) => seen(&entry.value),
        Answer::List(items) => items.into_iter().map(plain).collect(),
        _ => Json::Null,
    }
}
