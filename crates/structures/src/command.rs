//! Commands and questions of all structures, as they travel between nodes and lie in the log.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::encoding::{self, DecodeError, Pieces};
use crate::limits;
use crate::refusal::{Counted, Refusal};
use crate::session::RequestId;
use crate::work::check_count;
use crate::{
    counter, flake, list, lock, map, names, patches, queue, session, set, settings, sorted, topic,
};

/// A command, and what makes it the same one when it is sent again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// Without one, sending it again may do it again.
    pub id: Option<RequestId>,
    pub command: Command,
}

/// What changes the state.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Command {
    Names(names::Command),
    Map(map::Command),
    List(list::Command),
    Set(set::Command),
    Sorted(sorted::Command),
    Queue(queue::Command),
    Topic(topic::Command),
    Lock(lock::Command),
    Counter(counter::Command),
    Flake(flake::Command),
    Transaction(Transaction),
    Session(session::Command),
    /// Ends what is due at the stamp; the leader proposes it at the next deadline. Answers
    /// `Integer`: how many things ended.
    Expire,
    Patches(patches::Command),
    Settings(settings::Command),
}

/// What reads the state.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Query {
    Names(names::Query),
    Map(map::Query),
    List(list::Query),
    Set(set::Query),
    Sorted(sorted::Query),
    Queue(queue::Query),
    Topic(topic::Query),
    Lock(lock::Query),
    Counter(counter::Query),
    Patches(patches::Query),
    Settings(settings::Query),
}

/// Operations that are applied together: nothing comes between them, and later ones see what
/// earlier ones did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Transaction {
    /// Unless all hold, nothing is done, and the answer is `Aborted`.
    pub conditions: Vec<Condition>,
    pub operations: Vec<Operation>,
    pub on_refusal: OnRefusal,
}

/// One operation of a transaction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Operation {
    Write(Command),
    Read(Query),
}

/// What a refused operation means for the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum OnRefusal {
    /// Nothing is done at all; the answer is `Undone`.
    Undo,
    /// The others are done, as in Redis.
    Continue,
}

/// What must hold for a transaction to be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Condition {
    /// The name was last changed by this revision; none: it does not exist.
    Revision { name: Bytes, revision: Option<u64> },
    /// The entry of a map was last changed by this revision; none: it does not exist.
    EntryRevision { map: Bytes, key: Bytes, revision: Option<u64> },
    /// The entry has this value; none: it does not exist.
    EntryValue { map: Bytes, key: Bytes, value: Option<Bytes> },
}

impl Request {
    /// Writes the request for the log or the wire.
    ///
    /// # Errors
    ///
    /// [`Refusal::TooMany`] when the bytes are more than [`limits::COMMAND_BYTES_MAX`].
    pub fn encode(&self) -> Result<Bytes, Refusal> {
        let bytes = encoding::encode(self);
        check_count(Counted::CommandBytes, bytes.len(), limits::COMMAND_BYTES_MAX)?;
        Ok(bytes)
    }

    /// Reads what [`Request::encode`] wrote; keys and values may share its memory.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] when the bytes are no request of a version that this program reads.
    pub fn decode(bytes: &Bytes) -> Result<Self, DecodeError> {
        encoding::decode_shared(bytes)
    }

    /// Reads what [`Request::encode`] wrote, when it comes from outside of the cluster.
    ///
    /// A transaction within a transaction is refused before it is read: it is the one command that
    /// holds others, and reading it takes as much stack as whoever wrote it wants.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] as in [`Request::decode`], and when a transaction holds another one, or more
    /// than a transaction can hold.
    pub fn decode_shallow(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut pieces = Pieces::of(encoding::VERSION, bytes)?;
        let id = pieces.read()?;
        let command = match pieces.peek()? {
            TRANSACTION => {
                let _: u32 = pieces.read()?;
                Transaction::decode_shallow(&mut pieces)?.into()
            }
            _ => pieces.read()?,
        };
        pieces.end()?;
        Ok(Self { id, command })
    }
}

impl Transaction {
    /// Refuses what has more parts than a transaction can have.
    ///
    /// # Errors
    ///
    /// [`Refusal::TooMany`] operations or conditions.
    pub fn check(&self) -> Result<(), Refusal> {
        let (operations, conditions) = (self.operations.len(), self.conditions.len());
        check_count(Counted::Operations, operations, limits::TRANSACTION_OPERATIONS_MAX)?;
        check_count(Counted::Conditions, conditions, limits::TRANSACTION_CONDITIONS_MAX)
    }

    fn decode_shallow(pieces: &mut Pieces<'_>) -> Result<Self, DecodeError> {
        check_parts(pieces.peek()?, limits::TRANSACTION_CONDITIONS_MAX)?;
        let conditions = pieces.read()?;
        let count = pieces.read()?;
        check_parts(count, limits::TRANSACTION_OPERATIONS_MAX)?;
        let mut operations = Vec::new();
        for _ in 0..count {
            if pieces.peek::<(u32, u32)>()? == (WRITE, TRANSACTION) {
                return Err(DecodeError::Nested);
            }
            operations.push(pieces.read()?);
        }
        Ok(Self { conditions, operations, on_refusal: pieces.read()? })
    }
}

fn check_parts(count: u64, max: usize) -> Result<(), DecodeError> {
    match usize::try_from(count) {
        Ok(few) if few <= max => Ok(()),
        _ => Err(DecodeError::Parts { count, max }),
    }
}

/// The place of [`Command::Transaction`] among the commands, as it is written.
const TRANSACTION: u32 = 10;

/// The place of [`Operation::Write`] among the operations, as it is written.
const WRITE: u32 = 0;

macro_rules! of_structures {
    ($whole:ident: $($variant:ident($part:ty)),* $(,)?) => {$(
        impl From<$part> for $whole {
            fn from(part: $part) -> Self {
                Self::$variant(part)
            }
        }
    )*};
}

of_structures!(Command:
    Names(names::Command),
    Map(map::Command),
    List(list::Command),
    Set(set::Command),
    Sorted(sorted::Command),
    Queue(queue::Command),
    Topic(topic::Command),
    Lock(lock::Command),
    Counter(counter::Command),
    Flake(flake::Command),
    Transaction(Transaction),
    Session(session::Command),
    Patches(patches::Command),
    Settings(settings::Command),
);

of_structures!(Query:
    Names(names::Query),
    Map(map::Query),
    List(list::Query),
    Set(set::Query),
    Sorted(sorted::Query),
    Queue(queue::Query),
    Topic(topic::Query),
    Lock(lock::Query),
    Counter(counter::Query),
    Patches(patches::Query),
    Settings(settings::Query),
);

#[cfg(test)]
mod tests;
