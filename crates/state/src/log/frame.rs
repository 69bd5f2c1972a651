//! Frames: what one write brings to a file of the log, all of it or nothing.
//!
//! Numbers in big endian. A frame begins at the start of a sector, and takes whole ones:
//!
//! | bytes | what |
//! |--:|---|
//! | 4 | CRC-32 of the salt of the file and all that follows here |
//! | 4 | the length of the changes |
//! | 8 | the number of the frame, one more than that of the frame before |
//! | | the changes, one behind the other |
//!
//! A change begins with its kind:
//!
//! | kind | what follows |
//! |--:|---|
//! | 0, 1, 2 | a record (blank, batch, members): term, leader, index of 8 bytes each, length of 4, body |
//! | 3 | a vote: term and leader of 8 bytes, 1 byte whether it is committed |
//! | 4 | all records from this index on are forgotten: 8 bytes |
//! | 5 | all records up to this one are forgotten: term, leader and index |
//!
//! Nobody who chooses what a body says knows the salt, so no body can pass for a frame.

use bytes::{Buf, BufMut, Bytes};

use super::change::Change;
use super::record::{Payload, Position, Record, Vote};

/// What a disk writes at once, or not at all.
pub(super) const SECTOR_BYTES: usize = 512;

const HEAD_BYTES: usize = 16;
const CHECKSUM_BYTES: usize = 4;

/// Which frame of which file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) salt: u64,
    pub(super) number: u64,
}

/// What lies in a frame.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) changes: Vec<Change>,
    /// How much of the file it takes.
    pub(super) bytes: usize,
}

/// How many bytes the frame of `changes` takes.
pub(super) fn length(changes: &[Change]) -> usize {
    let changes = changes.iter().map(|change| match change {
        Change::Append(records) => records.iter().map(|record| 29 + record.body().len()).sum(),
        Change::Vote(_) => 18,
        Change::Truncate(_) => 9,
        Change::Purge(_) => 25,
    });
    (HEAD_BYTES + changes.sum::<usize>()).next_multiple_of(SECTOR_BYTES)
}

/// Writes the frame of `changes` into `bytes`, in the place of what they hold.
pub(super) fn write(bytes: &mut Vec<u8>, name: Name, changes: &[Change]) {
    bytes.clear();
    bytes.resize(HEAD_BYTES, 0);
    for change in changes {
        write_change(bytes, change);
    }
    let length = u32::try_from(bytes.len() - HEAD_BYTES).expect("a frame has far less than 4 GiB");
    let (checksum, rest) = bytes.split_at_mut(CHECKSUM_BYTES);
    let mut fields = &mut *rest;
    fields.put_u32(length);
    fields.put_u64(name.number);
    checksum.copy_from_slice(&checksum_of(name, rest).to_be_bytes());
    bytes.resize(bytes.len().next_multiple_of(SECTOR_BYTES), 0);
}

fn write_change(bytes: &mut Vec<u8>, change: &Change) {
    match change {
        Change::Append(records) => {
            for record in records {
                bytes.put_u8(record.kind());
                write_position(bytes, record.at);
                let body = record.body();
                bytes.put_u32(u32::try_from(body.len()).expect("an entry has far less than 4 GiB"));
                bytes.put_slice(body);
            }
        }
        Change::Vote(vote) => {
            bytes.put_u8(3);
            bytes.put_u64(vote.term);
            bytes.put_u64(vote.leader);
            bytes.put_u8(u8::from(vote.is_committed));
        }
        Change::Truncate(from) => {
            bytes.put_u8(4);
            bytes.put_u64(*from);
        }
        Change::Purge(upto) => {
            bytes.put_u8(5);
            write_position(bytes, *upto);
        }
    }
}

fn write_position(bytes: &mut Vec<u8>, at: Position) {
    for number in [at.term, at.leader, at.index] {
        bytes.put_u64(number);
    }
}

fn checksum_of(name: Name, rest: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&name.salt.to_be_bytes());
    hasher.update(rest);
    hasher.finalize()
}

/// The frame `name` where `bytes` begin; none when there is no such frame, or not all of it.
///
/// An error says what of a frame that is whole cannot be understood.
pub(super) fn read(bytes: &Bytes, name: Name) -> Result<Option<Frame>, String> {
    let Some(length) = whole(bytes, |number| number == name.number, name.salt) else {
        return Ok(None);
    };
    let mut rest = bytes.slice(HEAD_BYTES..HEAD_BYTES + length);
    let mut changes = Vec::new();
    while !rest.is_empty() {
        let change = read_change(&mut rest).map_err(|reason| format!("a frame has {reason}"))?;
        match (changes.last_mut(), change) {
            (Some(Change::Append(records)), Change::Append(more)) => records.extend(more),
            (_, change) => changes.push(change),
        }
    }
    Ok(Some(Frame { changes, bytes: (HEAD_BYTES + length).next_multiple_of(SECTOR_BYTES) }))
}

/// How many bytes the frame where `bytes` begin says that it takes, when it is the frame `name` or
/// one that follows it.
pub(super) fn claimed(bytes: &[u8], name: Name) -> Option<usize> {
    let mut head = bytes.get(CHECKSUM_BYTES..HEAD_BYTES)?;
    let length = usize::try_from(head.get_u32()).ok()?;
    (head.get_u64() >= name.number).then_some(HEAD_BYTES.saturating_add(length))
}

/// Whether a frame that follows the frame `name`, or is it, is where `bytes` begin.
pub(super) fn follows(bytes: &[u8], name: Name) -> bool {
    whole(bytes, |number| number >= name.number, name.salt).is_some()
}

/// The length of the changes of the frame where `bytes` begin, when all of it is there.
fn whole(bytes: &[u8], is_wanted: impl Fn(u64) -> bool, salt: u64) -> Option<usize> {
    let mut head = bytes;
    let found = head.try_get_u32().ok()?;
    let length = usize::try_from(head.try_get_u32().ok()?).ok()?;
    let number = head.try_get_u64().ok()?;
    let body = bytes.get(CHECKSUM_BYTES..HEAD_BYTES.checked_add(length)?)?;
    let name = Name { salt, number };
    (is_wanted(number) && checksum_of(name, body) == found).then_some(length)
}

fn read_change(rest: &mut Bytes) -> Result<Change, String> {
    let cut = |_| "a change that is cut".to_owned();
    let kind = rest.try_get_u8().map_err(cut)?;
    Ok(match kind {
        0..=2 => {
            let at = read_position(rest).map_err(cut)?;
            let length = usize::try_from(rest.try_get_u32().map_err(cut)?).unwrap_or(usize::MAX);
            if length > rest.len() {
                return Err(format!("{} bytes where a body has {length}", rest.len()));
            }
            let body = rest.split_to(length);
            let payload = match kind {
                0 => Payload::Blank,
                1 => Payload::Batch(body),
                _ => Payload::Members(body),
            };
            Change::Append(vec![Record { at, payload }])
        }
        3 => Change::Vote(Vote {
            term: rest.try_get_u64().map_err(cut)?,
            leader: rest.try_get_u64().map_err(cut)?,
            is_committed: rest.try_get_u8().map_err(cut)? != 0,
        }),
        4 => Change::Truncate(rest.try_get_u64().map_err(cut)?),
        5 => Change::Purge(read_position(rest).map_err(cut)?),
        kind => return Err(format!("a change of the unknown kind {kind}")),
    })
}

fn read_position(rest: &mut Bytes) -> Result<Position, bytes::TryGetError> {
    let (term, leader) = (rest.try_get_u64()?, rest.try_get_u64()?);
    Ok(Position { term, leader, index: rest.try_get_u64()? })
}
