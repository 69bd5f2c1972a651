//! What a command changed, for those who wait or watch on any node.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::kind::Kind;

/// One change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Of one command all notices have one revision.
    pub revision: u64,
    /// The structure; of an entry its map, `default` included.
    pub name: Bytes,
    pub kind: Kind,
    pub event: Event,
}

/// What happened to a structure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// An entry of a map was written.
    Put { key: Bytes, value: Bytes, old: Option<Bytes> },
    /// An entry of a map is gone.
    Removed { key: Bytes, old: Bytes, cause: Cause },
    /// Elements came: whoever waits for one may try now. Also when a name came with elements.
    Grown,
    /// Something else changed: elements went, settings, a counter.
    Changed,
    /// The name is gone, with everything in it.
    Dropped { cause: Cause },
    /// A lock was given to a waiter.
    Granted { owner: Bytes, token: u64, expires_ms: u64 },
    /// A lock or a place in its line was lost, because its time was over.
    Lost { owner: Bytes },
    /// A message for whoever listens to the channel `name` now; nothing is kept.
    Published { message: Bytes },
    /// Everything is gone.
    Flushed,
    /// A consumer group of a topic is gone: nobody can wait for it any more.
    GroupDropped { group: Bytes },
    /// As `Published`, for channels of another name space.
    PublishedApart { message: Bytes },
}

/// Why something is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cause {
    /// Somebody removed it, or its last element.
    Removed,
    /// Its time was over.
    Expired,
    /// Something else took its name.
    Replaced,
}
