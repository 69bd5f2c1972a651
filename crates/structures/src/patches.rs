//! Patches: the numbered sources that all members load before they run code.
//!
//! They stand beside the names and not among them: removing all names leaves them alone. The first
//! patch has number 1, and no number is left out.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::answer::Answer;
use crate::encoding;
use crate::kind::count;
use crate::limits;
use crate::refusal::Counted;
use crate::rows;
use crate::view::Direction;
use crate::work::{Reading, Stop, Work, check_count, check_key};

/// Commands of patches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Command {
    /// Adds a patch behind the one numbered `last` (0: there is none). Answers `Integer`, its
    /// number; or `Nothing` when another one is the last.
    Append { name: Bytes, source: Bytes, last: u64 },
    /// Removes all patches behind number `to`. Answers `Integer`: how many.
    RollBack { to: u64 },
}

/// Questions to patches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Query {
    /// All patches, when they changed after this revision. Answers `Patches` or `Nothing`.
    ChangedAfter { revision: u64 },
}

/// All patches.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Log {
    /// The revision that changed them last; 0 when there never was one.
    pub revision: u64,
    /// In the order of their numbers.
    pub patches: Vec<Patch>,
}

/// One source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Patch {
    /// Where it came from, such as the name of a file.
    pub name: Bytes,
    pub source: Bytes,
    /// When it was added, in milliseconds since the Unix epoch.
    pub added_ms: u64,
}

/// What is kept of all patches together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Head {
    revision: u64,
    last: u64,
    /// Of all sources.
    bytes: u64,
}

pub(crate) fn apply(work: &mut Work<'_>, command: &Command) -> Result<Answer, Stop> {
    let head = head(work.reading())?;
    match command {
        Command::Append { last, .. } if *last != head.last => Ok(Answer::Nothing),
        Command::Append { name, source, .. } => append(work, head, name, source),
        Command::RollBack { to } => roll_back(work, head, *to),
    }
}

pub(crate) fn query(reading: Reading<'_>, query: &Query) -> Result<Answer, Stop> {
    let Query::ChangedAfter { revision } = query;
    let head = head(reading)?;
    if head.revision <= *revision {
        return Ok(Answer::Nothing);
    }
    let (from, to) = (rows::patch(1), rows::patch(head.last + 1));
    let found = reading.view.scan(&from, &to, Direction::Up, limits::PATCHES_MAX)?;
    let mut patches = Vec::with_capacity(found.len());
    for (key, value) in found {
        patches.push(encoding::row(&key, &value)?);
    }
    Ok(Answer::Patches(Log { revision: head.revision, patches }))
}

fn head(reading: Reading<'_>) -> Result<Head, Stop> {
    Ok(reading.row(rows::PATCHES)?.unwrap_or_default())
}

fn append(work: &mut Work<'_>, head: Head, name: &Bytes, source: &Bytes) -> Result<Answer, Stop> {
    check_key(name)?;
    check_count(Counted::PatchBytes, source.len(), limits::PATCH_BYTES_MAX)?;
    let (last, bytes) = (head.last + 1, head.bytes + count(source.len()));
    let in_usize = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    check_count(Counted::Patches, in_usize(last), limits::PATCHES_MAX)?;
    check_count(Counted::AllPatchBytes, in_usize(bytes), limits::PATCHES_BYTES_MAX)?;
    let (name, source, added_ms) = (name.clone(), source.clone(), work.now_ms);
    work.put(&rows::patch(last), &Patch { name, source, added_ms });
    save(work, Head { last, bytes, ..head });
    Ok(Answer::count(last))
}

fn roll_back(work: &mut Work<'_>, head: Head, to: u64) -> Result<Answer, Stop> {
    if to >= head.last {
        return Ok(Answer::Integer(0));
    }
    let mut bytes = head.bytes;
    for number in to + 1..=head.last {
        let key = rows::patch(number);
        if let Some(Patch { source, .. }) = work.row(&key)? {
            bytes -= count(source.len());
        }
        work.delete(&key);
    }
    save(work, Head { last: to, bytes, ..head });
    Ok(Answer::count(head.last - to))
}

fn save(work: &mut Work<'_>, head: Head) {
    let revision = work.revision;
    work.put(rows::PATCHES, &Head { revision, ..head });
}
