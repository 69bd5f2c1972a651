//! Counters and sources of ids.

use structures::counter::{Command, Query};
use structures::{Answer, flake};

use super::body::Freshness;
use super::body::counter as body;
use super::call::{Call, Json, NoQuery};
use super::convert::{count, held, want};
use super::problem::Problem;
use super::reply::Done;
use super::request::RequestError;
use super::route::{Route, get, post, put};

pub(super) fn routes() -> Vec<Route> {
    const COUNTER: &str = "/api/v1/counters/{counter}";
    const COMPARE: &str = "/api/v1/counters/{counter}/compare-and-set";
    vec![
        get(COUNTER, "counter_get", "Reads a counter", read),
        put(COUNTER, "counter_set", "Sets a counter", set),
        post("/api/v1/counters/{counter}/add", "counter_add", "Adds to a counter", add),
        post(COMPARE, "counter_compare_and_set", "Sets a counter that is as expected", compare),
        post("/api/v1/flakes/{source}/new", "flake_new", "Makes unique, growing ids", new_ids),
    ]
}

async fn read(call: Call<1, Freshness>) -> Result<Json<body::Value>, Problem> {
    let [name] = call.at;
    let answer = call.desk.read(Query::Get { name: name.clone() }, call.query.stale).await?;
    Ok(Json(want!(answer,
        Answer::Integer(value) => body::Value { value },
        Answer::Nothing => return Err(RequestError::absent(&name).into()),
    )))
}

async fn set(call: Call<1, NoQuery, Json<body::Value>>) -> Result<Json<body::Set>, Problem> {
    let ([name], Json(body::Value { value })) = (call.at, call.input);
    let old = count(&call.desk.write(Command::Set { name, value }).await?)?;
    Ok(Json(body::Set { value, old }))
}

async fn add(call: Call<1, NoQuery, Json<body::Add>>) -> Result<Json<body::Value>, Problem> {
    let ([name], Json(body::Add { by })) = (call.at, call.input);
    let value = count(&call.desk.write(Command::Add { name, by }).await?)?;
    Ok(Json(body::Value { value }))
}

async fn compare(call: Call<1, NoQuery, Json<body::CompareAndSet>>) -> Result<Done, Problem> {
    let ([name], Json(body::CompareAndSet { expected, value })) = (call.at, call.input);
    held(&call.desk.write(Command::CompareAndSet { name, expected, value }).await?)?;
    Ok(Done)
}

async fn new_ids(call: Call<1, NoQuery, Json<body::NewIds>>) -> Result<Json<body::Ids>, Problem> {
    let ([name], Json(body::NewIds { count })) = (call.at, call.input);
    let new = flake::Command::New { name, node: call.desk.shared().node, count };
    let ids = want!(call.desk.write(new).await?, Answer::Ids(ids) => ids);
    Ok(Json(body::Ids { ids: ids.iter().map(u64::to_string).collect() }))
}
