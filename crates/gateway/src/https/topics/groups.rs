//! Groups of consumers that share the entries of a topic.

use bytes::Bytes;
use structures::topic::{self, ConsumerInfo, GroupInfo, Pending};
use structures::topic::{
    ClaimNextOptions, Command, From as Wanted, GroupStart, Id, PendingRange, Query, ReadOptions,
};
use structures::{Answer, Event, Notice};

use super::ids;
use crate::https::body::topic as body;
use crate::https::body::{Count, Freshness};
use crate::https::call::{Call, Json, NoQuery};
use crate::https::convert::{all, count, held, page_count, want};
use crate::https::problem::Problem;
use crate::https::reply::Done;
use crate::https::request::RequestError;
use crate::https::route::{Route, delete, get, post, put};

pub(super) fn routes() -> Vec<Route> {
    const GROUPS: &str = "/api/v1/topics/{topic}/groups";
    const GROUP: &str = "/api/v1/topics/{topic}/groups/{group}";
    const READ: &str = "/api/v1/topics/{topic}/groups/{group}/read";
    const ACK: &str = "/api/v1/topics/{topic}/groups/{group}/ack";
    const CLAIM: &str = "/api/v1/topics/{topic}/groups/{group}/claim";
    const PENDING: &str = "/api/v1/topics/{topic}/groups/{group}/pending";
    const CONSUMERS: &str = "/api/v1/topics/{topic}/groups/{group}/consumers";
    const CONSUMER: &str = "/api/v1/topics/{topic}/groups/{group}/consumers/{consumer}";
    vec![
        get(GROUPS, "group_list", "Lists the groups of a topic", list),
        put(GROUP, "group_make", "Makes a group of consumers", make),
        delete(GROUP, "group_delete", "Deletes a group", remove),
        post(READ, "group_read", "Delivers entries to a consumer", read),
        post(ACK, "group_ack", "Says that entries are done", ack),
        post(CLAIM, "group_claim", "Takes over entries that are pending for long", claim),
        get(PENDING, "group_pending", "Lists entries that are not acknowledged", pending),
        get(CONSUMERS, "group_consumers", "Lists the consumers of a group", consumers),
        delete(CONSUMER, "group_drop_consumer", "Removes a consumer", drop_consumer),
    ]
}

async fn list(call: Call<1, Freshness>) -> Result<Json<body::Groups>, Problem> {
    let [name] = call.at;
    let answer = call.desk.read(Query::Groups { name }, call.query.stale).await?;
    let groups = want!(answer, Answer::Topic(topic::Answer::Groups(groups)) => groups);
    Ok(Json(body::Groups { groups: all(groups) }))
}

async fn make(call: Call<2, NoQuery, Json<body::GroupStart>>) -> Result<Done, Problem> {
    let ([name, group], Json(body::GroupStart { after })) = (call.at, call.input);
    let after = after.map(|after| ids::parse(&after, 0)).transpose()?;
    let start = GroupStart { after, entries_read: None };
    let make = Command::CreateGroup { name, group, start, makes_topic: true };
    held(&call.desk.write(make).await?)?;
    Ok(Done)
}

async fn remove(call: Call<2>) -> Result<Done, Problem> {
    let [name, group] = call.at;
    let dropped = call.desk.write(Command::DropGroup { name, group: group.clone() }).await?;
    want!(dropped,
        Answer::Flag(true) => Ok(Done),
        Answer::Flag(false) => Err(RequestError::absent(&group).into()),
    )
}

async fn read(call: Call<2, NoQuery, Json<body::Read>>) -> Result<Json<body::Entries>, Problem> {
    let (desk, [name, group], Json(wanted)) = (&call.desk, &call.at, &call.input);
    let from = match &wanted.pending_after {
        Some(after) => Wanted::PendingAfter(ids::parse(after, 0)?),
        None => Wanted::New,
    };
    let (count, acknowledges) = (Some(page_count(wanted.count)), wanted.acknowledges);
    let command = Command::ReadGroup {
        group: group.clone(),
        consumer: wanted.consumer.0.clone(),
        topics: vec![(name.clone(), from)],
        options: ReadOptions { count, acknowledges },
    };
    let is_about = |notice: &Notice| notice.name == name && notice.event == Event::Grown;
    let delivered = desk.wait(wanted.wait_ms, is_about, async |_| {
        let logs = want!(desk.write(command.clone()).await?, Answer::Logs(logs) => logs);
        let entries: Vec<_> = logs.into_iter().flat_map(|(_, entries)| entries).collect();
        Ok(Some(entries).filter(|entries| !entries.is_empty()))
    });
    Ok(Json(body::Entries { entries: all(delivered.await?.unwrap_or_default()) }))
}

async fn ack(call: Call<2, NoQuery, Json<body::Ack>>) -> Result<Json<Count>, Problem> {
    let ([name, group], Json(body::Ack { ids })) = (call.at, call.input);
    let ids = ids::parse_all(&ids)?;
    let answer = call.desk.write(Command::Acknowledge { name, group, ids }).await?;
    Ok(Json(Count { count: count(&answer)? }))
}

async fn claim(call: Call<2, NoQuery, Json<body::Claim>>) -> Result<Json<body::Claimed>, Problem> {
    let ([name, group], Json(wanted)) = (call.at, call.input);
    let start = wanted.start.map_or(Ok(Id::MIN), |start| ids::parse(&start, 0))?;
    let (idle_ms_min, count) = (wanted.idle_ms, page_count(wanted.count));
    let options = ClaimNextOptions { idle_ms_min, count, only_ids: false };
    let consumer = Bytes::from(wanted.consumer);
    let claim = Command::ClaimNext { name, group, consumer, start, options };
    want!(call.desk.write(claim).await?,
        Answer::Topic(topic::Answer::Claimed { next, entries, deleted }) => {
            Ok(Json(body::Claimed {
                entries: all(entries),
                next: Some(next).filter(|next| *next > Id::MIN).map(|next| next.to_string()),
                deleted: deleted.iter().map(Id::to_string).collect(),
            }))
        }
    )
}

async fn pending(call: Call<2, body::PendingQuery>) -> Result<Json<body::Pending>, Problem> {
    let ([name, group], query) = (call.at, call.query);
    let after = query.after.map(|after| ids::parse(&after, 0)).transpose()?;
    let range = PendingRange {
        from: after.map_or(Some(Id::MIN), Id::next).unwrap_or(Id::MAX),
        to: Id::MAX,
        count: page_count(query.count),
        consumer: query.consumer.map(Bytes::from),
        delivered_until_ms: None,
    };
    let answer = call.desk.read(Query::Pending { name, group, range }, query.stale).await?;
    let pending = want!(answer, Answer::Topic(topic::Answer::Pending(pending)) => pending);
    Ok(Json(body::Pending { pending: all(pending) }))
}

async fn consumers(call: Call<2, Freshness>) -> Result<Json<body::Consumers>, Problem> {
    let [name, group] = call.at;
    let answer = call.desk.read(Query::Consumers { name, group }, call.query.stale).await?;
    let consumers = want!(answer, Answer::Topic(topic::Answer::Consumers(found)) => found);
    Ok(Json(body::Consumers { consumers: all(consumers) }))
}

async fn drop_consumer(call: Call<3>) -> Result<Json<Count>, Problem> {
    let [name, group, consumer] = call.at;
    let answer = call.desk.write(Command::DropConsumer { name, group, consumer }).await?;
    Ok(Json(Count { count: count(&answer)? }))
}

impl From<GroupInfo> for body::Group {
    fn from(group: GroupInfo) -> Self {
        Self {
            name: group.name.into(),
            consumers: group.consumers,
            pending: group.pending,
            last_delivered: group.last_delivered.to_string(),
            lag: group.lag,
        }
    }
}

impl From<ConsumerInfo> for body::Consumer {
    fn from(consumer: ConsumerInfo) -> Self {
        let ConsumerInfo { name, pending, seen_ms } = consumer;
        Self { name: name.into(), pending, seen_ms }
    }
}

impl From<Pending> for body::PendingEntry {
    fn from(pending: Pending) -> Self {
        Self {
            id: pending.id.to_string(),
            consumer: pending.consumer.into(),
            delivered_ms: pending.delivered_ms,
            deliveries: pending.deliveries,
        }
    }
}
