//! Sets: members without order or repetition.

use bytes::Bytes;
use structures::Answer;
use structures::set::{Combination, Command, Query};

use super::body::set as body;
use super::body::{Count, Freshness};
use super::call::{Call, Json, NoQuery};
use super::convert::{all, count, cursor, held, page, page_count, values, want};
use super::problem::Problem;
use super::reply::Done;
use super::route::{Route, get, post};

pub(super) fn routes() -> Vec<Route> {
    vec![
        get("/api/v1/sets/{set}", "set_size", "Counts the members of a set", size),
        get("/api/v1/sets/{set}/members", "set_scan", "Reads a page of members", scan),
        get("/api/v1/sets/{set}/random", "set_random", "Reads members at random", random),
        post("/api/v1/sets/{set}/add", "set_add", "Adds members", add),
        post("/api/v1/sets/{set}/remove", "set_remove", "Removes members", remove),
        post("/api/v1/sets/{set}/contain", "set_contain", "Says which members it has", contain),
        post("/api/v1/sets/{set}/pop", "set_pop", "Takes members at random", pop),
        post("/api/v1/sets/{set}/move", "set_move", "Moves a member to another set", shift),
        post("/api/v1/sets/{set}/store", "set_store", "Stores a combination of sets", store),
        post("/api/v1/combine/sets", "set_combine", "Combines sets", combine),
    ]
}

async fn size(call: Call<1, Freshness>) -> Result<Json<Count>, Problem> {
    let [name] = call.at;
    let answer = call.desk.read(Query::Len { name }, call.query.stale).await?;
    Ok(Json(Count { count: count(&answer)? }))
}

async fn scan(call: Call<1, body::ScanQuery>) -> Result<Json<body::MemberPage>, Problem> {
    let ([name], query) = (call.at, call.query);
    let after = cursor(query.after.as_deref())?;
    let (matching, count) = (query.matching.map(Bytes::from), page_count(query.count));
    let scan = Query::Scan { name, after, matching, count };
    let (members, next) = page(call.desk.read(scan, query.stale).await?)?;
    Ok(Json(body::MemberPage { members: values(members)?, next }))
}

async fn random(call: Call<1, body::RandomQuery>) -> Result<Json<body::Members>, Problem> {
    let ([name], query) = (call.at, call.query);
    let random = Query::Random { name, count: query.count, chance: call.desk.chance() };
    members(call.desk.read(random, query.stale).await?)
}

fn members(answer: Answer) -> Result<Json<body::Members>, Problem> {
    Ok(Json(body::Members { members: values(answer)? }))
}

async fn add(call: Call<1, NoQuery, Json<body::Members>>) -> Result<Json<Count>, Problem> {
    let ([name], Json(body::Members { members })) = (call.at, call.input);
    let answer = call.desk.write(Command::Add { name, members: all(members) }).await?;
    Ok(Json(Count { count: count(&answer)? }))
}

async fn remove(call: Call<1, NoQuery, Json<body::Members>>) -> Result<Json<Count>, Problem> {
    let ([name], Json(body::Members { members })) = (call.at, call.input);
    let answer = call.desk.write(Command::Remove { name, members: all(members) }).await?;
    Ok(Json(Count { count: count(&answer)? }))
}

async fn contain(
    call: Call<1, Freshness, Json<body::Members>>,
) -> Result<Json<body::Contained>, Problem> {
    let ([name], Json(body::Members { members })) = (call.at, call.input);
    let contain = Query::Contain { name, members: all(members) };
    let answer = call.desk.read(contain, call.query.stale).await?;
    let mut contained = Vec::new();
    for flag in want!(answer, Answer::List(flags) => flags) {
        contained.push(want!(flag, Answer::Flag(flag) => flag));
    }
    Ok(Json(body::Contained { contained }))
}

async fn pop(call: Call<1, NoQuery, Json<body::Pick>>) -> Result<Json<body::Members>, Problem> {
    let ([name], Json(body::Pick { count })) = (call.at, call.input);
    let chance = call.desk.chance();
    members(call.desk.write(Command::Pop { name, count, chance }).await?)
}

async fn shift(call: Call<1, NoQuery, Json<body::MoveMember>>) -> Result<Done, Problem> {
    let ([from], Json(body::MoveMember { to, member })) = (call.at, call.input);
    let shift = Command::Move { from, to: to.into(), member: member.into() };
    held(&call.desk.write(shift).await?)?;
    Ok(Done)
}

async fn store(call: Call<1, NoQuery, Json<body::Combine>>) -> Result<Json<Count>, Problem> {
    let ([to], Json(body::Combine { combination, names })) = (call.at, call.input);
    let store = Command::Store { to, combination: combination.into(), names: all(names) };
    Ok(Json(Count { count: count(&call.desk.write(store).await?)? }))
}

async fn combine(
    call: Call<0, Freshness, Json<body::Combine>>,
) -> Result<Json<body::Members>, Problem> {
    let Json(body::Combine { combination, names }) = call.input;
    let combine = Query::Combine { combination: combination.into(), names: all(names) };
    members(call.desk.read(combine, call.query.stale).await?)
}

impl From<body::Combination> for Combination {
    fn from(combination: body::Combination) -> Self {
        match combination {
            body::Combination::Union => Self::Union,
            body::Combination::Intersection => Self::Intersection,
            body::Combination::Difference => Self::Difference,
        }
    }
}
