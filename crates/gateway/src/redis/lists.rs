//! Lists; what pushes, pops and counts works on queues too.

use bytes::Bytes;
use structures::list::{Command, End, PositionOptions, Query, Side};

use super::args::Args;
use super::block::{self, Attempt};
use super::command::{Action, Keys, NO_KEYS, ONE_KEY, Spec, read, reads, write, writes};
use super::error::ErrorReply;
use super::shape::Shape;
use super::shared::Desk;

const ALL_BUT_LAST: Keys = (1, -2, 1);

pub(super) const COMMANDS: &[Spec] = &[
    writes("blmove", 6, (1, 2, 1), |args, _| {
        let moved = Moved::parse(args)?;
        let timeout_ms = block::timeout(args)?;
        moved.block(timeout_ms)
    }),
    writes("blmpop", -5, NO_KEYS, |args, _| {
        let timeout_ms = block::timeout(args)?;
        let (names, end, count) = pop_first(args)?;
        block::action(names, Attempt::PopList { end, count }, Shape::PoppedMany, timeout_ms)
    }),
    writes("blpop", -3, ALL_BUT_LAST, |args, _| blocking_pop(args, End::Front)),
    writes("brpop", -3, ALL_BUT_LAST, |args, _| blocking_pop(args, End::Back)),
    writes("brpoplpush", 4, (1, 2, 1), |args, _| {
        let moved = Moved::back_to_front(args)?;
        let timeout_ms = block::timeout(args)?;
        moved.block(timeout_ms)
    }),
    reads("lindex", 3, ONE_KEY, |args, _| {
        let (name, index) = (args.bytes()?, args.integer()?);
        read(Query::At { name, index }, Shape::Bulk)
    }),
    writes("linsert", 5, ONE_KEY, |args, _| {
        let name = args.bytes()?;
        let side = if args.takes("before") {
            Side::Before
        } else if args.takes("after") {
            Side::After
        } else {
            return Err(ErrorReply::SYNTAX);
        };
        let (pivot, value) = (args.bytes()?, args.bytes()?);
        write(Command::Insert { name, side, pivot, value }, Shape::Integer)
    }),
    reads("llen", 2, ONE_KEY, |args, _| read(Query::Len { name: args.bytes()? }, Shape::Integer)),
    writes("lmove", 5, (1, 2, 1), |args, _| Moved::parse(args)?.write()),
    writes("lmpop", -4, NO_KEYS, |args, _| {
        let (names, end, count) = pop_first(args)?;
        write(Command::PopFirst { names, end, count }, Shape::PoppedMany)
    }),
    writes("lpop", -2, ONE_KEY, |args, desk| pop(args, desk, End::Front)),
    reads("lpos", -3, ONE_KEY, positions),
    writes("lpush", -3, ONE_KEY, |args, _| push(args, End::Front, false)),
    writes("lpushx", -3, ONE_KEY, |args, _| push(args, End::Front, true)),
    reads("lrange", 4, ONE_KEY, |args, _| {
        let (name, from, to) = (args.bytes()?, args.integer()?, args.integer()?);
        read(Query::Range { name, from, to }, Shape::Bulks)
    }),
    writes("lrem", 4, ONE_KEY, |args, _| {
        let (name, count, value) = (args.bytes()?, args.integer()?, args.bytes()?);
        write(Command::Remove { name, value, count }, Shape::Integer)
    }),
    writes("lset", 4, ONE_KEY, |args, _| {
        let (name, index, value) = (args.bytes()?, args.integer()?, args.bytes()?);
        write(Command::Set { name, index, value }, Shape::Ok)
    }),
    writes("ltrim", 4, ONE_KEY, |args, _| {
        let (name, from, to) = (args.bytes()?, args.integer()?, args.integer()?);
        write(Command::Trim { name, from, to }, Shape::Ok)
    }),
    writes("rpop", -2, ONE_KEY, |args, desk| pop(args, desk, End::Back)),
    writes("rpoplpush", 3, (1, 2, 1), |args, _| Moved::back_to_front(args)?.write()),
    writes("rpush", -3, ONE_KEY, |args, _| push(args, End::Back, false)),
    writes("rpushx", -3, ONE_KEY, |args, _| push(args, End::Back, true)),
];

fn push(args: &mut Args, end: End, only_existing: bool) -> Result<Action, ErrorReply> {
    let name = args.bytes()?;
    write(Command::Push { name, end, values: args.rest(), only_existing }, Shape::Integer)
}

fn pop(args: &mut Args, desk: &Desk<'_>, end: End) -> Result<Action, ErrorReply> {
    let name = args.bytes()?;
    if args.is_empty() {
        return write(Command::Pop { name, end, count: 1 }, Shape::First);
    }
    if args.left() > 1 {
        return Err(ErrorReply::arity(desk.name));
    }
    write(Command::Pop { name, end, count: args.count()? }, Shape::BulksOrNil)
}

fn blocking_pop(args: &mut Args, end: End) -> Result<Action, ErrorReply> {
    let names = args.many(args.left().saturating_sub(1)).ok_or(ErrorReply::SYNTAX)?;
    let timeout_ms = block::timeout(args)?;
    block::action(names, Attempt::PopList { end, count: 1 }, Shape::Popped, timeout_ms)
}

/// Reads `2 one two LEFT COUNT 3`.
fn pop_first(args: &mut Args) -> Result<(Vec<Bytes>, End, u64), ErrorReply> {
    let names = numbered(args)?;
    let end = end(args)?;
    let count = count_option(args)?;
    Ok((names, end, count))
}

/// A number of names, and as many names.
pub(super) fn numbered(args: &mut Args) -> Result<Vec<Bytes>, ErrorReply> {
    let positive = ErrorReply::fixed("ERR numkeys should be greater than 0");
    let count = super::args::integer(&args.bytes()?).filter(|count| *count > 0);
    let count = usize::try_from(count.ok_or(positive)?).unwrap_or(usize::MAX);
    args.many(count).ok_or(ErrorReply::SYNTAX)
}

/// `COUNT 3` at the end, 1 without it.
pub(super) fn count_option(args: &mut Args) -> Result<u64, ErrorReply> {
    if args.is_empty() {
        return Ok(1);
    }
    if !args.takes("count") {
        return Err(ErrorReply::SYNTAX);
    }
    let positive = ErrorReply::fixed("ERR count should be greater than 0");
    let count = super::args::integer(&args.bytes()?).filter(|count| *count > 0);
    let count = count.ok_or(positive)?.unsigned_abs();
    args.end()?;
    Ok(count)
}

fn end(args: &mut Args) -> Result<End, ErrorReply> {
    if args.takes("left") {
        Ok(End::Front)
    } else if args.takes("right") {
        Ok(End::Back)
    } else {
        Err(ErrorReply::SYNTAX)
    }
}

/// An element on its way from one list to another.
struct Moved {
    from: Bytes,
    to: Bytes,
    from_end: End,
    to_end: End,
}

impl Moved {
    fn parse(args: &mut Args) -> Result<Self, ErrorReply> {
        let (from, to) = (args.bytes()?, args.bytes()?);
        let (from_end, to_end) = (end(args)?, end(args)?);
        Ok(Self { from, to, from_end, to_end })
    }

    fn back_to_front(args: &mut Args) -> Result<Self, ErrorReply> {
        let (from, to) = (args.bytes()?, args.bytes()?);
        Ok(Self { from, to, from_end: End::Back, to_end: End::Front })
    }

    fn write(self) -> Result<Action, ErrorReply> {
        let Self { from, to, from_end, to_end } = self;
        write(Command::Move { from, from_end, to, to_end }, Shape::Bulk)
    }

    fn block(self, timeout_ms: Option<u64>) -> Result<Action, ErrorReply> {
        let Self { from, to, from_end, to_end } = self;
        let attempt = Attempt::Move { from_end, to, to_end };
        block::action(vec![from], attempt, Shape::Bulk, timeout_ms)
    }
}

fn positions(args: &mut Args, _: &Desk<'_>) -> Result<Action, ErrorReply> {
    let (name, value) = (args.bytes()?, args.bytes()?);
    let (mut rank, mut count, mut visited_max) = (1, None, 0);
    while !args.is_empty() {
        if args.takes("rank") {
            rank = args.integer()?;
            if rank == 0 {
                return Err(ErrorReply::fixed(
                    "ERR RANK can't be zero: use 1 to start from the first match, 2 from the \
                     second ... or use negative to start from the end of the list",
                ));
            }
            if rank == i64::MIN {
                return Err(ErrorReply::OUT_OF_RANGE);
            }
        } else if args.left() > 1 && args.takes("count") {
            let negative = ErrorReply::fixed("ERR COUNT can't be negative");
            count = Some(args.count().map_err(|_| negative)?);
        } else if args.left() > 1 && args.takes("maxlen") {
            let negative = ErrorReply::fixed("ERR MAXLEN can't be negative");
            visited_max = args.count().map_err(|_| negative)?;
        } else {
            return Err(ErrorReply::SYNTAX);
        }
    }
    let shape = if count.is_some() { Shape::Integers } else { Shape::FirstInteger };
    let options = PositionOptions { rank, count: count.unwrap_or(1), visited_max };
    read(Query::Positions { name, value, options }, shape)
}
