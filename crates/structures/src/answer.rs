//! What a command or a query answers, in no protocol's words.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::kind::Kind;
use crate::refusal::Refusal;
use crate::{lock, map, names, patches, queue, settings, topic};

/// An answer; each command and query says which of them it gives.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Answer {
    Done,
    /// What was asked for is not there.
    Nothing,
    Flag(bool),
    Integer(i64),
    Float(f64),
    Bytes(Bytes),
    Kind(Kind),
    List(Vec<Self>),
    /// Members and their scores.
    Scored(Vec<(Bytes, f64)>),
    /// When something ends, in milliseconds since the Unix epoch; none: never.
    Deadline(Option<u64>),
    Put(map::Put),
    Entry(map::Entry),
    Entries(Vec<map::Entry>),
    /// One page, and where the next one begins.
    Page(Page),
    Changes(map::Changes),
    Names(Vec<names::Name>),
    Comparison(map::Comparison),
    Lock(lock::Status),
    Grant(lock::Grant),
    /// A place in a line, from 1.
    Waiting(u64),
    Items(Vec<queue::Item>),
    Queue(queue::Status),
    Id(topic::Id),
    Log(Vec<topic::Entry>),
    /// Entries of several topics, by name; topics without new ones are left out.
    Logs(Vec<(Bytes, Vec<topic::Entry>)>),
    Topic(topic::Answer),
    Ids(Vec<u64>),
    /// What each operation of a transaction answered.
    Transaction(Vec<Result<Self, Refusal>>),
    /// A condition of the transaction did not hold: nothing was done. Its index.
    Aborted(u64),
    /// The operation of this index was refused, so the whole transaction was undone.
    Undone(u64, Refusal),
    Patches(patches::Log),
    Settings(settings::Current),
    /// The oldest first.
    SettingsHistory(Vec<settings::Change>),
}

/// One page of a scan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Page {
    pub items: Box<Answer>,
    /// Pass it as `after` for the next page; none: this was the last one.
    pub next: Option<Bytes>,
}

impl Answer {
    pub(crate) fn count(count: u64) -> Self {
        Self::Integer(crate::kind::integer(count))
    }

    pub(crate) fn optional(value: Option<Bytes>) -> Self {
        value.map_or(Self::Nothing, Self::Bytes)
    }

    /// The bytes of the values and names in it; what has none counts as nothing.
    pub(crate) fn bytes_held(&self) -> usize {
        let entry = |entry: &map::Entry| entry.key.len() + entry.value.len();
        let log = |log: &[topic::Entry]| -> usize {
            let fields = log.iter().flat_map(|entry| entry.fields.iter().flatten());
            fields.map(|(field, value)| field.len() + value.len()).sum()
        };
        match self {
            Self::Bytes(bytes) => bytes.len(),
            Self::List(answers) => answers.iter().map(Self::bytes_held).sum(),
            Self::Scored(members) => members.iter().map(|(member, _)| member.len()).sum(),
            Self::Put(put) => put.old.as_ref().map_or(0, Bytes::len),
            Self::Entry(one) => entry(one),
            Self::Entries(entries) => entries.iter().map(entry).sum(),
            Self::Page(page) => page.items.bytes_held(),
            Self::Names(names) => names.iter().map(|name| name.name.len()).sum(),
            Self::Items(items) => items.iter().map(|item| item.payload.len()).sum(),
            Self::Log(entries) => log(entries),
            Self::Logs(logs) => logs.iter().map(|(_, entries)| log(entries)).sum(),
            Self::Topic(
                topic::Answer::Claimed { entries, .. } | topic::Answer::Full(_, entries, _),
            ) => log(entries),
            _ => 0,
        }
    }

    pub(crate) fn bytes(values: Vec<Bytes>) -> Self {
        Self::List(values.into_iter().map(Self::Bytes).collect())
    }
}
