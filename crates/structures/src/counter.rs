//! Counters: integers of 64 bits by name.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::answer::Answer;
use crate::kind::{Body, Kind};
use crate::notice::Event;
use crate::refusal::Refusal;
use crate::work::{Reading, Stop, Work};

/// Commands of counters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Command {
    /// Answers `Integer`: the sum. A counter that is not there counts as 0.
    Add { name: Bytes, by: i64 },
    /// Answers `Integer`: what it was.
    Set { name: Bytes, value: i64 },
    /// Sets the value when it is `expected`. Answers `Flag`.
    CompareAndSet { name: Bytes, expected: i64, value: i64 },
}

/// Questions to counters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Query {
    /// Answers `Integer`, or `Nothing` when it is not there.
    Get { name: Bytes },
}

pub(crate) fn apply(work: &mut Work<'_>, command: &Command) -> Result<Answer, Stop> {
    match command {
        Command::Add { name, by } => {
            let old = value(work.reading(), name)?.unwrap_or(0);
            let sum = old.checked_add(*by).ok_or(Refusal::Overflow)?;
            set(work, name, sum)?;
            Ok(Answer::Integer(sum))
        }
        Command::Set { name, value: new } => {
            let old = value(work.reading(), name)?.unwrap_or(0);
            set(work, name, *new)?;
            Ok(Answer::Integer(old))
        }
        Command::CompareAndSet { name, expected, value: new } => {
            let is_expected = value(work.reading(), name)?.unwrap_or(0) == *expected;
            if is_expected {
                set(work, name, *new)?;
            }
            Ok(Answer::Flag(is_expected))
        }
    }
}

pub(crate) fn query(reading: Reading<'_>, query: &Query) -> Result<Answer, Stop> {
    let Query::Get { name } = query;
    Ok(value(reading, name)?.map_or(Answer::Nothing, Answer::Integer))
}

fn value(reading: Reading<'_>, name: &Bytes) -> Result<Option<i64>, Stop> {
    let header = reading.find(name, Kind::Counter)?;
    Ok(header.and_then(|header| match header.body {
        Body::Counter(value) => Some(value),
        _ => None,
    }))
}

fn set(work: &mut Work<'_>, name: &Bytes, value: i64) -> Result<(), Stop> {
    let mut header = match work.find(name, Kind::Counter)? {
        Some(header) => header,
        None => work.create(name, Body::Counter(0))?,
    };
    header.body = Body::Counter(value);
    work.save_with(name, &mut header, Event::Changed);
    Ok(())
}
