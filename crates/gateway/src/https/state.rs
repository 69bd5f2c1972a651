//! The state for programs: commands and questions of `structures` as they are.
//!
//! Other routes say what they do in words of HTTP; these two carry what the library sends, with
//! the ids that make a request the same one when it is sent again.

use std::time::Duration;

use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use bytes::Bytes;
use schemars::SchemaGenerator;
use serde_json::{Value, json};
use state::{ProposeError, Proposed};
use structures::{Command, Operation, Query, Request, Waiting, encoding};

use super::body::state::{CONTENT_TYPE as KIND, Question, Told, Wait};
use super::call::{Call, Input, NoQuery};
use super::desk::{Desk, timeout};
use super::limits;
use super::problem::Problem;
use super::reply::Output;
use super::request::RequestError;
use super::route::{Route, post};

pub(super) fn routes() -> Vec<Route> {
    vec![
        post("/api/v1/state/commands", "state_command", "Applies a command of a program", command),
        post("/api/v1/state/queries", "state_query", "Answers a question of a program", query),
    ]
}

/// A command from outside.
struct Sent(Request);

impl Input for Sent {
    const BYTES_MAX: usize = limits::COMMAND_BYTES_MAX;

    fn read(bytes: Bytes) -> Result<Self, RequestError> {
        let request = Request::decode_shallow(&bytes).map_err(|error| unread(&error))?;
        check(&request.command)?;
        Ok(Self(request))
    }

    fn describe(_: &mut SchemaGenerator) -> Option<Value> {
        Some(json!({ "required": true, "content": { KIND: {} } }))
    }
}

/// Refuses what programs cannot ask for, alone or within a transaction.
fn check(command: &Command) -> Result<(), RequestError> {
    match command {
        Command::Patches(_) => {
            Err(RequestError::Json { reason: "code is loaded by its own route".to_owned() })
        }
        Command::Expire => Err(RequestError::Json { reason: "only members propose it".to_owned() }),
        Command::Transaction(transaction) => {
            transaction.operations.iter().try_for_each(|operation| match operation {
                Operation::Write(command) => check(command),
                Operation::Read(_) => Ok(()),
            })
        }
        _ => Ok(()),
    }
}

/// A question from outside.
struct Asked(Question);

impl Input for Asked {
    const BYTES_MAX: usize = limits::COMMAND_BYTES_MAX;

    fn read(bytes: Bytes) -> Result<Self, RequestError> {
        encoding::decode(&bytes).map(Self).map_err(|error| unread(&error))
    }

    fn describe(schemas: &mut SchemaGenerator) -> Option<Value> {
        Sent::describe(schemas)
    }
}

fn unread(error: &encoding::DecodeError) -> RequestError {
    RequestError::Json { reason: model::fault::Chain(error).to_string() }
}

impl Output for Told {
    const STATUS: StatusCode = StatusCode::OK;

    fn response(self) -> Response {
        let mut response = Response::new(encoding::encode(&self).into());
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(KIND));
        response
    }

    fn describe(_: &mut SchemaGenerator) -> Value {
        json!({ "description": "What came of it.", "content": { KIND: {} } })
    }
}

async fn command(call: Call<0, NoQuery, Sent>) -> Result<Told, Problem> {
    check_kind(&call)?;
    let Sent(request) = &call.input;
    match call.desk.engine().propose(request, timeout()).await {
        Ok(Proposed { outcome, revision }) => Ok(Told { outcome, revision }),
        Err(ProposeError::Refused(refusal)) => Ok(Told { outcome: Err(refusal), revision: 0 }),
        Err(error) => Err(error.into()),
    }
}

async fn query(call: Call<0, NoQuery, Asked>) -> Result<Told, Problem> {
    check_kind(&call)?;
    let Asked(Question { query, is_stale, wait }) = call.input;
    match wait {
        Some(wait) => answer_later(&call.desk, (query, is_stale), wait).await,
        None => answer(&call.desk, query, is_stale).await,
    }
}

fn check_kind<I>(call: &Call<0, NoQuery, I>) -> Result<(), Problem> {
    match call.header(CONTENT_TYPE.as_str())? {
        Some(KIND) => Ok(()),
        _ => {
            let reason = format!("only `{KIND}` is read");
            Err(RequestError::parameter(CONTENT_TYPE.as_str(), reason).into())
        }
    }
}

async fn answer(desk: &Desk, query: Query, is_stale: bool) -> Result<Told, Problem> {
    let (outcome, revision) = desk.ask(query, is_stale).await?;
    Ok(Told { outcome, revision })
}

/// Waits until the answer is another one than the caller knows.
async fn answer_later(
    desk: &Desk,
    (query, is_stale): (Query, bool),
    wait: Wait,
) -> Result<Told, Problem> {
    let _place = desk.shared().follow()?;
    // Made before the first look, so that nothing falls between the two.
    let mut notices = desk.engine().notices();
    let over = tokio::time::sleep(Duration::from_millis(wait.most_ms.min(limits::WAIT_MS_MAX)));
    tokio::pin!(over);
    let mut waiting = Waiting::new(query, wait.known);
    let mut told = answer(desk, waiting.query().clone(), is_stale).await?;
    while !waiting.is_over(&told.outcome) {
        tokio::select! {
            heard = desk.heard(&mut notices, |notice| waiting.wakes(notice)) => {
                if !heard { break }
            }
            () = &mut over => break,
        }
        // What this node has applied only grows, so it need not ask the others again.
        told = answer(desk, waiting.query().clone(), true).await?;
    }
    Ok(told)
}
