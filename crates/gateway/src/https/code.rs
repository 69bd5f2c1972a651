//! Code that runs on the members: expressions, patches, what runs.

use std::time::Duration;

use bytes::Bytes;
use control::tasks::{Evaluation, Listed, Loaded, Patch, Task};

use super::body::task as body;
use super::call::{Call, Json, NoQuery};
use super::convert::all;
use super::fmap::called;
use super::limits;
use super::problem::Problem;
use super::request::RequestError;
use super::route::{Route, get, post};

pub(super) fn routes() -> Vec<Route> {
    const PATCHES: &str = "/api/v1/patches";
    const ROLLBACK: &str = "/api/v1/patches/rollback";
    vec![
        post("/api/v1/evaluations", "evaluate", "Evaluates code on every member", evaluate),
        get(PATCHES, "patch_list", "Lists the code that all members have", patches),
        post(PATCHES, "patch_add", "Adds code on all members, now and later", add),
        post(ROLLBACK, "patch_rollback", "Removes the newest code from all members", roll_back),
        post("/api/v1/calls", "call", "Calls a function on every member", call),
        get("/api/v1/tasks", "task_list", "Lists the functions over items that run", tasks),
    ]
}

async fn evaluate(
    call: Call<0, NoQuery, Json<body::Expression>>,
) -> Result<Json<body::Evaluations>, Problem> {
    let Json(body::Expression { expression }) = call.input;
    let members = call.desk.shared().code.eval(&expression).await?;
    Ok(Json(body::Evaluations { members: all(members) }))
}

async fn patches(call: Call<0>) -> Result<Json<body::Patches>, Problem> {
    let patches = call.desk.shared().code.patches().await?;
    Ok(Json(body::Patches { patches: all(patches) }))
}

async fn add(call: Call<0, body::PatchQuery, Bytes>) -> Result<Json<body::Loaded>, Problem> {
    let source = std::str::from_utf8(&call.input).map_err(|error| {
        let reason = format!("byte {} is not UTF-8", error.valid_up_to());
        RequestError::BodyUnread { reason }
    })?;
    let loaded = call.desk.shared().code.load(&call.query.name, source).await?;
    Ok(Json(loaded.into()))
}

async fn roll_back(
    call: Call<0, NoQuery, Json<body::RollBack>>,
) -> Result<Json<body::Loaded>, Problem> {
    let Json(body::RollBack { to }) = call.input;
    let loaded = call.desk.shared().code.roll_back(to).await?;
    Ok(Json(loaded.into()))
}

async fn call(
    call: Call<0, NoQuery, Json<body::MemberCall>>,
) -> Result<Json<body::Evaluations>, Problem> {
    let Json(body::MemberCall { function, source, captured, native, argument, within_ms }) =
        call.input;
    let function = called(function, source, captured.as_deref(), native)?;
    let within = Duration::from_millis(within_ms.unwrap_or(limits::CALLS_MS));
    let argument = argument.to_string();
    let members = call.desk.shared().code.all(function, &argument, within).await?;
    Ok(Json(body::Evaluations { members: all(members) }))
}

async fn tasks(call: Call<0>) -> Result<Json<body::Tasks>, Problem> {
    Ok(Json(call.desk.shared().code.list_all().await.into()))
}

impl From<Evaluation> for body::Evaluation {
    fn from(evaluation: Evaluation) -> Self {
        let Evaluation { member, value, json, log } = evaluation;
        let (text, error) = match value {
            Ok(text) => (Some(text), None),
            Err(refusal) => (None, Some(body::Failure { code: refusal.code, text: refusal.text })),
        };
        let value = json.and_then(|json| serde_json::from_str(&json).ok());
        Self { member, text, value, error, log }
    }
}

impl From<Patch> for body::Patch {
    fn from(patch: Patch) -> Self {
        let Patch { number, name, source, added_ms } = patch;
        Self { number, name, source, added_ms }
    }
}

impl From<Loaded> for body::Loaded {
    fn from(loaded: Loaded) -> Self {
        let Loaded { number, behind } = loaded;
        Self { number, behind }
    }
}

impl From<Listed> for body::Tasks {
    fn from(Listed { tasks, silent }: Listed) -> Self {
        let tasks = tasks.into_iter().map(|(member, task)| {
            let Task { id, name, runs_ms, items, compute_ms, transport_ms } = task;
            body::Task { member, id, function: name, runs_ms, items, compute_ms, transport_ms }
        });
        Self { tasks: tasks.collect(), silent }
    }
}
