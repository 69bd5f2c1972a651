//! Topics: durable logs of entries, read from any place, and by groups that share the work.
//!
//! An entry is some fields with values under an id of a time and a sequence. A topic stays when it
//! is empty. What it forgets by itself, its retention says.

mod deliver;
mod group;
mod id;
mod log;
mod progress;
mod read;
mod write;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

pub use id::Id;
pub(crate) use log::expire;
pub(crate) use read::query;
pub(crate) use write::apply;

use crate::view::Direction;

/// Fields and their values; a field may come twice.
pub type Fields = Vec<(Bytes, Bytes)>;

/// Commands of topics.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Command {
    /// Answers `Id`, or `Nothing` when there is no topic and none is to be made.
    Append { name: Bytes, id: NewId, fields: Fields, options: AppendOptions },
    /// Answers `Integer`: how many there were.
    Delete { name: Bytes, ids: Vec<Id> },
    /// Answers `Integer`: how many entries are gone.
    Trim { name: Bytes, trim: Trim },
    /// Says what the last id was, how many entries were ever added, and which is the largest id
    /// that was deleted. Answers `Done`.
    SetLast { name: Bytes, last: Id, added: Option<u64>, deleted: Option<Id> },
    /// Makes a topic, or changes what it forgets. Answers `Flag`: whether it is new.
    Configure { name: Bytes, retention: Retention },
    /// Answers `Done`.
    CreateGroup { name: Bytes, group: Bytes, start: GroupStart, makes_topic: bool },
    /// Answers `Done`.
    SetGroup { name: Bytes, group: Bytes, start: GroupStart },
    /// Answers `Flag`: whether there was one.
    DropGroup { name: Bytes, group: Bytes },
    /// Answers `Flag`: whether it is new.
    CreateConsumer { name: Bytes, group: Bytes, consumer: Bytes },
    /// Answers `Integer`: how many entries it had not acknowledged; they are gone from the group.
    DropConsumer { name: Bytes, group: Bytes, consumer: Bytes },
    /// Delivers to a consumer. Answers `Logs`; where pending entries are asked for, the topic is
    /// named also without any.
    ReadGroup { group: Bytes, consumer: Bytes, topics: Vec<(Bytes, From)>, options: ReadOptions },
    /// Answers `Integer`: how many were pending.
    Acknowledge { name: Bytes, group: Bytes, ids: Vec<Id> },
    /// Makes pending entries those of a consumer. Answers `Log`.
    Claim { name: Bytes, group: Bytes, consumer: Bytes, ids: Vec<Id>, options: ClaimOptions },
    /// Claims what is pending for long. Answers `Topic` with `Claimed`.
    ClaimNext { name: Bytes, group: Bytes, consumer: Bytes, start: Id, options: ClaimNextOptions },
}

/// The id of a new entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum NewId {
    /// The time of the command.
    Now,
    /// The next sequence within this time.
    At { ms: u64 },
    /// Larger than all before.
    Given(Id),
}

/// How an entry is appended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppendOptions {
    pub only_existing: bool,
    pub trim: Option<Trim>,
}

/// Which entries at the beginning go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trim {
    pub keeps: Keeps,
    /// Only full hundreds of entries go.
    pub is_approximate: bool,
    /// At most so many go; 0 is no limit. Without one it is 10,000 when approximate, else none.
    pub limit: Option<u64>,
}

/// What a trim leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Keeps {
    /// So many entries.
    Len(u64),
    /// Entries with this id and larger ones.
    From(Id),
}

/// What a topic forgets by itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retention {
    pub len_max: Option<u64>,
    /// By the time in the id.
    pub age_ms_max: Option<u64>,
}

/// Where a group begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupStart {
    /// Entries after this one are delivered; none: those that are appended from now on.
    pub after: Option<Id>,
    /// How many entries the group is said to have read.
    pub entries_read: Option<u64>,
}

/// What a consumer gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum From {
    /// Entries that were delivered to nobody in the group.
    New,
    /// Its own pending entries after this one.
    PendingAfter(Id),
}

/// How a group reads.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadOptions {
    /// Entries of each topic; none: all.
    pub count: Option<u64>,
    /// Whether entries are done when they are delivered.
    pub acknowledges: bool,
}

/// How entries are claimed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimOptions {
    /// Entries that were delivered less than so long ago are left alone.
    pub idle_ms_min: u64,
    /// When they count as delivered; none: now.
    pub delivered: Option<Delivered>,
    /// How often they count as delivered; none: once more.
    pub deliveries: Option<u64>,
    /// Whether entries that are pending for nobody are claimed too.
    pub is_forced: bool,
    /// Whether only ids are answered; the entries do not count as delivered then.
    pub only_ids: bool,
    /// The group has read up to here, at least.
    pub last: Option<Id>,
}

/// A moment of delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Delivered {
    Ago { ms: u64 },
    At { ms: u64 },
}

/// How the next entries are claimed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimNextOptions {
    pub idle_ms_min: u64,
    pub count: u64,
    pub only_ids: bool,
}

/// Questions to topics.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Query {
    /// Answers `Integer`.
    Len { name: Bytes },
    /// The last id that was given; 0-0 when there is no topic. Answers `Id`.
    Last { name: Bytes },
    /// The entries from one id to another, both included. Answers `Log`.
    Range { name: Bytes, from: Id, to: Id, direction: Direction, count: Option<u64> },
    /// Entries after an id. Answers `Logs`.
    Read { topics: Vec<(Bytes, Id)>, count: Option<u64> },
    /// Answers `Topic` with `PendingSummary`.
    PendingSummary { name: Bytes, group: Bytes },
    /// Answers `Topic` with `Pending`.
    Pending { name: Bytes, group: Bytes, range: PendingRange },
    /// Answers `Topic` with `Info`.
    Info { name: Bytes },
    /// Answers `Topic` with `Groups`.
    Groups { name: Bytes },
    /// Answers `Topic` with `Consumers`.
    Consumers { name: Bytes, group: Bytes },
    /// Everything, with at most `count` entries and pending entries (0: all). Answers `Topic` with
    /// `Full`.
    Full { name: Bytes, count: u64 },
}

/// Which pending entries are meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingRange {
    pub from: Id,
    pub to: Id,
    pub count: u64,
    pub consumer: Option<Bytes>,
    /// Only those that were delivered at this moment or before, in milliseconds.
    pub delivered_until_ms: Option<u64>,
}

/// An entry; without fields when only ids were asked for, or when it is pending but deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub id: Id,
    pub fields: Option<Fields>,
}

/// Answers that only topics give.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    Claimed {
        /// Where the next claim starts; 0-0 at the end.
        next: Id,
        entries: Vec<Entry>,
        /// Entries that were pending, and are deleted from the topic.
        deleted: Vec<Id>,
    },
    PendingSummary {
        count: u64,
        /// The smallest and the largest pending id.
        ends: Option<(Id, Id)>,
        /// Consumers that have any, and how many.
        consumers: Vec<(Bytes, u64)>,
    },
    Pending(Vec<Pending>),
    /// Large, and every answer takes as much memory as the largest.
    Info(Box<Info>),
    Groups(Vec<GroupInfo>),
    Consumers(Vec<ConsumerInfo>),
    Full(Box<Info>, Vec<Entry>, Vec<GroupFull>),
}

/// A pending entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    pub id: Id,
    pub consumer: Bytes,
    pub delivered_ms: u64,
    pub deliveries: u64,
}

/// A topic at a glance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Info {
    pub len: u64,
    pub last: Id,
    pub deleted: Id,
    pub added: u64,
    pub groups: u64,
    pub retention: Retention,
    pub first_entry: Option<Entry>,
    pub last_entry: Option<Entry>,
}

/// A group at a glance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupInfo {
    pub name: Bytes,
    pub consumers: u64,
    pub pending: u64,
    pub last_delivered: Id,
    /// How many entries it has read, when that is known.
    pub entries_read: Option<u64>,
    /// How many entries wait for it, when that is known.
    pub lag: Option<u64>,
}

/// A consumer at a glance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsumerInfo {
    pub name: Bytes,
    pub pending: u64,
    /// When it was last heard of.
    pub seen_ms: u64,
}

/// Everything of a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupFull {
    pub info: GroupInfo,
    pub pending: Vec<Pending>,
    pub consumers: Vec<(ConsumerInfo, Vec<Pending>)>,
}

/// What is kept in the row of the name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct State {
    pub len: u64,
    /// The last id that was given.
    pub last: Id,
    /// Entries that were ever added.
    pub added: u64,
    /// The largest id that was deleted, other than by a trim.
    pub deleted: Id,
    pub groups: u64,
    pub retention: Retention,
    /// When the retention has something to do.
    pub retain_ms: Option<u64>,
}
