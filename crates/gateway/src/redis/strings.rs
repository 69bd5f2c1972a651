//! Strings: entries of the map `default`.

use bytes::Bytes;
use structures::Ttl;
use structures::map::{Command, DEFAULT, Merge, PutCondition, PutOptions, Query};

use super::args::Args;
use super::command::{ALL_KEYS, Action, Keys, ONE_KEY, Spec, read, reads, write, writes};
use super::error::ErrorReply;
use super::shape::{Common, Shape};
use super::shared::Desk;
use super::time;

const EVERY_SECOND_KEY: Keys = (1, -1, 2);

pub(super) const COMMANDS: &[Spec] = &[
    writes("append", 3, ONE_KEY, |args, _| {
        let key = args.bytes()?;
        merge(key, Merge::Append(args.bytes()?), Shape::Integer)
    }),
    writes("decr", 2, ONE_KEY, |args, _| add(args.bytes()?, -1)),
    writes("decrby", 3, ONE_KEY, |args, _| {
        let key = args.bytes()?;
        let by = args.integer()?.checked_neg();
        add(key, by.ok_or(ErrorReply::fixed("ERR decrement would overflow"))?)
    }),
    reads("get", 2, ONE_KEY, |args, _| {
        read(Query::Get { map: default(), key: args.bytes()? }, Shape::Bulk)
    }),
    writes("getdel", 2, ONE_KEY, |args, _| {
        write(Command::Take { map: default(), key: args.bytes()? }, Shape::Bulk)
    }),
    writes("getex", -2, ONE_KEY, getex),
    reads("getrange", 4, ONE_KEY, getrange),
    writes("getset", 3, ONE_KEY, |args, _| {
        let (key, value) = (args.bytes()?, args.bytes()?);
        let options = PutOptions { wants_old: true, over_any_kind: true, ..PutOptions::default() };
        write(Command::Put { map: default(), key, value, options }, Shape::Old)
    }),
    writes("incr", 2, ONE_KEY, |args, _| add(args.bytes()?, 1)),
    writes("incrby", 3, ONE_KEY, |args, _| {
        let key = args.bytes()?;
        add(key, args.integer()?)
    }),
    writes("incrbyfloat", 3, ONE_KEY, |args, _| {
        let (key, by) = (args.bytes()?, args.bytes()?);
        merge(key, Merge::AddNumber(by), Shape::Bulk)
    }),
    reads("lcs", -3, (1, 2, 1), lcs),
    reads("mget", -2, ALL_KEYS, |args, _| {
        read(Query::GetMany { map: default(), keys: args.rest() }, Shape::Bulks)
    }),
    writes("mset", -3, EVERY_SECOND_KEY, |args, desk| put_many(args, desk, false)),
    writes("msetnx", -3, EVERY_SECOND_KEY, |args, desk| put_many(args, desk, true)),
    writes("psetex", 4, ONE_KEY, |args, desk| setex(args, desk, 1)),
    writes("set", -3, ONE_KEY, set),
    writes("setex", 4, ONE_KEY, |args, desk| setex(args, desk, 1000)),
    writes("setnx", 3, ONE_KEY, |args, _| {
        let (key, value) = (args.bytes()?, args.bytes()?);
        let condition = PutCondition::Absent;
        let options = PutOptions { condition, over_any_kind: true, ..PutOptions::default() };
        write(Command::Put { map: default(), key, value, options }, Shape::Truth)
    }),
    writes("setrange", 4, ONE_KEY, |args, _| {
        let (key, offset, bytes) = (args.bytes()?, args.integer()?, args.bytes()?);
        let outside = ErrorReply::fixed("ERR offset is out of range");
        let offset = u64::try_from(offset).map_err(|_| outside)?;
        merge(key, Merge::SetRange { offset, bytes }, Shape::Integer)
    }),
    reads("strlen", 2, ONE_KEY, |args, _| {
        read(Query::Length { map: default(), key: args.bytes()? }, Shape::Integer)
    }),
    reads("substr", 4, ONE_KEY, getrange),
];

pub(super) fn default() -> Bytes {
    Bytes::from_static(DEFAULT)
}

fn merge(key: Bytes, merge: Merge, shape: Shape) -> Result<Action, ErrorReply> {
    write(Command::Merge { map: default(), key, merge }, shape)
}

fn add(key: Bytes, by: i64) -> Result<Action, ErrorReply> {
    merge(key, Merge::AddInteger(by), Shape::Integer)
}

fn getrange(args: &mut Args, _: &Desk<'_>) -> Result<Action, ErrorReply> {
    let (key, from, to) = (args.bytes()?, args.integer()?, args.integer()?);
    read(Query::Range { map: default(), key, from, to }, Shape::Bulk)
}

fn put_many(args: &mut Args, desk: &Desk<'_>, only_new: bool) -> Result<Action, ErrorReply> {
    let entries = args.pairs(desk.name)?;
    let shape = if only_new { Shape::Truth } else { Shape::Ok };
    write(Command::PutMany { map: default(), entries, only_new, over_any_kind: true }, shape)
}

fn setex(args: &mut Args, desk: &Desk<'_>, unit_ms: i64) -> Result<Action, ErrorReply> {
    let (key, given, value) = (args.bytes()?, args.integer()?, args.bytes()?);
    let ttl = Ttl::After { ms: time::positive(given, unit_ms, desk.name)? };
    let options = PutOptions { ttl, over_any_kind: true, ..PutOptions::default() };
    write(Command::Put { map: default(), key, value, options }, Shape::Ok)
}

fn set(args: &mut Args, desk: &Desk<'_>) -> Result<Action, ErrorReply> {
    let (key, value) = (args.bytes()?, args.bytes()?);
    let mut options = PutOptions { over_any_kind: true, ..PutOptions::default() };
    let mut given = None;
    while !args.is_empty() {
        let condition = if args.takes("nx") {
            Some(PutCondition::Absent)
        } else if args.takes("xx") {
            Some(PutCondition::Present)
        } else {
            None
        };
        if let Some(condition) = condition {
            if options.condition != PutCondition::Always && options.condition != condition {
                return Err(ErrorReply::SYNTAX);
            }
            options.condition = condition;
        } else if args.takes("get") {
            options.wants_old = true;
        } else if given.is_some() || options.ttl == Ttl::Keep {
            return Err(ErrorReply::SYNTAX);
        } else if args.takes("keepttl") {
            options.ttl = Ttl::Keep;
        } else {
            given = Some(time::Given::parse(args)?);
        }
    }
    if let Some(given) = given {
        options.ttl = given.ttl(desk.name)?;
    }
    let shape = if options.wants_old { Shape::Old } else { Shape::OkOrNil };
    write(Command::Put { map: default(), key, value, options }, shape)
}

fn getex(args: &mut Args, desk: &Desk<'_>) -> Result<Action, ErrorReply> {
    let key = args.bytes()?;
    if args.is_empty() {
        return read(Query::Get { map: default(), key }, Shape::Bulk);
    }
    let given = if args.takes("persist") { None } else { Some(time::Given::parse(args)?) };
    args.end()?;
    let ttl = given.map_or(Ok(Ttl::Never), |given| given.ttl(desk.name))?;
    write(Command::GetAndExpire { map: default(), key, ttl }, Shape::Bulk)
}

fn lcs(args: &mut Args, _: &Desk<'_>) -> Result<Action, ErrorReply> {
    let (one, two) = (args.bytes()?, args.bytes()?);
    let (mut is_length, mut is_matches, mut with_lengths, mut from_bytes) =
        (false, false, false, 0);
    while !args.is_empty() {
        if args.takes("idx") {
            is_matches = true;
        } else if args.takes("len") {
            is_length = true;
        } else if args.takes("withmatchlen") {
            with_lengths = true;
        } else if args.takes("minmatchlen") {
            from_bytes = u64::try_from(args.integer()?).unwrap_or(0);
        } else {
            return Err(ErrorReply::SYNTAX);
        }
    }
    let shown = match (is_length, is_matches) {
        (true, true) => {
            return Err(ErrorReply::fixed(
                "ERR If you want both the length and indexes, please just use IDX.",
            ));
        }
        (true, false) => Common::Length,
        (false, true) => Common::Matches { with_lengths },
        (false, false) => Common::Text,
    };
    let matches_from_bytes = is_matches.then_some(from_bytes);
    read(Query::Compare { one, two, matches_from_bytes }, Shape::Common(shown))
}
