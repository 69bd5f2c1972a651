//! Sets.

use bytes::Bytes;
use structures::set::{Combination, Command, Query};

use super::args::Args;
use super::command::{ALL_KEYS, Action, NO_KEYS, ONE_KEY, Spec, read, reads, write, writes};
use super::error::ErrorReply;
use super::lists::numbered;
use super::shape::Shape;
use super::shared::Desk;
use super::{args, scan};

pub(super) const COMMANDS: &[Spec] = &[
    writes("sadd", -3, ONE_KEY, |args, _| {
        let name = args.bytes()?;
        write(Command::Add { name, members: args.rest() }, Shape::Integer)
    }),
    reads("scard", 2, ONE_KEY, |args, _| read(Query::Len { name: args.bytes()? }, Shape::Integer)),
    reads("sdiff", -2, ALL_KEYS, |args, _| combine(args, Combination::Difference)),
    writes("sdiffstore", -3, ALL_KEYS, |args, _| store(args, Combination::Difference)),
    reads("sinter", -2, ALL_KEYS, |args, _| combine(args, Combination::Intersection)),
    reads("sintercard", -3, NO_KEYS, |args, _| {
        let names = inputs(args)?;
        let most = limit(args)?;
        read(Query::IntersectionLen { names, most }, Shape::Integer)
    }),
    writes("sinterstore", -3, ALL_KEYS, |args, _| store(args, Combination::Intersection)),
    reads("sismember", 3, ONE_KEY, |args, _| {
        let (name, members) = (args.bytes()?, args.rest());
        read(Query::Contain { name, members }, Shape::FirstInteger)
    }),
    reads("smembers", 2, ONE_KEY, |args, _| {
        read(Query::Members { name: args.bytes()? }, Shape::BulkSet)
    }),
    reads("smismember", -3, ONE_KEY, |args, _| {
        let (name, members) = (args.bytes()?, args.rest());
        read(Query::Contain { name, members }, Shape::Integers)
    }),
    writes("smove", 4, (1, 2, 1), |args, _| {
        let (from, to, member) = (args.bytes()?, args.bytes()?, args.bytes()?);
        write(Command::Move { from, to, member }, Shape::Truth)
    }),
    writes("spop", -2, ONE_KEY, |args, desk| {
        let (name, chance) = (args.bytes()?, desk.chance());
        if args.is_empty() {
            return write(Command::Pop { name, count: 1, chance }, Shape::First);
        }
        if args.left() > 1 {
            return Err(ErrorReply::SYNTAX);
        }
        write(Command::Pop { name, count: args.count()?, chance }, Shape::BulkSet)
    }),
    reads("srandmember", -2, ONE_KEY, random),
    writes("srem", -3, ONE_KEY, |args, _| {
        let name = args.bytes()?;
        write(Command::Remove { name, members: args.rest() }, Shape::Integer)
    }),
    reads("sscan", -3, ONE_KEY, |args, desk| {
        let name = args.bytes()?;
        let page = scan::page(args, desk, false)?;
        let (after, matching, count) = (page.after, page.matching, page.count);
        read(Query::Scan { name, after, matching, count }, Shape::Page)
    }),
    reads("sunion", -2, ALL_KEYS, |args, _| combine(args, Combination::Union)),
    writes("sunionstore", -3, ALL_KEYS, |args, _| store(args, Combination::Union)),
];

fn combine(args: &mut Args, combination: Combination) -> Result<Action, ErrorReply> {
    read(Query::Combine { combination, names: args.rest() }, Shape::BulkSet)
}

fn store(args: &mut Args, combination: Combination) -> Result<Action, ErrorReply> {
    let to = args.bytes()?;
    write(Command::Store { to, combination, names: args.rest() }, Shape::Integer)
}

/// A number of names, and as many names.
fn inputs(args: &mut Args) -> Result<Vec<Bytes>, ErrorReply> {
    let count = args::integer(args.as_slice().first().map_or(&b""[..], |count| count));
    let left = i64::try_from(args.left()).unwrap_or(i64::MAX);
    if count.is_some_and(|count| count >= left) {
        return Err(ErrorReply::fixed("ERR Number of keys can't be greater than number of args"));
    }
    numbered(args)
}

/// `LIMIT 3` at the end; 0 without it.
pub(super) fn limit(args: &mut Args) -> Result<u64, ErrorReply> {
    let mut most = 0;
    while !args.is_empty() {
        if args.left() < 2 || !args.takes("limit") {
            return Err(ErrorReply::SYNTAX);
        }
        let negative = ErrorReply::fixed("ERR LIMIT can't be negative");
        most = args.count().map_err(|_| negative)?;
    }
    Ok(most)
}

fn random(args: &mut Args, desk: &Desk<'_>) -> Result<Action, ErrorReply> {
    let (name, chance) = (args.bytes()?, desk.chance());
    if args.is_empty() {
        return read(Query::Random { name, count: None, chance }, Shape::First);
    }
    if args.left() > 1 {
        return Err(ErrorReply::SYNTAX);
    }
    read(Query::Random { name, count: Some(args.integer()?), chance }, Shape::Bulks)
}
