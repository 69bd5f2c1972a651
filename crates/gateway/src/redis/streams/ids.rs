//! Ids of entries, as commands give them.

use structures::topic::{Id, NewId};

use super::super::args::Args;
use super::super::error::ErrorReply;

const INVALID: ErrorReply =
    ErrorReply::fixed("ERR Invalid stream ID specified as stream command argument");

/// Reads `1526919030474-55`; `missing` is the sequence of `1526919030474`.
pub(super) fn strict(text: &[u8], missing: u64) -> Result<Id, ErrorReply> {
    parse(text, missing).ok_or(INVALID)
}

pub(super) fn strict_all(args: &mut Args) -> Result<Vec<Id>, ErrorReply> {
    args.rest().iter().map(|id| strict(id, 0)).collect()
}

fn parse(text: &[u8], missing: u64) -> Option<Id> {
    let text = std::str::from_utf8(text).ok()?;
    let (ms, sequence) = match text.split_once('-') {
        Some((ms, sequence)) => (number(ms)?, number(sequence)?),
        None => (number(text)?, missing),
    };
    Some(Id::new(ms, sequence))
}

fn number(text: &str) -> Option<u64> {
    text.bytes().all(|digit| digit.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

/// The id of a new entry: `*`, `1526919030474-*`, or one that is given.
pub(super) fn new(text: &[u8]) -> Result<NewId, ErrorReply> {
    if text == b"*" {
        return Ok(NewId::Now);
    }
    if let Some(ms) = text.strip_suffix(b"-*") {
        let ms = std::str::from_utf8(ms).ok().and_then(number).ok_or(INVALID)?;
        return Ok(NewId::At { ms });
    }
    Ok(NewId::Given(strict(text, 0)?))
}

/// The first id of a range: `-`, one that is given, or the one behind `(1-1`.
pub(super) fn lower(text: &[u8]) -> Result<Id, ErrorReply> {
    match text {
        b"-" => Ok(Id::MIN),
        b"+" => Ok(Id::MAX),
        [b'(', rest @ ..] => {
            let id = strict(rest, 0)?;
            id.next().ok_or(ErrorReply::fixed("ERR invalid start ID for the interval"))
        }
        text => strict(text, 0),
    }
}

/// The last id of a range.
pub(super) fn upper(text: &[u8]) -> Result<Id, ErrorReply> {
    match text {
        b"-" => Ok(Id::MIN),
        b"+" => Ok(Id::MAX),
        [b'(', rest @ ..] => {
            let id = strict(rest, u64::MAX)?;
            id.previous().ok_or(ErrorReply::fixed("ERR invalid end ID for the interval"))
        }
        text => strict(text, u64::MAX),
    }
}
