//! Commands for names of any kind.

use structures::names::{Command, Query};
use structures::{Kind, Ttl};

use super::args::{Args, integer};
use super::command::{
    ALL_KEYS, Action, NO_KEYS, ONE_KEY, Spec, order, other, read, reads, write, writes,
};
use super::error::ErrorReply;
use super::order::Order;
use super::shape::{From, Shape, Unit, kind_name};
use super::shared::Desk;
use super::{scan, time};

pub(super) const COMMANDS: &[Spec] = &[
    writes("copy", -3, (1, 2, 1), copy),
    writes("del", -2, ALL_KEYS, delete),
    reads("exists", -2, ALL_KEYS, exist),
    writes("expire", -3, ONE_KEY, |args, desk| expire(args, desk, (1000, From::Now))),
    writes("expireat", -3, ONE_KEY, |args, desk| expire(args, desk, (1000, From::Epoch))),
    reads("expiretime", 2, ONE_KEY, |args, _| deadline(args, Unit::Seconds, From::Epoch)),
    reads("keys", 2, NO_KEYS, |args, _| {
        let matching = Some(args.bytes()?).filter(|pattern| pattern.as_ref() != b"*");
        read(Query::All { matching }, Shape::Names)
    }),
    writes("move", 3, ONE_KEY, |args, _| {
        args.bytes()?;
        // There is one database, and nothing can be moved to where it is.
        Err(match integer(&args.bytes()?) {
            Some(0) => ErrorReply::fixed("ERR source and destination objects are the same"),
            Some(_) => ErrorReply::fixed("ERR DB index is out of range"),
            None => ErrorReply::NOT_AN_INTEGER,
        })
    }),
    writes("persist", 2, ONE_KEY, |args, _| {
        write(Command::Persist { name: args.bytes()? }, Shape::Truth)
    }),
    writes("pexpire", -3, ONE_KEY, |args, desk| expire(args, desk, (1, From::Now))),
    writes("pexpireat", -3, ONE_KEY, |args, desk| expire(args, desk, (1, From::Epoch))),
    reads("pexpiretime", 2, ONE_KEY, |args, _| deadline(args, Unit::Milliseconds, From::Epoch)),
    reads("pttl", 2, ONE_KEY, |args, _| deadline(args, Unit::Milliseconds, From::Now)),
    reads("randomkey", 1, NO_KEYS, |_, desk| {
        read(Query::Random { chance: desk.chance() }, Shape::FirstName)
    }),
    writes("rename", 3, (1, 2, 1), |args, _| rename(args, false)),
    writes("renamenx", 3, (1, 2, 1), |args, _| rename(args, true)),
    reads("scan", -2, NO_KEYS, scan_names),
    reads("touch", -2, ALL_KEYS, exist),
    reads("ttl", 2, ONE_KEY, |args, _| deadline(args, Unit::Seconds, From::Now)),
    reads("type", 2, ONE_KEY, |args, _| read(Query::Kind { name: args.bytes()? }, Shape::Kind)),
    writes("unlink", -2, ALL_KEYS, delete),
    other("wait", 3, |args, _| {
        let (_, timeout) = (args.integer()?, args.integer()?);
        if timeout < 0 {
            return Err(ErrorReply::fixed("ERR timeout is negative"));
        }
        order(Order::Wait)
    }),
];

fn delete(args: &mut Args, _: &Desk<'_>) -> Result<Action, ErrorReply> {
    write(Command::Delete { names: args.rest() }, Shape::Integer)
}

fn exist(args: &mut Args, _: &Desk<'_>) -> Result<Action, ErrorReply> {
    read(Query::Exist { names: args.rest() }, Shape::Integer)
}

fn copy(args: &mut Args, _: &Desk<'_>) -> Result<Action, ErrorReply> {
    let (from, to) = (args.bytes()?, args.bytes()?);
    let mut replace = false;
    while !args.is_empty() {
        if args.takes("replace") {
            replace = true;
        } else if args.takes("db") {
            if args.database()? != 0 {
                return Err(ErrorReply::fixed("ERR DB index is out of range"));
            }
        } else {
            return Err(ErrorReply::SYNTAX);
        }
    }
    if from == to {
        return Err(ErrorReply::fixed("ERR source and destination objects are the same"));
    }
    write(Command::Copy { from, to, replace }, Shape::Truth)
}

fn rename(args: &mut Args, only_if_free: bool) -> Result<Action, ErrorReply> {
    let (from, to) = (args.bytes()?, args.bytes()?);
    let shape = if only_if_free { Shape::Truth } else { Shape::Ok };
    write(Command::Rename { from, to, only_if_free }, shape)
}

fn expire(
    args: &mut Args,
    desk: &Desk<'_>,
    (unit_ms, from): (i64, From),
) -> Result<Action, ErrorReply> {
    let (name, given) = (args.bytes()?, args.bytes()?);
    let condition = time::condition(args)?;
    let given = integer(&given).ok_or(ErrorReply::NOT_AN_INTEGER)?;
    let wrong = || ErrorReply::expire_time(desk.name);
    let ms = given.checked_mul(unit_ms).ok_or_else(wrong)?;
    let ttl = if from == From::Now {
        let now_ms = i64::try_from(desk.now_ms()).unwrap_or(i64::MAX);
        ms.checked_add(now_ms).ok_or_else(wrong)?;
        Ttl::After { ms }
    } else {
        Ttl::At { ms }
    };
    write(Command::Expire { name, ttl, condition }, Shape::Truth)
}

fn deadline(args: &mut Args, unit: Unit, from: From) -> Result<Action, ErrorReply> {
    read(Query::Deadline { name: args.bytes()? }, Shape::Deadline(unit, from))
}

fn scan_names(args: &mut Args, desk: &Desk<'_>) -> Result<Action, ErrorReply> {
    let page = scan::page(args, desk, true)?;
    let kind = match &page.kind {
        None => None,
        Some(wanted) => match KINDS.iter().find(|kind| is_named(**kind, wanted)) {
            Some(kind) => Some(*kind),
            None => return Ok(scan::nothing()),
        },
    };
    let (after, matching, count) = (page.after, page.matching, page.count);
    read(Query::Scan { after, matching, kind, count }, Shape::Page)
}

const KINDS: [Kind; 10] = [
    Kind::Value,
    Kind::Map,
    Kind::List,
    Kind::Set,
    Kind::SortedSet,
    Kind::Queue,
    Kind::Topic,
    Kind::Lock,
    Kind::Counter,
    Kind::Flake,
];

fn is_named(kind: Kind, name: &[u8]) -> bool {
    name.eq_ignore_ascii_case(kind_name(kind).as_bytes())
}
