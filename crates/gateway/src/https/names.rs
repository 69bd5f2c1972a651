//! Names: what all kinds of structures have in common.

use bytes::Bytes;
use structures::Answer;
use structures::names::{Command, Name, Query};

use super::body::name as body;
use super::body::{Expiry, Freshness};
use super::call::{Call, Json, NoQuery};
use super::convert::{all, count, cursor, expiry, held, page, page_count, want};
use super::problem::Problem;
use super::reply::Done;
use super::request::RequestError;
use super::route::{Route, delete, get, post, put};

pub(super) fn routes() -> Vec<Route> {
    const NAME: &str = "/api/v1/names/{name}";
    const EXPIRY: &str = "/api/v1/names/{name}/expiry";
    vec![
        get("/api/v1/names", "name_scan", "Reads a page of names of all kinds", scan),
        get(NAME, "name_get", "Says what a name stands for", read),
        delete(NAME, "name_delete", "Deletes a structure of any kind", remove),
        post("/api/v1/names/{name}/rename", "name_rename", "Renames a structure", rename),
        post("/api/v1/names/{name}/copy", "name_copy", "Copies a structure", copy),
        put(EXPIRY, "name_expire", "Sets when a structure ends", expire),
        delete(EXPIRY, "name_persist", "Lets a structure live for ever", persist),
    ]
}

async fn scan(call: Call<0, body::ScanQuery>) -> Result<Json<body::Page>, Problem> {
    let query = call.query;
    let scan = Query::Scan {
        after: cursor(query.after.as_deref())?,
        matching: query.matching.map(Bytes::from),
        kind: query.kind.map(Into::into),
        count: page_count(query.count),
    };
    let (names, next) = page(call.desk.read(scan, query.stale).await?)?;
    let names = want!(names, Answer::Names(names) => names);
    Ok(Json(body::Page { names: all(names), next }))
}

async fn read(call: Call<1, Freshness>) -> Result<Json<body::Name>, Problem> {
    let [name] = call.at;
    let answer = call.desk.read(Query::Describe { name: name.clone() }, call.query.stale).await?;
    let names = want!(answer, Answer::Names(names) => names, Answer::Nothing => vec![]);
    let described = names.into_iter().next().ok_or_else(|| RequestError::absent(&name))?;
    Ok(Json(described.into()))
}

async fn remove(call: Call<1>) -> Result<Done, Problem> {
    let [name] = call.at;
    let names = vec![name.clone()];
    match count(&call.desk.write(Command::Delete { names }).await?)? {
        0 => Err(RequestError::absent(&name).into()),
        _ => Ok(Done),
    }
}

async fn rename(call: Call<1, NoQuery, Json<body::Rename>>) -> Result<Done, Problem> {
    let ([from], Json(body::Rename { to, only_if_free })) = (call.at, call.input);
    held(&call.desk.write(Command::Rename { from, to: to.into(), only_if_free }).await?)?;
    Ok(Done)
}

async fn copy(call: Call<1, NoQuery, Json<body::Copy>>) -> Result<Done, Problem> {
    let ([from], Json(body::Copy { to, replace })) = (call.at, call.input);
    held(&call.desk.write(Command::Copy { from, to: to.into(), replace }).await?)?;
    Ok(Done)
}

async fn expire(call: Call<1, NoQuery, Json<Expiry>>) -> Result<Done, Problem> {
    let ([name], Json(wanted)) = (call.at, call.input);
    let (ttl, condition) = expiry(wanted)?;
    held(&call.desk.write(Command::Expire { name, ttl, condition }).await?)?;
    Ok(Done)
}

async fn persist(call: Call<1>) -> Result<Done, Problem> {
    let [name] = call.at;
    held(&call.desk.write(Command::Persist { name }).await?)?;
    Ok(Done)
}

impl From<Name> for body::Name {
    fn from(name: Name) -> Self {
        Self {
            name: name.name.into(),
            kind: name.kind.into(),
            len: name.len,
            created: name.created,
            revision: name.revision,
            expires_ms: name.expires_ms,
        }
    }
}
