//! Lists: values in the order in which they were put.

use structures::list::{Command, End, Query, Side};
use structures::{Answer, Event};

use super::body::list as body;
use super::body::{Count, Freshness};
use super::call::{Call, Json, NoQuery};
use super::convert::{all, count, values, want};
use super::problem::Problem;
use super::reply::{Done, Raw};
use super::request::RequestError;
use super::route::{Route, get, post, put};

pub(super) fn routes() -> Vec<Route> {
    const VALUE: &str = "/api/v1/lists/{list}/values/{index}";
    vec![
        get("/api/v1/lists/{list}", "list_size", "Counts the values of a list", size),
        get("/api/v1/lists/{list}/values", "list_range", "Reads a part of a list", range),
        get(VALUE, "list_get", "Reads a value of a list", read),
        put(VALUE, "list_set", "Replaces a value of a list", set),
        post("/api/v1/lists/{list}/push", "list_push", "Pushes values", push),
        post("/api/v1/lists/{list}/pop", "list_pop", "Pops values", pop),
        post("/api/v1/lists/{list}/move", "list_move", "Moves a value to another list", shift),
        post("/api/v1/lists/{list}/insert", "list_insert", "Puts a value beside another", insert),
        post("/api/v1/lists/{list}/remove", "list_remove", "Removes equal values", remove),
        post("/api/v1/lists/{list}/trim", "list_trim", "Keeps a part of a list", trim),
    ]
}

async fn size(call: Call<1, Freshness>) -> Result<Json<Count>, Problem> {
    let [name] = call.at;
    let answer = call.desk.read(Query::Len { name }, call.query.stale).await?;
    Ok(Json(Count { count: count(&answer)? }))
}

async fn range(call: Call<1, body::RangeQuery>) -> Result<Json<body::Values>, Problem> {
    let ([name], query) = (call.at, call.query);
    let range = Query::Range { name, from: query.from, to: query.to };
    Ok(Json(body::Values { values: values(call.desk.read(range, query.stale).await?)? }))
}

async fn read(call: Call<2, Freshness>) -> Result<Raw, Problem> {
    let [name, place] = call.at;
    let index = index(&place)?;
    Ok(want!(call.desk.read(Query::At { name, index }, call.query.stale).await?,
        Answer::Bytes(value) => value.into(),
        Answer::Nothing => return Err(RequestError::absent(&place).into()),
    ))
}

async fn set(call: Call<2, NoQuery, bytes::Bytes>) -> Result<Done, Problem> {
    let ([name, place], value) = (call.at, call.input);
    let set = Command::Set { name, index: index(&place)?, value };
    want!(call.desk.write(set).await?, Answer::Done => Ok(Done))
}

/// The index in a path; negative ones count from the end.
fn index(text: &[u8]) -> Result<i64, Problem> {
    let text = std::str::from_utf8(text).ok();
    let index = text.and_then(|text| text.parse().ok());
    index.ok_or_else(|| RequestError::parameter("index", "it is not an integer of 64 bits").into())
}

async fn push(call: Call<1, NoQuery, Json<body::Push>>) -> Result<Json<Count>, Problem> {
    let ([name], Json(body::Push { values, end })) = (call.at, call.input);
    let (values, end) = (all(values), end.into());
    let push = Command::Push { name, end, values, only_existing: false };
    Ok(Json(Count { count: count(&call.desk.write(push).await?)? }))
}

async fn pop(call: Call<1, NoQuery, Json<body::Pop>>) -> Result<Json<body::Values>, Problem> {
    let (desk, [name], Json(wanted)) = (&call.desk, &call.at, &call.input);
    let is_about =
        |notice: &structures::Notice| notice.name == name && notice.event == Event::Grown;
    let popped = desk.wait(wanted.wait_ms, is_about, async |attempt| {
        let len = Query::Len { name: name.clone() };
        // Whoever was faster than this request has left nothing to propose for.
        if attempt > 0 && count(&desk.look(&len.into())?)? == 0 {
            return Ok(None);
        }
        let (end, count) = (wanted.end.into(), wanted.count);
        let popped = values(desk.write(Command::Pop { name: name.clone(), end, count }).await?)?;
        Ok(Some(popped).filter(|popped| !popped.is_empty()))
    });
    Ok(Json(body::Values { values: popped.await?.unwrap_or_default() }))
}

async fn shift(
    call: Call<1, NoQuery, Json<body::MoveValue>>,
) -> Result<Json<body::Value>, Problem> {
    let ([from], Json(body::MoveValue { to, from_end, to_end })) = (call.at, call.input);
    let (to, from_end, to_end) = (to.into(), from_end.into(), to_end.into());
    let shift = Command::Move { from, from_end, to, to_end };
    Ok(Json(want!(call.desk.write(shift).await?,
        Answer::Bytes(value) => body::Value { value: Some(value.into()) },
        Answer::Nothing => body::Value { value: None },
    )))
}

async fn insert(call: Call<1, NoQuery, Json<body::Insert>>) -> Result<Json<Count>, Problem> {
    let ([name], Json(body::Insert { side, pivot, value })) = (call.at, call.input);
    let side = match side {
        body::Side::Before => Side::Before,
        body::Side::After => Side::After,
    };
    let (pivot, value) = (pivot.into(), value.into());
    match count(&call.desk.write(Command::Insert { name, side, pivot, value }).await?)? {
        ..=0 => Err(RequestError::Condition.into()),
        count => Ok(Json(Count { count })),
    }
}

async fn remove(call: Call<1, NoQuery, Json<body::Remove>>) -> Result<Json<Count>, Problem> {
    let ([name], Json(body::Remove { value, count: most })) = (call.at, call.input);
    let remove = Command::Remove { name, value: value.into(), count: most };
    Ok(Json(Count { count: count(&call.desk.write(remove).await?)? }))
}

async fn trim(call: Call<1, NoQuery, Json<body::Trim>>) -> Result<Done, Problem> {
    let ([name], Json(body::Trim { from, to })) = (call.at, call.input);
    want!(call.desk.write(Command::Trim { name, from, to }).await?, Answer::Done => Ok(Done))
}

impl From<body::End> for End {
    fn from(end: body::End) -> Self {
        match end {
            body::End::Front => Self::Front,
            body::End::Back => Self::Back,
        }
    }
}
