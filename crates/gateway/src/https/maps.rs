//! Maps: entries under their keys, pages of them, changes in place, and what changed.

use axum::http::header::{IF_MATCH, IF_NONE_MATCH};
use bytes::Bytes;
use structures::map::{self, After, Command, Keys, PutCondition, PutOptions, Query, Scan};
use structures::{Answer, Ttl};

use super::body::map as body;
use super::body::{Count, Expiry, Freshness};
use super::call::{Call, Json, NoQuery};
use super::convert::{all, count, cursor, expiry, held, page, page_count, ttl, want};
use super::events::{Events, event};
use super::problem::Problem;
use super::reply::{Done, Raw, Tagged};
use super::request::RequestError;
use super::route::{Header, Route, delete, get, post, put};
use super::watch::{Watch, told};

const CONDITIONS: &[Header] = &[
    Header { name: "If-Match", meaning: "The revision that the entry must have; `*`: any." },
    Header { name: "If-None-Match", meaning: "`*`: the entry must not exist." },
];
const CONDITION: &[Header] =
    &[Header { name: "If-Match", meaning: "The revision that the entry must have." }];
pub(super) const RESUME: &[Header] =
    &[Header { name: LAST_EVENT_ID, meaning: "Where to go on, instead of `from`." }];
/// The id of the last event that a client received.
pub(super) const LAST_EVENT_ID: &str = "Last-Event-ID";

pub(super) fn routes() -> Vec<Route> {
    const ENTRY: &str = "/api/v1/maps/{map}/entries/{key}";
    const EXPIRY: &str = "/api/v1/maps/{map}/entries/{key}/expiry";
    const MERGE: &str = "/api/v1/maps/{map}/entries/{key}/merge";
    const TAKE: &str = "/api/v1/maps/{map}/entries/{key}/take";
    vec![
        get("/api/v1/maps/{map}", "map_size", "Counts the entries of a map", size),
        get("/api/v1/maps/{map}/entries", "map_scan", "Reads a page of entries", scan),
        get(ENTRY, "map_get", "Reads a value", read),
        put(ENTRY, "map_put", "Writes a value", write).with(CONDITIONS),
        delete(ENTRY, "map_delete", "Deletes an entry", remove).with(CONDITION),
        post(TAKE, "map_take", "Reads a value and deletes its entry", take),
        post(MERGE, "map_merge", "Changes a value in place", merge),
        put(EXPIRY, "map_expire", "Sets when an entry ends", expire),
        delete(EXPIRY, "map_persist", "Lets an entry live for ever", persist),
        post("/api/v1/maps/{map}/get", "map_get_many", "Reads some values", read_many),
        post("/api/v1/maps/{map}/put", "map_put_many", "Writes some values at once", write_many),
        post("/api/v1/maps/{map}/delete", "map_delete_many", "Deletes entries", remove_many),
        get("/api/v1/maps/{map}/changes", "map_changes", "Reads a page of changes", changes),
        get("/api/v1/maps/{map}/watch", "map_watch", "Follows the changes of a map", watch)
            .with(RESUME),
    ]
}

async fn size(call: Call<1, Freshness>) -> Result<Json<Count>, Problem> {
    let [map] = call.at;
    let answer = call.desk.read(Query::Len { map }, call.query.stale).await?;
    Ok(Json(Count { count: count(&answer)? }))
}

async fn scan(call: Call<1, body::ScanQuery>) -> Result<Json<body::Page>, Problem> {
    let ([map], query) = (call.at, call.query);
    let scan = Scan {
        keys: Keys {
            prefix: query.prefix.map(Bytes::from),
            from: query.from.map(Bytes::from),
            to: query.to.map(Bytes::from),
            matching: query.matching.map(Bytes::from),
        },
        after: cursor(query.after.as_deref())?,
        count: page_count(query.count),
        direction: query.direction.into(),
    };
    let answer = call.desk.read(Query::Scan { map, scan }, query.stale).await?;
    let (entries, next) = page(answer)?;
    let entries = want!(entries, Answer::Entries(entries) => entries);
    Ok(Json(body::Page { entries: all(entries), next }))
}

async fn read(call: Call<2, Freshness>) -> Result<Raw, Problem> {
    let [map, key] = call.at;
    let answer = call.desk.read(Query::Get { map, key: key.clone() }, call.query.stale).await?;
    let entry = want!(answer,
        Answer::Entry(entry) => entry,
        Answer::Nothing => return Err(RequestError::absent(&key).into()),
    );
    let (value, expires_ms) = (entry.value, entry.expires_ms);
    Ok(Raw { value, revision: Some(entry.revision), expires_ms })
}

async fn write(call: Call<2, body::PutQuery, Bytes>) -> Result<Tagged<body::Put>, Problem> {
    let condition = condition(&call)?;
    let ([map, key], value, query) = (call.at, call.input, call.query);
    let kept = if query.keep_expiry { Ttl::Keep } else { Ttl::Never };
    let ttl = ttl(query.ttl_ms, query.expires_ms)?.unwrap_or(kept);
    let options = PutOptions { condition, ttl, ..PutOptions::default() };
    let answer = call.desk.write(Command::Put { map, key, value, options }).await?;
    let put = want!(answer, Answer::Put(put) => put);
    let revision = put.revision.ok_or(RequestError::Condition)?;
    Ok(Tagged(revision, body::Put { revision }))
}

fn condition<Q, I>(call: &Call<2, Q, I>) -> Result<PutCondition, Problem> {
    match (call.header(IF_MATCH.as_str())?, call.header(IF_NONE_MATCH.as_str())?) {
        (None, None) => Ok(PutCondition::Always),
        (Some("*"), None) => Ok(PutCondition::Present),
        (Some(tag), None) => Ok(PutCondition::Revision(revision_of(tag)?)),
        (None, Some("*")) => Ok(PutCondition::Absent),
        (None, Some(_)) => {
            Err(RequestError::parameter(IF_NONE_MATCH.as_str(), "only `*` is known").into())
        }
        (Some(_), Some(_)) => {
            let reason = "`If-Match` is given too";
            Err(RequestError::parameter(IF_NONE_MATCH.as_str(), reason).into())
        }
    }
}

/// The revision in an entity tag; the quotes may be left out.
fn revision_of(tag: &str) -> Result<u64, Problem> {
    tag.trim_matches('"').parse().map_err(|_| {
        RequestError::parameter(IF_MATCH.as_str(), "it is not one revision in quotes").into()
    })
}

async fn remove(call: Call<2>) -> Result<Done, Problem> {
    let tag = call.header(IF_MATCH.as_str())?.map(str::to_owned);
    let [map, key] = call.at;
    if let Some(tag) = tag {
        let revision = revision_of(&tag)?;
        held(&call.desk.write(Command::DeleteRevision { map, key, revision }).await?)?;
        return Ok(Done);
    }
    let keys = vec![key.clone()];
    match count(&call.desk.write(Command::Delete { map, keys }).await?)? {
        0 => Err(RequestError::absent(&key).into()),
        _ => Ok(Done),
    }
}

async fn take(call: Call<2>) -> Result<Raw, Problem> {
    let [map, key] = call.at;
    let answer = call.desk.write(Command::Take { map, key: key.clone() }).await?;
    Ok(want!(answer,
        Answer::Bytes(value) => value.into(),
        Answer::Nothing => return Err(RequestError::absent(&key).into()),
    ))
}

async fn merge(call: Call<2, NoQuery, Json<body::Merge>>) -> Result<Json<body::Merged>, Problem> {
    let ([map, key], Json(merge)) = (call.at, call.input);
    let merge = merge.into();
    let answer = call.desk.write(Command::Merge { map, key, merge }).await?;
    Ok(Json(want!(answer,
        Answer::Integer(integer) => body::Merged { integer: Some(integer), value: None },
        Answer::Bytes(value) => body::Merged { integer: None, value: Some(value.into()) },
    )))
}

async fn expire(call: Call<2, NoQuery, Json<Expiry>>) -> Result<Done, Problem> {
    let ([map, key], Json(wanted)) = (call.at, call.input);
    let (ttl, condition) = expiry(wanted)?;
    held(&call.desk.write(Command::Expire { map, key, ttl, condition }).await?)?;
    Ok(Done)
}

async fn persist(call: Call<2>) -> Result<Done, Problem> {
    let [map, key] = call.at;
    let (ttl, condition) = (Ttl::Never, structures::TtlCondition::Always);
    held(&call.desk.write(Command::Expire { map, key, ttl, condition }).await?)?;
    Ok(Done)
}

async fn read_many(
    call: Call<1, NoQuery, Json<body::GetMany>>,
) -> Result<Json<body::Values>, Problem> {
    let ([map], Json(wanted)) = (call.at, call.input);
    let query = Query::GetMany { map, keys: all(wanted.keys) };
    let found = call.desk.read(query, wanted.stale).await?;
    let found = want!(found, Answer::List(found) => found);
    let values = found.into_iter().map(|value| match value {
        Answer::Bytes(value) => Some(value.into()),
        _ => None,
    });
    Ok(Json(body::Values { values: values.collect() }))
}

async fn write_many(call: Call<1, NoQuery, Json<body::PutMany>>) -> Result<Json<Count>, Problem> {
    let ([map], Json(body::PutMany { entries, only_new })) = (call.at, call.input);
    let entries = entries.into_iter().map(|entry| (entry.key.into(), entry.value.into()));
    let entries = entries.collect();
    let put = Command::PutMany { map, entries, only_new, over_any_kind: false };
    Ok(Json(want!(call.desk.write(put).await?,
        Answer::Integer(count) => Count { count },
        Answer::Nothing => return Err(RequestError::Condition.into()),
    )))
}

async fn remove_many(call: Call<1, NoQuery, Json<body::Keys>>) -> Result<Json<Count>, Problem> {
    let ([map], Json(body::Keys { keys })) = (call.at, call.input);
    let answer = call.desk.write(Command::Delete { map, keys: all(keys) }).await?;
    Ok(Json(Count { count: count(&answer)? }))
}

async fn changes(call: Call<1, body::ChangesQuery>) -> Result<Json<body::Changes>, Problem> {
    let ([map], query) = (call.at, call.query);
    let keys = Keys { prefix: query.prefix.map(Bytes::from), ..Keys::default() };
    let after = query.page.map_or(After::Revision(query.from), After::Page);
    let count = page_count(query.count);
    let asked = Query::Changes { map, keys, after, count };
    let answer = call.desk.read(asked, query.stale).await?;
    let map::Changes { changes, next, is_more } =
        want!(answer, Answer::Changes(changes) => changes);
    let changes = changes.into_iter().map(told).collect();
    Ok(Json(body::Changes { changes, next, is_more }))
}

async fn watch(call: Call<1, body::WatchQuery>) -> Result<Events, Problem> {
    let resumed = call.header(LAST_EVENT_ID)?.map(|id| {
        id.parse().map_err(|_| RequestError::parameter(LAST_EVENT_ID, "it is not a revision"))
    });
    let resumed = resumed.transpose()?;
    let (desk, [map], query) = (call.desk, call.at, call.query);
    // This also finds out the revision of the moment.
    desk.read(Query::Len { map: map.clone() }, false).await?;
    let revision = resumed.or(query.from).unwrap_or_else(|| desk.revision());
    let prefix = query.prefix.map(Bytes::from);
    let keys = Keys { prefix, matching: query.matching.map(Bytes::from), ..Keys::default() };
    let watch = Watch { map, keys, after: After::Revision(revision), held: None };
    let first = event("ready", Some(revision.to_string()), &body::Ready { revision });
    Events::follow(desk, watch, first).await
}

impl From<map::Entry> for body::Entry {
    fn from(entry: map::Entry) -> Self {
        Self {
            key: entry.key.into(),
            value: entry.value.into(),
            created: entry.created,
            revision: entry.revision,
            expires_ms: entry.expires_ms,
        }
    }
}

impl From<body::Merge> for map::Merge {
    fn from(merge: body::Merge) -> Self {
        match merge {
            body::Merge::AddInteger(by) => Self::AddInteger(by),
            body::Merge::AddNumber(by) => Self::AddNumber(by.into()),
            body::Merge::Append(more) => Self::Append(more.into()),
            body::Merge::SetRange { offset, bytes } => {
                Self::SetRange { offset, bytes: bytes.into() }
            }
            body::Merge::Min(other) => Self::Min(other.into()),
            body::Merge::Max(other) => Self::Max(other.into()),
            body::Merge::JsonPatch(patch) => Self::JsonPatch(patch.to_string().into()),
        }
    }
}
