//! Hashes: maps by name.

use bytes::Bytes;
use structures::Direction;
use structures::map::{Command, Keys, Merge, PutCondition, PutOptions, Query, Scan};

use super::args::Args;
use super::command::{Action, ONE_KEY, Spec, read, reads, write, writes};
use super::error::ErrorReply;
use super::scan;
use super::shape::Shape;
use super::shared::Desk;

pub(super) const COMMANDS: &[Spec] = &[
    writes("hdel", -3, ONE_KEY, |args, _| {
        let map = args.bytes()?;
        write(Command::Delete { map, keys: args.rest() }, Shape::Integer)
    }),
    reads("hexists", 3, ONE_KEY, |args, _| get(args, Shape::Truth)),
    reads("hget", 3, ONE_KEY, |args, _| get(args, Shape::Bulk)),
    reads("hgetall", 2, ONE_KEY, |args, _| all(args, Shape::FieldMap)),
    writes("hincrby", 4, ONE_KEY, |args, _| {
        let (map, key) = (args.bytes()?, args.bytes()?);
        let merge = Merge::AddInteger(args.integer()?);
        write(Command::Merge { map, key, merge }, Shape::Integer)
    }),
    writes("hincrbyfloat", 4, ONE_KEY, |args, _| {
        let (map, key, by) = (args.bytes()?, args.bytes()?, args.bytes()?);
        let number = super::args::float(&by).ok_or(ErrorReply::NOT_A_FLOAT)?;
        if number.is_infinite() {
            return Err(ErrorReply::fixed("ERR value is NaN or Infinity"));
        }
        write(Command::Merge { map, key, merge: Merge::AddNumber(by) }, Shape::Bulk)
    }),
    reads("hkeys", 2, ONE_KEY, |args, _| all(args, Shape::Fields)),
    reads("hlen", 2, ONE_KEY, |args, _| read(Query::Len { map: args.bytes()? }, Shape::Integer)),
    reads("hmget", -3, ONE_KEY, |args, _| {
        let map = args.bytes()?;
        read(Query::GetMany { map, keys: args.rest() }, Shape::Bulks)
    }),
    writes("hmset", -4, ONE_KEY, |args, desk| put_many(args, desk, Shape::Ok)),
    reads("hrandfield", -2, ONE_KEY, random),
    reads("hscan", -3, ONE_KEY, |args, desk| {
        let map = args.bytes()?;
        let page = scan::page(args, desk, false)?;
        let keys = Keys { matching: page.matching, ..Keys::default() };
        let (after, count, direction) = (page.after, page.count, Direction::Up);
        read(Query::Scan { map, scan: Scan { keys, after, count, direction } }, Shape::Page)
    }),
    writes("hset", -4, ONE_KEY, |args, desk| put_many(args, desk, Shape::Integer)),
    writes("hsetnx", 4, ONE_KEY, |args, _| {
        let (map, key, value) = (args.bytes()?, args.bytes()?, args.bytes()?);
        let options = PutOptions { condition: PutCondition::Absent, ..PutOptions::default() };
        write(Command::Put { map, key, value, options }, Shape::Truth)
    }),
    reads("hstrlen", 3, ONE_KEY, |args, _| {
        let (map, key) = (args.bytes()?, args.bytes()?);
        read(Query::Length { map, key }, Shape::Integer)
    }),
    reads("hvals", 2, ONE_KEY, |args, _| all(args, Shape::FieldValues)),
];

fn get(args: &mut Args, shape: Shape) -> Result<Action, ErrorReply> {
    let (map, key) = (args.bytes()?, args.bytes()?);
    read(Query::Get { map, key }, shape)
}

fn all(args: &mut Args, shape: Shape) -> Result<Action, ErrorReply> {
    read(Query::All { map: args.bytes()? }, shape)
}

fn put_many(args: &mut Args, desk: &Desk<'_>, shape: Shape) -> Result<Action, ErrorReply> {
    let map: Bytes = args.bytes()?;
    let entries = args.pairs(desk.name)?;
    write(Command::PutMany { map, entries, only_new: false, over_any_kind: false }, shape)
}

fn random(args: &mut Args, desk: &Desk<'_>) -> Result<Action, ErrorReply> {
    let (map, chance) = (args.bytes()?, desk.chance());
    if args.is_empty() {
        return read(Query::Random { map, count: None, chance }, Shape::FirstField);
    }
    let count = Some(args.integer()?);
    let shape = if args.takes("withvalues") { Shape::FieldPairs } else { Shape::Fields };
    args.end()?;
    read(Query::Random { map, count, chance }, shape)
}
