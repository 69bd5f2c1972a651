//! A function over many items: they stream in and their results stream out at the same time.
//!
//! Both are lines of JSON. A line before the results of some items says how many follow, and the
//! last line says that nothing follows: so nobody takes results that were cut off for all of them.

use std::time::Duration;

use axum::body::Body;
use axum::http::StatusCode;
use axum::response::Response;
use bytes::Bytes;
use control::tasks::{FMap, FMapError, Function, ItemError, OnError, Order, Part, Parts, Tasks};
use futures::{Stream, StreamExt, TryStreamExt};
use runtime::javascript::{self, Anonymous, FunctionError, Name};
use schemars::{JsonSchema as _, SchemaGenerator};
use serde_json::{Value, json};
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::body::task as body;
use super::call::{Call, Input};
use super::limits;
use super::problem::Problem;
use super::reply::{Output, with_type};
use super::request::{IDEMPOTENCY_KEY, RequestError};
use super::route::{Route, post};

const LINES: &str = "application/x-ndjson";

pub(super) fn routes() -> Vec<Route> {
    vec![post("/api/v1/fmap", "fmap", "Calls a function with each item, on all members", fmap)]
}

/// Items, which are read while results are written.
pub(super) struct Items;

impl Input for Items {
    const BYTES_MAX: usize = 0;

    fn read(_: Bytes) -> Result<Self, RequestError> {
        Ok(Self)
    }

    fn describe(_: &mut SchemaGenerator) -> Option<Value> {
        let schema = json!({ "type": "string", "description": "One JSON value per line." });
        Some(json!({ "required": true, "content": { LINES: { "schema": schema } } }))
    }
}

/// Results.
pub(super) struct Results(Body);

impl Output for Results {
    const STATUS: StatusCode = StatusCode::OK;

    fn response(self) -> Response {
        with_type(self.0, LINES)
    }

    fn describe(schemas: &mut SchemaGenerator) -> Value {
        schemas.subschema_for::<body::Head>();
        let heads = body::Head::schema_name();
        json!({
            "description": format!("Lines of JSON. `{heads}` describes the lines between results: \
                `part` says how many results follow, one line each; `end` or `problem` is last."),
            "content": { LINES: {} },
        })
    }
}

async fn fmap(call: Call<0, body::FMapQuery, Items>) -> Result<Results, Problem> {
    if call.header(IDEMPOTENCY_KEY)?.is_some() {
        let reason = "a request whose body streams cannot be sent again";
        return Err(RequestError::parameter(IDEMPOTENCY_KEY, reason).into());
    }
    let detach = call.query.detach;
    let what = wanted(call.query)?;
    let shared = call.desk.shared();
    if detach {
        return detached(&shared.code, what, call.unread).await;
    }
    let place = shared
        .fmaps
        .clone()
        .try_acquire_owned()
        .map_err(|_| RequestError::Busy { what: "functions over items", max: limits::FMAPS_MAX })?;
    let items = call.unread.into_data_stream().map_err(std::io::Error::other);
    let mut parts = shared.code.fmap(what, items);
    // What is wrong from the beginning is a problem and not a stream.
    let first = parts.next().await.transpose()?;
    let writer = Writer { parts, items: 0, request: call.desk.request.clone(), _place: place };
    Ok(Results(Body::from_stream(writer.lines(first))))
}

/// Begins what nobody waits for, and answers when all items were read.
async fn detached(code: &Tasks, what: FMap, items: Body) -> Result<Results, Problem> {
    let (reading, read) = oneshot::channel::<()>();
    let items = items.into_data_stream().map_err(std::io::Error::other).map(move |item| {
        // It is dropped with the last item.
        let _reading = &reading;
        item
    });
    code.detach(what, items)?;
    // Nobody sends; the end of the items ends it.
    drop(read.await);
    Ok(Results(Body::from(line(&body::Head::End(body::End { items: 0 })))))
}

fn wanted(query: body::FMapQuery) -> Result<FMap, Problem> {
    let body::FMapQuery { function, source, captured, native, .. } = query;
    let function = called(function, source, captured.as_deref(), native)?;
    Ok(FMap {
        function,
        keys_of: query.keys_of,
        order: match query.order {
            body::Order::Input => Order::Input,
            body::Order::Done => Order::Done,
        },
        on_error: match query.on_error {
            body::OnError::Stop => OnError::Stop,
            body::OnError::Collect => OnError::Collect,
        },
        deadline: query.deadline_ms.map(Duration::from_millis),
    })
}

/// The function that is said in one of three ways.
pub(super) fn called(
    function: Option<String>,
    source: Option<String>,
    captured: Option<&str>,
    native: Option<String>,
) -> Result<Function, Problem> {
    let named = |name: &str| Name::new(name).map(javascript::Function::Named);
    let called = match (function, source, native) {
        (None, Some(source), None) => {
            let script = Anonymous::from_text(&source, captured.unwrap_or("{}"));
            script.map(|script| javascript::Function::Anonymous(script).into())
        }
        (Some(name), None, None) if captured.is_none() => named(&name).map(Function::from),
        (None, None, Some(name)) if captured.is_none() => Name::new(&name).map(Function::Native),
        (Some(_), None, None) | (None, None, Some(_)) => {
            let reason = "only a function that comes as `source` captures values";
            return Err(RequestError::parameter("captured", reason).into());
        }
        _ => {
            let reason = "say one of `function`, `source` and `native`";
            return Err(RequestError::parameter("function", reason).into());
        }
    };
    called.map_err(|error: FunctionError| Problem::of(&error))
}

/// Writes results as lines.
struct Writer {
    parts: Parts,
    /// How many results were written.
    items: u64,
    request: String,
    _place: OwnedSemaphorePermit,
}

impl Writer {
    /// The lines of `first`, of all parts after it, and the last line.
    fn lines(
        self,
        first: Option<Part>,
    ) -> impl Stream<Item = Result<Bytes, std::convert::Infallible>> {
        let state = Some((self, first.map(Ok)));
        futures::stream::unfold(state, async |state| {
            let (mut writer, first) = state?;
            let next = match first {
                Some(first) => Some(first),
                None => writer.parts.next().await,
            };
            let (text, is_last) = writer.text(next);
            Some((Ok(text), (!is_last).then_some((writer, None))))
        })
    }

    /// The text of what comes next, and whether nothing comes after it.
    fn text(&mut self, next: Option<Result<Part, FMapError>>) -> (Bytes, bool) {
        let (head, lines) = match next {
            Some(Ok(part)) => {
                self.items += part.items;
                let errors = part.errors.into_iter().map(body::ItemError::from).collect();
                let head = body::Part { first: part.first_index, items: part.items, errors };
                (body::Head::Part(head), Some(part.lines))
            }
            Some(Err(error)) => {
                (body::Head::Problem(Problem::of(&error).body(&self.request)), None)
            }
            None => (body::Head::End(body::End { items: self.items }), None),
        };
        let is_last = lines.is_none();
        let mut text = line(&head);
        text.push_str(lines.as_deref().unwrap_or_default());
        (text.into(), is_last)
    }
}

/// A line between results.
fn line(head: &body::Head) -> String {
    let mut text = serde_json::to_string(head).expect("bodies have texts as keys");
    text.push('\n');
    text
}

impl From<ItemError> for body::ItemError {
    fn from(error: ItemError) -> Self {
        let ItemError { index, item, text } = error;
        Self { index, item, text }
    }
}
