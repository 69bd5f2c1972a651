//! Queues: items that are taken by lease, and come back unless they are acknowledged.
//!
//! An item with a higher priority goes first, then the one that came first; an item that came back
//! has its old place. After so many attempts it goes to the dead letters. A queue stays when it is
//! empty.

mod item;
mod read;
mod write;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::settings::{Key, Values};

pub(crate) use item::{expire, forget, remember};
pub(crate) use read::query;
pub(crate) use write::{apply, pop_values, push_values};

/// Commands of queues.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Command {
    /// Makes a queue, or changes how one works. Answers `Flag`: whether it is new.
    Configure { name: Bytes, settings: Settings },
    /// Answers `Ids`: the numbers of the items.
    Push { name: Bytes, items: Vec<NewItem> },
    /// Leases items to the caller, for the time of the settings unless one is given. Answers
    /// `Items`.
    Take { name: Bytes, count: u64, lease_ms: Option<u64> },
    /// These items are done. Answers `Integer`: how many were; the others were not leased so.
    Acknowledge { name: Bytes, receipts: Vec<Receipt> },
    /// Gives an item back before its lease ends. Answers `Done`.
    Return { name: Bytes, receipt: Receipt, delay_ms: u64 },
    /// Lets a lease end later. Answers `Deadline`.
    Extend { name: Bytes, receipt: Receipt, lease_ms: u64 },
    /// Takes items and acknowledges them. Answers `List`.
    Pop { name: Bytes, count: u64 },
    /// Gives dead letters another life: these, or the first `count`. Answers `Integer`.
    Revive { name: Bytes, chosen: Chosen },
    /// Deletes dead letters. Answers `Integer`.
    Discard { name: Bytes, chosen: Chosen },
}

/// Questions to queues.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Query {
    /// Answers `Queue` or `Nothing`.
    Status { name: Bytes },
    /// The items that would be taken next. Answers `Items`.
    Peek { name: Bytes, count: u64 },
    /// Answers `Items`; `after` is the number of the last one seen.
    Dead { name: Bytes, after: Option<u64>, count: u64 },
}

/// How a queue works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// How long an item is leased.
    pub lease_ms: u64,
    /// After so many attempts an item goes to the dead letters.
    pub attempts_max: u32,
    /// How long an item rests whose lease ended without an answer.
    pub retry_delay_ms: u64,
}

impl Settings {
    /// How a queue works that says nothing else, by the settings of the cluster.
    #[must_use]
    pub fn usual(values: &Values) -> Self {
        Self {
            lease_ms: values.get(Key::QueuesLease),
            attempts_max: u32::try_from(values.get(Key::QueuesAttempts)).unwrap_or(u32::MAX),
            retry_delay_ms: values.get(Key::QueuesRetryDelay),
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self::usual(&Values::default())
    }
}

/// An item to push.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewItem {
    pub payload: Bytes,
    /// Higher ones go first.
    pub priority: u8,
    pub delay_ms: u64,
}

/// Proves that an item is leased to the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    pub number: u64,
    pub token: u64,
}

/// Which dead letters are meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Chosen {
    Numbers(Vec<u64>),
    First { count: u64 },
}

/// An item as it is seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    pub number: u64,
    pub payload: Bytes,
    pub priority: u8,
    /// How often it was taken.
    pub attempts: u32,
    pub pushed_ms: u64,
    pub lease: Option<Lease>,
}

/// The right to work on an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    pub token: u64,
    pub expires_ms: u64,
}

/// A queue at a glance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    pub settings: Settings,
    pub ready: u64,
    pub delayed: u64,
    pub leased: u64,
    pub dead: u64,
}

/// What is kept in the row of the name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct State {
    pub settings: Settings,
    /// The number of the next item.
    pub next: u64,
    pub ready: u64,
    pub delayed: u64,
    pub leased: u64,
    pub dead: u64,
}
