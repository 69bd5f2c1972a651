//! Commands that wait until there is something for them.

use bytes::Bytes;
use structures::{Answer, Direction, Operation, list, sorted, topic};

use super::args::Args;
use super::command::{Action, Data};
use super::error::ErrorReply;
use super::hub::Lane;
use super::shape::Shape;

/// A command that is tried, and tried again when one of its names has grown.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) names: Vec<Bytes>,
    pub(super) attempt: Attempt,
    pub(super) shape: Shape,
    /// None: it waits for ever.
    pub(super) timeout_ms: Option<u64>,
}

/// What is tried.
#[derive(Debug, Clone)]
pub(super) enum Attempt {
    PopList { end: list::End, count: u64 },
    PopSorted { direction: Direction, count: u64 },
    Move { from_end: list::End, to: Bytes, to_end: list::End },
    Read { topics: Vec<(Bytes, Start)>, count: Option<u64> },
    ReadGroup(GroupRead),
}

/// Where the reading of a topic starts.
#[derive(Debug, Clone, Copy)]
pub(super) enum Start {
    After(topic::Id),
    /// Behind what there is when the command comes.
    Now,
}

/// A consumer that reads for its group.
#[derive(Debug, Clone)]
pub(super) struct GroupRead {
    pub(super) group: Bytes,
    pub(super) consumer: Bytes,
    pub(super) topics: Vec<(Bytes, topic::From)>,
    pub(super) options: topic::ReadOptions,
}

impl Block {
    /// The operation that may bring something, from all names or from one that has grown.
    pub(super) fn operation(&self, only: Option<&Bytes>) -> Operation {
        let is_meant = |name: &Bytes| only.is_none_or(|only| only == name);
        let names = || self.names.iter().filter(|name| is_meant(name)).cloned().collect();
        match &self.attempt {
            Attempt::PopList { end, count } => {
                let (end, count) = (*end, *count);
                Operation::Write(list::Command::PopFirst { names: names(), end, count }.into())
            }
            Attempt::PopSorted { direction, count } => {
                let (direction, count) = (*direction, *count);
                let pop = sorted::Command::PopFirst { names: names(), direction, count };
                Operation::Write(pop.into())
            }
            Attempt::Move { from_end, to, to_end } => {
                let from = self.names.first().cloned().unwrap_or_default();
                let (from_end, to, to_end) = (*from_end, to.clone(), *to_end);
                Operation::Write(list::Command::Move { from, from_end, to, to_end }.into())
            }
            Attempt::Read { topics, count } => {
                let meant = topics.iter().filter(|(name, _)| is_meant(name));
                let after = |start: &Start| match start {
                    Start::After(id) => *id,
                    // Nothing is behind the largest id: there is nothing yet.
                    Start::Now => topic::Id::MAX,
                };
                let topics = meant.map(|(name, start)| (name.clone(), after(start))).collect();
                Operation::Read(topic::Query::Read { topics, count: *count }.into())
            }
            Attempt::ReadGroup(GroupRead { group, consumer, topics, options }) => {
                let (group, consumer) = (group.clone(), consumer.clone());
                let meant = topics.iter().filter(|(name, _)| is_meant(name));
                let topics = meant.cloned().collect();
                let options = *options;
                let read = topic::Command::ReadGroup { group, consumer, topics, options };
                Operation::Write(read.into())
            }
        }
    }

    /// The same without waiting, as it is done in a transaction.
    pub(super) fn at_once(self) -> Data {
        Data { operation: self.operation(None), shape: self.shape }
    }

    /// With whom it waits in one line.
    pub(super) fn lane(&self) -> Lane {
        match &self.attempt {
            Attempt::PopList { .. } | Attempt::Move { .. } => Lane::List,
            Attempt::PopSorted { .. } => Lane::SortedSet,
            Attempt::Read { .. } => Lane::Shared,
            // A copy: it must not keep alive what the connection read it from.
            Attempt::ReadGroup(read) => Lane::Group(Bytes::copy_from_slice(&read.group)),
        }
    }

    /// Whether a consumer of a group waits.
    pub(super) fn is_of_group(&self) -> bool {
        matches!(self.attempt, Attempt::ReadGroup(_))
    }

    /// The topics whose last id must be known before it can wait.
    pub(super) fn open_starts(&mut self) -> impl Iterator<Item = (&Bytes, &mut Start)> {
        let topics = match &mut self.attempt {
            Attempt::Read { topics, .. } => topics.as_mut_slice(),
            _ => &mut [],
        };
        let open_starts = topics.iter_mut().filter(|(_, start)| matches!(start, Start::Now));
        open_starts.map(|(name, start)| (&*name, start))
    }
}

/// Whether an attempt brought nothing.
pub(super) fn is_nothing(answer: &Answer) -> bool {
    match answer {
        Answer::Nothing => true,
        Answer::Logs(logs) => logs.is_empty(),
        _ => false,
    }
}

/// A time-out in seconds, with a fraction; 0 is none.
pub(super) fn timeout(args: &mut Args) -> Result<Option<u64>, ErrorReply> {
    let not_a_float = ErrorReply::fixed("ERR timeout is not a float or out of range");
    let seconds = super::args::float(&args.bytes()?).ok_or(not_a_float)?;
    if seconds < 0.0 {
        return Err(ErrorReply::fixed("ERR timeout is negative"));
    }
    let too_long = ErrorReply::fixed("ERR timeout is out of range");
    let duration = std::time::Duration::try_from_secs_f64(seconds).map_err(|_| too_long.clone())?;
    let ms = duration.as_nanos().div_ceil(1_000_000);
    let ms = i64::try_from(ms).map_err(|_| too_long)?.unsigned_abs();
    Ok((ms > 0).then_some(ms))
}

pub(super) fn action(
    names: Vec<Bytes>,
    attempt: Attempt,
    shape: Shape,
    timeout_ms: Option<u64>,
) -> Result<Action, ErrorReply> {
    Ok(Action::Block(Block { names, attempt, shape, timeout_ms }))
}
