//! Transactions over several structures.

use bytes::Bytes;
use structures::{
    Answer, Command, Condition, OnRefusal, Operation, Query, Refusal, Transaction, Ttl, counter,
    list, map, names, queue, set, sorted, topic,
};

use super::body::transaction as body;
use super::call::{Call, Json, NoQuery};
use super::convert::{all, values, want};
use super::problem::Problem;
use super::request::RequestError;
use super::route::{Route, post};

pub(super) fn routes() -> Vec<Route> {
    let path = "/api/v1/transactions";
    vec![post(path, "transaction", "Does some operations together or not at all", transact)]
}

async fn transact(
    call: Call<0, NoQuery, Json<body::Transaction>>,
) -> Result<Json<body::Results>, Problem> {
    let Json(body::Transaction { conditions, operations }) = call.input;
    let (conditions, operations) = (all(conditions), all(operations));
    let transaction = Transaction { conditions, operations, on_refusal: OnRefusal::Undo };
    let answers = want!(call.desk.write(transaction).await?,
        Answer::Transaction(answers) => answers,
        Answer::Aborted(_) => return Err(RequestError::Condition.into()),
        Answer::Undone(_, refusal) => return Err(refusal.into()),
    );
    let results: Result<Vec<body::Outcome>, Problem> = answers.into_iter().map(outcome).collect();
    Ok(Json(body::Results { results: results? }))
}

impl From<body::Operation> for Operation {
    fn from(operation: body::Operation) -> Self {
        match operation {
            body::Operation::Map(operation) => operation.into(),
            body::Operation::List(operation) => operation.into(),
            body::Operation::Set(operation) => operation.into(),
            body::Operation::SortedSet(operation) => operation.into(),
            body::Operation::Queue(operation) => operation.into(),
            body::Operation::Topic(operation) => operation.into(),
            body::Operation::Counter(operation) => operation.into(),
            body::Operation::Name(body::NameOperation::Delete { names }) => {
                write(names::Command::Delete { names: all(names) })
            }
        }
    }
}

fn read(query: impl Into<Query>) -> Operation {
    Operation::Read(query.into())
}

fn write(command: impl Into<Command>) -> Operation {
    Operation::Write(command.into())
}

impl From<body::MapOperation> for Operation {
    fn from(operation: body::MapOperation) -> Self {
        match operation {
            body::MapOperation::Get { map, key } => {
                read(map::Query::Get { map: map.into(), key: key.into() })
            }
            body::MapOperation::Put { map, key, value, ttl_ms } => {
                let (map, key, value) = (map.into(), key.into(), value.into());
                let ttl = ttl_ms.map_or(Ttl::Never, |ms| Ttl::After { ms });
                let options = map::PutOptions { ttl, ..map::PutOptions::default() };
                write(map::Command::Put { map, key, value, options })
            }
            body::MapOperation::Delete { map, keys } => {
                write(map::Command::Delete { map: map.into(), keys: all(keys) })
            }
            body::MapOperation::Merge { map, key, merge } => {
                let (map, key, merge) = (map.into(), key.into(), merge.into());
                write(map::Command::Merge { map, key, merge })
            }
        }
    }
}

impl From<body::ListOperation> for Operation {
    fn from(operation: body::ListOperation) -> Self {
        match operation {
            body::ListOperation::Push { list, values, end } => {
                let (name, end, values) = (list.into(), end.into(), all(values));
                write(list::Command::Push { name, end, values, only_existing: false })
            }
            body::ListOperation::Pop { list, end, count } => {
                write(list::Command::Pop { name: list.into(), end: end.into(), count })
            }
        }
    }
}

impl From<body::SetOperation> for Operation {
    fn from(operation: body::SetOperation) -> Self {
        match operation {
            body::SetOperation::Add { set, members } => {
                write(set::Command::Add { name: set.into(), members: all(members) })
            }
            body::SetOperation::Remove { set, members } => {
                write(set::Command::Remove { name: set.into(), members: all(members) })
            }
        }
    }
}

impl From<body::SortedSetOperation> for Operation {
    fn from(operation: body::SortedSetOperation) -> Self {
        let options = sorted::AddOptions::default();
        match operation {
            body::SortedSetOperation::Add { set, members } => {
                let members =
                    members.into_iter().map(|one| (one.score.into(), one.member.into())).collect();
                write(sorted::Command::Add { name: set.into(), members, options })
            }
            body::SortedSetOperation::Increment { set, member, by } => {
                let (name, member, by) = (set.into(), member.into(), by.into());
                write(sorted::Command::Increment { name, member, by, options })
            }
            body::SortedSetOperation::Remove { set, members } => {
                write(sorted::Command::Remove { name: set.into(), members: all(members) })
            }
        }
    }
}

impl From<body::QueueOperation> for Operation {
    fn from(operation: body::QueueOperation) -> Self {
        match operation {
            body::QueueOperation::Put { queue, items } => {
                write(queue::Command::Push { name: queue.into(), items: all(items) })
            }
            body::QueueOperation::Ack { queue, receipts } => {
                write(queue::Command::Acknowledge { name: queue.into(), receipts: all(receipts) })
            }
        }
    }
}

impl From<body::TopicOperation> for Operation {
    fn from(operation: body::TopicOperation) -> Self {
        let body::TopicOperation::Append { topic, fields } = operation;
        let fields = fields.into_iter().map(|(field, value)| (field.into(), value.into()));
        write(topic::Command::Append {
            name: topic.into(),
            id: topic::NewId::Now,
            fields: fields.collect(),
            options: topic::AppendOptions::default(),
        })
    }
}

impl From<body::CounterOperation> for Operation {
    fn from(operation: body::CounterOperation) -> Self {
        match operation {
            body::CounterOperation::Get { counter } => {
                read(counter::Query::Get { name: counter.into() })
            }
            body::CounterOperation::Add { counter, by } => {
                write(counter::Command::Add { name: counter.into(), by })
            }
            body::CounterOperation::Set { counter, value } => {
                write(counter::Command::Set { name: counter.into(), value })
            }
        }
    }
}

impl From<body::Condition> for Condition {
    fn from(condition: body::Condition) -> Self {
        match condition {
            body::Condition::Revision { name, revision } => {
                Self::Revision { name: name.into(), revision }
            }
            body::Condition::EntryRevision { map, key, revision } => {
                Self::EntryRevision { map: map.into(), key: key.into(), revision }
            }
            body::Condition::EntryValue { map, key, value } => {
                Self::EntryValue { map: map.into(), key: key.into(), value: value.map(Bytes::from) }
            }
        }
    }
}

/// What an operation answered; a refused one would have undone all.
fn outcome(answer: Result<Answer, Refusal>) -> Result<body::Outcome, Problem> {
    Ok(want!(answer?,
        Answer::Nothing | Answer::Done => body::Outcome::Nothing,
        Answer::Integer(count) => body::Outcome::Count(count),
        Answer::Bytes(value) => body::Outcome::Value(value.into()),
        Answer::Entry(entry) => body::Outcome::Value(entry.value.into()),
        Answer::Put(map::Put { revision: Some(revision), .. }) => body::Outcome::Revision(revision),
        Answer::Float(score) => body::Outcome::Score(score.into()),
        Answer::Ids(numbers) => body::Outcome::Numbers(numbers),
        Answer::Id(id) => body::Outcome::Id(id.to_string()),
        list @ Answer::List(_) => body::Outcome::Values(values(list)?),
    ))
}
