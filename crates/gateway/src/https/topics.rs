//! Topics: durable logs of entries, read from any place.

mod groups;
mod ids;

use bytes::Bytes;
use structures::topic::{
    self, AppendOptions, Command, Entry, Id, Info, Keeps, NewId, Query, Retention, Trim,
};
use structures::{Answer, Event, Notice};

use super::body::topic as body;
use super::body::{Count, Freshness};
use super::call::{Call, Json, NoQuery};
use super::convert::{all, count, page_count, want};
use super::desk::Desk;
use super::events::{Batch, Events, Source, event};
use super::limits;
use super::maps::{LAST_EVENT_ID, RESUME};
use super::problem::Problem;
use super::reply::Done;
use super::request::RequestError;
use super::route::{Route, delete, get, post, put};

pub(super) fn routes() -> Vec<Route> {
    const TOPIC: &str = "/api/v1/topics/{topic}";
    const ENTRIES: &str = "/api/v1/topics/{topic}/entries";
    const ENTRY: &str = "/api/v1/topics/{topic}/entries/{id}";
    const FOLLOW: &str = "/api/v1/topics/{topic}/follow";
    let mut routes = vec![
        get(TOPIC, "topic_get", "Shows a topic at a glance", info),
        put(TOPIC, "topic_configure", "Makes a topic or changes what it forgets", configure),
        get(ENTRIES, "topic_range", "Reads entries", range),
        post(ENTRIES, "topic_append", "Appends an entry", append),
        delete(ENTRY, "topic_delete", "Deletes an entry", remove),
        post("/api/v1/topics/{topic}/trim", "topic_trim", "Deletes the oldest entries", trim),
        get(FOLLOW, "topic_follow", "Follows the entries of a topic", follow).with(RESUME),
    ];
    routes.extend(groups::routes());
    routes
}

async fn info(call: Call<1, Freshness>) -> Result<Json<body::Info>, Problem> {
    let [name] = call.at;
    let answer = call.desk.read(Query::Info { name }, call.query.stale).await?;
    Ok(Json(want!(answer, Answer::Topic(topic::Answer::Info(info)) => (*info).into())))
}

async fn configure(call: Call<1, NoQuery, Json<body::Retention>>) -> Result<Done, Problem> {
    let ([name], Json(body::Retention { len_max, age_ms_max })) = (call.at, call.input);
    let retention = Retention { len_max, age_ms_max };
    let answer = call.desk.write(Command::Configure { name, retention }).await?;
    want!(answer, Answer::Flag(_) => Ok(Done))
}

async fn append(call: Call<1, NoQuery, Json<body::Append>>) -> Result<Json<body::Id>, Problem> {
    let ([name], Json(body::Append { fields, id, len_max })) = (call.at, call.input);
    let id = match id {
        Some(id) => NewId::Given(ids::parse(&id, 0)?),
        None => NewId::Now,
    };
    let fields = fields.into_iter().map(|(field, value)| (field.into(), value.into())).collect();
    let trim =
        len_max.map(|len| Trim { keeps: Keeps::Len(len), is_approximate: false, limit: None });
    let options = AppendOptions { only_existing: false, trim };
    let answer = call.desk.write(Command::Append { name, id, fields, options }).await?;
    Ok(Json(want!(answer, Answer::Id(id) => body::Id { id: id.to_string() })))
}

async fn range(call: Call<1, body::RangeQuery>) -> Result<Json<body::Entries>, Problem> {
    let ([name], query) = (call.at, call.query);
    let from = match (query.from, query.after) {
        (Some(_), Some(_)) => {
            return Err(RequestError::parameter("after", "`from` is given too").into());
        }
        (Some(from), None) => Some(ids::parse(&from, 0)?),
        (None, Some(after)) => ids::parse(&after, 0)?.next(),
        (None, None) => Some(Id::MIN),
    };
    let to = query.to.map_or(Ok(Id::MAX), |to| ids::parse(&to, u64::MAX))?;
    let Some(from) = from else { return Ok(Json(body::Entries { entries: vec![] })) };
    let (direction, count) = (query.direction.into(), Some(page_count(query.count)));
    let range = Query::Range { name, from, to, direction, count };
    let entries = want!(call.desk.read(range, query.stale).await?, Answer::Log(log) => log);
    Ok(Json(body::Entries { entries: all(entries) }))
}

async fn remove(call: Call<2>) -> Result<Done, Problem> {
    let [name, text] = call.at;
    let ids = vec![ids::parse(&String::from_utf8_lossy(&text), 0)?];
    match count(&call.desk.write(Command::Delete { name, ids }).await?)? {
        0 => Err(RequestError::absent(&text).into()),
        _ => Ok(Done),
    }
}

async fn trim(call: Call<1, NoQuery, Json<body::Trim>>) -> Result<Json<Count>, Problem> {
    let ([name], Json(trim)) = (call.at, call.input);
    let keeps = match trim {
        body::Trim::KeepLast(len) => Keeps::Len(len),
        body::Trim::KeepFrom(id) => Keeps::From(ids::parse(&id, 0)?),
    };
    let trim = Trim { keeps, is_approximate: false, limit: None };
    Ok(Json(Count { count: count(&call.desk.write(Command::Trim { name, trim }).await?)? }))
}

async fn follow(call: Call<1, body::FollowQuery>) -> Result<Events, Problem> {
    let resumed = call.header(LAST_EVENT_ID)?.map(str::to_owned).or(call.query.after);
    let (desk, [name]) = (call.desk, call.at);
    let last = desk.read(Query::Last { name: name.clone() }, false).await?;
    let last = want!(last, Answer::Id(last) => last);
    let after = resumed.map_or(Ok(last), |id| ids::parse(&id, 0))?;
    let id = after.to_string();
    let first = event("ready", Some(id.clone()), &body::Id { id });
    Events::follow(desk, Follow { name, after }, first).await
}

/// Follows a topic.
struct Follow {
    name: Bytes,
    after: Id,
}

impl Source for Follow {
    fn read(&mut self, desk: &Desk) -> Result<Batch, Problem> {
        let (topics, most) = (vec![(self.name.clone(), self.after)], limits::FOLLOWED_AT_ONCE);
        let logs = desk.look(&Query::Read { topics, count: Some(most) }.into())?;
        let logs = want!(logs, Answer::Logs(logs) => logs);
        let mut events = Vec::new();
        for entry in logs.into_iter().flat_map(|(_, entries)| entries) {
            self.after = entry.id;
            events.push(event("entry", Some(entry.id.to_string()), &body::Entry::from(entry)));
        }
        let is_more = u64::try_from(events.len()).is_ok_and(|len| len >= most);
        Ok(Batch { events, is_more })
    }

    fn is_about(&self, notice: &Notice) -> bool {
        notice.name == self.name && notice.event == Event::Grown
    }
}

impl From<Entry> for body::Entry {
    fn from(entry: Entry) -> Self {
        let fields = entry.fields.map(|fields| {
            fields.into_iter().map(|(field, value)| (field.into(), value.into())).collect()
        });
        Self { id: entry.id.to_string(), fields }
    }
}

impl From<Info> for body::Info {
    fn from(info: Info) -> Self {
        let Retention { len_max, age_ms_max } = info.retention;
        Self {
            len: info.len,
            last: info.last.to_string(),
            added: info.added,
            groups: info.groups,
            retention: body::Retention { len_max, age_ms_max },
            first_entry: info.first_entry.map(Into::into),
            last_entry: info.last_entry.map(Into::into),
        }
    }
}
