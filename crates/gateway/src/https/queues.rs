//! Queues: items that are put, leased, acknowledged or given back, and dead letters.

use bytes::Bytes;
use structures::queue::{Chosen, Command, Item, NewItem, Query, Receipt, Settings, Status};
use structures::{Answer, Event};

use super::body::list::Values;
use super::body::queue as body;
use super::body::{Count, Deadline, Freshness};
use super::call::{Call, Json, NoQuery};
use super::convert::{all, count, page_count, values, want};
use super::problem::Problem;
use super::reply::Done;
use super::request::RequestError;
use super::route::{Route, get, post, put};

pub(super) fn routes() -> Vec<Route> {
    const QUEUE: &str = "/api/v1/queues/{queue}";
    const ITEMS: &str = "/api/v1/queues/{queue}/items";
    const REVIVE: &str = "/api/v1/queues/{queue}/dead/revive";
    const DISCARD: &str = "/api/v1/queues/{queue}/dead/discard";
    vec![
        get(QUEUE, "queue_get", "Counts the items of a queue", status),
        put(QUEUE, "queue_configure", "Makes a queue or changes how it works", configure),
        get(ITEMS, "queue_peek", "Shows the items that come next", peek),
        post(ITEMS, "queue_put", "Puts an item", push),
        post("/api/v1/queues/{queue}/put", "queue_put_many", "Puts some items", push_many),
        post("/api/v1/queues/{queue}/lease", "queue_lease", "Leases items", lease),
        post("/api/v1/queues/{queue}/ack", "queue_ack", "Says that items are done", ack),
        post("/api/v1/queues/{queue}/nack", "queue_nack", "Gives an item back", nack),
        post("/api/v1/queues/{queue}/extend", "queue_extend", "Extends a lease", extend),
        post("/api/v1/queues/{queue}/pop", "queue_pop", "Leases and acknowledges items", pop),
        get("/api/v1/queues/{queue}/dead", "queue_dead", "Shows dead letters", dead),
        post(REVIVE, "queue_revive", "Gives dead letters another life", revive),
        post(DISCARD, "queue_discard", "Deletes dead letters", discard),
    ]
}

async fn status(call: Call<1, Freshness>) -> Result<Json<body::Status>, Problem> {
    let [name] = call.at;
    let answer = call.desk.read(Query::Status { name: name.clone() }, call.query.stale).await?;
    Ok(Json(want!(answer,
        Answer::Queue(status) => status.into(),
        Answer::Nothing => return Err(RequestError::absent(&name).into()),
    )))
}

async fn configure(call: Call<1, NoQuery, Json<body::Configure>>) -> Result<Done, Problem> {
    let ([name], Json(wanted)) = (call.at, call.input);
    let usual = Settings::usual(&call.desk.settings()?);
    let settings = Settings {
        lease_ms: wanted.lease_ms.unwrap_or(usual.lease_ms),
        attempts_max: wanted.attempts_max.unwrap_or(usual.attempts_max),
        retry_delay_ms: wanted.retry_delay_ms.unwrap_or(usual.retry_delay_ms),
    };
    want!(call.desk.write(Command::Configure { name, settings }).await?, Answer::Flag(_) => {});
    Ok(Done)
}

async fn peek(call: Call<1, body::PeekQuery>) -> Result<Json<body::Items>, Problem> {
    let ([name], query) = (call.at, call.query);
    let peek = Query::Peek { name, count: page_count(query.count) };
    items(call.desk.read(peek, query.stale).await?)
}

async fn push(call: Call<1, body::PutQuery, Bytes>) -> Result<Json<body::Numbers>, Problem> {
    let ([name], payload, query) = (call.at, call.input, call.query);
    let item = NewItem { payload, priority: query.priority, delay_ms: query.delay_ms };
    numbers(call.desk.write(Command::Push { name, items: vec![item] }).await?)
}

async fn push_many(
    call: Call<1, NoQuery, Json<body::PutMany>>,
) -> Result<Json<body::Numbers>, Problem> {
    let ([name], Json(body::PutMany { items })) = (call.at, call.input);
    numbers(call.desk.write(Command::Push { name, items: all(items) }).await?)
}

fn numbers(answer: Answer) -> Result<Json<body::Numbers>, Problem> {
    let numbers = want!(answer, Answer::Ids(numbers) => numbers);
    Ok(Json(body::Numbers { numbers }))
}

async fn lease(call: Call<1, NoQuery, Json<body::Lease>>) -> Result<Json<body::Items>, Problem> {
    let (desk, [name], Json(wanted)) = (&call.desk, &call.at, &call.input);
    let is_about = |notice: &structures::Notice| {
        notice.name == name && matches!(notice.event, Event::Grown | Event::Flushed)
    };
    let taken = desk.wait(wanted.wait_ms, is_about, async |attempt| {
        // Whoever was faster than this request has left nothing to propose for.
        if attempt > 0 && !has_ready(desk, name)? {
            return Ok(None);
        }
        let (count, lease_ms) = (wanted.count, wanted.lease_ms);
        let take = Command::Take { name: name.clone(), count, lease_ms };
        let items = want!(desk.write(take).await?, Answer::Items(items) => items);
        Ok(Some(items).filter(|items| !items.is_empty()))
    });
    let taken = taken.await?.unwrap_or_default();
    Ok(Json(body::Items { items: all(taken) }))
}

fn has_ready(desk: &super::desk::Desk, name: &Bytes) -> Result<bool, Problem> {
    let status = desk.look(&Query::Status { name: name.clone() }.into())?;
    Ok(matches!(status, Answer::Queue(Status { ready: 1.., .. })))
}

async fn ack(call: Call<1, NoQuery, Json<body::Ack>>) -> Result<Json<Count>, Problem> {
    let ([name], Json(body::Ack { receipts })) = (call.at, call.input);
    let receipts = all(receipts);
    let answer = call.desk.write(Command::Acknowledge { name, receipts }).await?;
    Ok(Json(Count { count: count(&answer)? }))
}

async fn nack(call: Call<1, NoQuery, Json<body::Nack>>) -> Result<Done, Problem> {
    let ([name], Json(body::Nack { number, token, delay_ms })) = (call.at, call.input);
    let receipt = Receipt { number, token };
    want!(
        call.desk.write(Command::Return { name, receipt, delay_ms }).await?,
        Answer::Done => {}
    );
    Ok(Done)
}

async fn extend(call: Call<1, NoQuery, Json<body::Extend>>) -> Result<Json<Deadline>, Problem> {
    let ([name], Json(body::Extend { number, token, lease_ms })) = (call.at, call.input);
    let extend = Command::Extend { name, receipt: Receipt { number, token }, lease_ms };
    let answer = call.desk.write(extend).await?;
    Ok(Json(want!(answer, Answer::Deadline(expires_ms) => Deadline { expires_ms })))
}

async fn pop(call: Call<1, NoQuery, Json<body::Pop>>) -> Result<Json<Values>, Problem> {
    let ([name], Json(body::Pop { count })) = (call.at, call.input);
    let answer = call.desk.write(Command::Pop { name, count }).await?;
    Ok(Json(Values { values: values(answer)? }))
}

async fn dead(call: Call<1, body::DeadQuery>) -> Result<Json<body::Items>, Problem> {
    let ([name], query) = (call.at, call.query);
    let dead = Query::Dead { name, after: query.after, count: page_count(query.count) };
    items(call.desk.read(dead, query.stale).await?)
}

fn items(answer: Answer) -> Result<Json<body::Items>, Problem> {
    let items = want!(answer, Answer::Items(items) => items, Answer::Nothing => vec![]);
    Ok(Json(body::Items { items: all(items) }))
}

async fn revive(call: Call<1, NoQuery, Json<body::Chosen>>) -> Result<Json<Count>, Problem> {
    let ([name], Json(chosen)) = (call.at, call.input);
    let answer = call.desk.write(Command::Revive { name, chosen: chosen.into() }).await?;
    Ok(Json(Count { count: count(&answer)? }))
}

async fn discard(call: Call<1, NoQuery, Json<body::Chosen>>) -> Result<Json<Count>, Problem> {
    let ([name], Json(chosen)) = (call.at, call.input);
    let answer = call.desk.write(Command::Discard { name, chosen: chosen.into() }).await?;
    Ok(Json(Count { count: count(&answer)? }))
}

impl From<Status> for body::Status {
    fn from(status: Status) -> Self {
        let Settings { lease_ms, attempts_max, retry_delay_ms } = status.settings;
        let Status { ready, delayed, leased, dead, .. } = status;
        let settings = body::Settings { lease_ms, attempts_max, retry_delay_ms };
        Self { settings, ready, delayed, leased, dead }
    }
}

impl From<body::NewItem> for NewItem {
    fn from(item: body::NewItem) -> Self {
        let body::NewItem { payload, priority, delay_ms } = item;
        Self { payload: payload.into(), priority, delay_ms }
    }
}

impl From<body::Receipt> for Receipt {
    fn from(receipt: body::Receipt) -> Self {
        Self { number: receipt.number, token: receipt.token }
    }
}

impl From<body::Chosen> for Chosen {
    fn from(chosen: body::Chosen) -> Self {
        match chosen {
            body::Chosen::Numbers(numbers) => Self::Numbers(numbers),
            body::Chosen::First(count) => Self::First { count },
        }
    }
}

impl From<Item> for body::Item {
    fn from(item: Item) -> Self {
        Self {
            number: item.number,
            payload: item.payload.into(),
            priority: item.priority,
            attempts: item.attempts,
            pushed_ms: item.pushed_ms,
            token: item.lease.map(|lease| lease.token),
            lease_expires_ms: item.lease.map(|lease| lease.expires_ms),
        }
    }
}
