//! Ranges of sorted sets: by index, by score, by the bytes of the members.

use bytes::Bytes;
use structures::Direction;
use structures::sorted::{Command, LexBound, Query, Range, ScoreBound, Slice};

use super::super::args::{self, Args};
use super::super::command::{Action, read, write};
use super::super::error::ErrorReply;
use super::super::shape::Shape;
use super::members;

/// What the ends of a range mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    Index,
    Score,
    Lex,
}

/// How a range is written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Form {
    pub(super) by: By,
    /// From which end the members are shown; the first bound is that of this end.
    pub(super) direction: Direction,
}

impl Form {
    pub(super) fn range(self, first: &[u8], second: &[u8]) -> Result<Range, ErrorReply> {
        let (from, to) = match self.direction {
            Direction::Down if self.by != By::Index => (second, first),
            _ => (first, second),
        };
        Ok(match self.by {
            By::Index => Range::Index { from: index(from)?, to: index(to)? },
            By::Score => Range::Score { from: score(from)?, to: score(to)? },
            By::Lex => Range::Lex { from: lex(from)?, to: lex(to)? },
        })
    }
}

fn index(text: &[u8]) -> Result<i64, ErrorReply> {
    args::integer(text).ok_or(ErrorReply::NOT_AN_INTEGER)
}

fn score(text: &[u8]) -> Result<ScoreBound, ErrorReply> {
    let not_a_float = ErrorReply::fixed("ERR min or max is not a float");
    match text {
        [b'(', rest @ ..] => args::float(rest).map(ScoreBound::Excluded),
        text => args::float(text).map(ScoreBound::Included),
    }
    .ok_or(not_a_float)
}

fn lex(text: &[u8]) -> Result<LexBound, ErrorReply> {
    match text {
        b"-" => Ok(LexBound::First),
        b"+" => Ok(LexBound::Last),
        [b'(', member @ ..] => Ok(LexBound::Excluded(Bytes::copy_from_slice(member))),
        [b'[', member @ ..] => Ok(LexBound::Included(Bytes::copy_from_slice(member))),
        _ => Err(ErrorReply::fixed("ERR min or max not valid string range item")),
    }
}

/// Reads `key from to`, and the options.
pub(super) fn read_range(
    args: &mut Args,
    form: Form,
    takes_form: bool,
) -> Result<Action, ErrorReply> {
    let name = args.bytes()?;
    let (slice, with_scores) = slice(args, form, (takes_form, true))?;
    read(Query::Range { name, slice }, members(with_scores))
}

/// Reads `to from first last`, and the options.
pub(super) fn store_range(args: &mut Args, form: Form) -> Result<Action, ErrorReply> {
    let (to, from) = (args.bytes()?, args.bytes()?);
    let (slice, _) = slice(args, form, (true, false))?;
    write(Command::StoreRange { to, from, slice }, Shape::Integer)
}

fn slice(
    args: &mut Args,
    mut form: Form,
    (takes_form, shows): (bool, bool),
) -> Result<(Slice, bool), ErrorReply> {
    let (first, second) = (args.bytes()?, args.bytes()?);
    let (mut limit, mut with_scores) = (None, false);
    while !args.is_empty() {
        if shows && args.takes("withscores") {
            with_scores = true;
        } else if args.left() > 2 && args.takes("limit") {
            limit = Some((args.integer()?, args.integer()?));
        } else if takes_form && args.takes("rev") {
            form.direction = Direction::Down;
        } else if takes_form && args.takes("byscore") {
            form.by = By::Score;
        } else if takes_form && args.takes("bylex") {
            form.by = By::Lex;
        } else {
            return Err(ErrorReply::SYNTAX);
        }
    }
    if limit.is_some_and(|(_, count)| count != -1) && form.by == By::Index {
        return Err(ErrorReply::fixed(
            "ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX",
        ));
    }
    if with_scores && form.by == By::Lex {
        return Err(ErrorReply::fixed(
            "ERR syntax error, WITHSCORES not supported in combination with BYLEX",
        ));
    }
    let (offset, count) = limit.unwrap_or((0, -1));
    // Nothing stands behind so many that a negative number leaves out.
    let offset = u64::try_from(offset).unwrap_or(u64::MAX);
    let count = u64::try_from(count).ok();
    let range = form.range(&first, &second)?;
    Ok((Slice { range, direction: form.direction, offset, count }, with_scores))
}
