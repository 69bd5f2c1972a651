//! Scans: a number that a client brings back stands for the place where a page ended.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::args::Args;
use super::command::Action;
use super::error::ErrorReply;
use super::reply::Reply;
use super::shared::Desk;
use crate::limits;

/// The places where pages ended; the oldest are forgotten first.
#[derive(Debug)]
pub(super) struct Cursors {
    places: BTreeMap<u64, Bytes>,
    bytes: usize,
    next: u64,
}

impl Default for Cursors {
    fn default() -> Self {
        Self { places: BTreeMap::new(), bytes: 0, next: 1 }
    }
}

impl Cursors {
    pub(super) fn keep(&mut self, place: &[u8]) -> u64 {
        let cursor = self.next;
        self.next += 1;
        self.bytes += place.len();
        self.places.insert(cursor, Bytes::copy_from_slice(place));
        while self.places.len() > limits::CURSORS_MAX || self.bytes > limits::CURSOR_BYTES_MAX {
            let Some((_, oldest)) = self.places.pop_first() else { break };
            self.bytes -= oldest.len();
        }
        cursor
    }

    pub(super) fn place(&self, cursor: u64) -> Option<Bytes> {
        self.places.get(&cursor).cloned()
    }
}

/// What a scan asks for.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) after: Option<Bytes>,
    pub(super) matching: Option<Bytes>,
    pub(super) kind: Option<Bytes>,
    pub(super) count: u64,
}

/// Reads the cursor and the options of a scan.
pub(super) fn page(
    args: &mut Args,
    desk: &Desk<'_>,
    takes_kind: bool,
) -> Result<Wanted, ErrorReply> {
    let after = after(&args.bytes()?, desk)?;
    let mut page = Wanted { after, matching: None, kind: None, count: 10 };
    while !args.is_empty() {
        if args.takes("count") {
            let count = args.integer()?;
            page.count = u64::try_from(count).unwrap_or(0);
            if page.count == 0 {
                return Err(ErrorReply::SYNTAX);
            }
        } else if args.takes("match") {
            page.matching = Some(args.bytes()?).filter(|pattern| pattern.as_ref() != b"*");
        } else if takes_kind && args.takes("type") {
            page.kind = Some(args.bytes()?);
        } else {
            return Err(ErrorReply::SYNTAX);
        }
    }
    Ok(page)
}

fn after(cursor: &[u8], desk: &Desk<'_>) -> Result<Option<Bytes>, ErrorReply> {
    let number = std::str::from_utf8(cursor).ok().and_then(|cursor| cursor.parse().ok());
    match number.ok_or(ErrorReply::fixed("ERR invalid cursor"))? {
        0 => Ok(None),
        number => desk.place(number).map(Some).ok_or(ErrorReply::fixed(
            "ERR invalid cursor: it belongs to another node or was not used for long; begin at 0",
        )),
    }
}

/// A page without anything behind it.
pub(super) fn nothing() -> Action {
    Action::Reply(Reply::Array(vec![Reply::text("0"), Reply::Array(Vec::new())]))
}
