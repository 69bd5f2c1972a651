//! Sorted sets.

mod range;

use bytes::Bytes;
use structures::Direction;
use structures::set::Combination;
use structures::sorted::{AddOptions, Aggregate, Combined, Command, Moves, Only, Query, Range};

use super::args::Args;
use super::block::{self, Attempt};
use super::command::{Action, Keys, NO_KEYS, ONE_KEY, Spec, read, reads, write, writes};
use super::error::ErrorReply;
use super::lists::{count_option, numbered};
use super::sets::limit;
use super::shape::Shape;
use super::shared::Desk;
use super::{args, scan};
use range::{By, Form};

const ALL_BUT_LAST: Keys = (1, -2, 1);
const ASCENDING: Form = Form { by: By::Index, direction: Direction::Up };

pub(super) const COMMANDS: &[Spec] = &[
    writes("bzmpop", -5, NO_KEYS, |args, _| {
        let timeout_ms = block::timeout(args)?;
        let (names, direction, count) = pop_first(args)?;
        let attempt = Attempt::PopSorted { direction, count };
        block::action(names, attempt, Shape::PoppedScores, timeout_ms)
    }),
    writes("bzpopmax", -3, ALL_BUT_LAST, |args, _| blocking_pop(args, Direction::Down)),
    writes("bzpopmin", -3, ALL_BUT_LAST, |args, _| blocking_pop(args, Direction::Up)),
    writes("zadd", -4, ONE_KEY, add),
    reads("zcard", 2, ONE_KEY, |args, _| read(Query::Len { name: args.bytes()? }, Shape::Integer)),
    reads("zcount", 4, ONE_KEY, |args, _| count(args, By::Score)),
    reads("zdiff", -3, NO_KEYS, |args, desk| combine(args, desk, Combination::Difference)),
    writes("zdiffstore", -4, ONE_KEY, |args, desk| store(args, desk, Combination::Difference)),
    writes("zincrby", 4, ONE_KEY, |args, _| {
        let (name, by, member) = (args.bytes()?, args.float()?, args.bytes()?);
        let options = AddOptions::default();
        write(Command::Increment { name, member, by, options }, Shape::Float)
    }),
    reads("zinter", -3, NO_KEYS, |args, desk| combine(args, desk, Combination::Intersection)),
    reads("zintercard", -3, NO_KEYS, |args, desk| {
        let names = inputs(args, desk)?;
        let most = limit(args)?;
        read(Query::IntersectionLen { names, most }, Shape::Integer)
    }),
    writes("zinterstore", -4, ONE_KEY, |args, desk| store(args, desk, Combination::Intersection)),
    reads("zlexcount", 4, ONE_KEY, |args, _| count(args, By::Lex)),
    writes("zmpop", -4, NO_KEYS, |args, _| {
        let (names, direction, count) = pop_first(args)?;
        write(Command::PopFirst { names, direction, count }, Shape::PoppedScores)
    }),
    reads("zmscore", -3, ONE_KEY, |args, _| {
        let (name, members) = (args.bytes()?, args.rest());
        read(Query::Scores { name, members }, Shape::Floats)
    }),
    writes("zpopmax", -2, ONE_KEY, |args, _| pop(args, Direction::Down)),
    writes("zpopmin", -2, ONE_KEY, |args, _| pop(args, Direction::Up)),
    reads("zrandmember", -2, ONE_KEY, random),
    reads("zrange", -4, ONE_KEY, |args, _| range::read_range(args, ASCENDING, true)),
    reads("zrangebylex", -4, ONE_KEY, |args, _| {
        range::read_range(args, Form { by: By::Lex, direction: Direction::Up }, false)
    }),
    reads("zrangebyscore", -4, ONE_KEY, |args, _| {
        range::read_range(args, Form { by: By::Score, direction: Direction::Up }, false)
    }),
    writes("zrangestore", -5, (1, 2, 1), |args, _| range::store_range(args, ASCENDING)),
    reads("zrank", 3, ONE_KEY, |args, _| rank(args, Direction::Up)),
    writes("zrem", -3, ONE_KEY, |args, _| {
        let (name, members) = (args.bytes()?, args.rest());
        write(Command::Remove { name, members }, Shape::Integer)
    }),
    writes("zremrangebylex", 4, ONE_KEY, |args, _| remove(args, By::Lex)),
    writes("zremrangebyrank", 4, ONE_KEY, |args, _| remove(args, By::Index)),
    writes("zremrangebyscore", 4, ONE_KEY, |args, _| remove(args, By::Score)),
    reads("zrevrange", -4, ONE_KEY, |args, _| {
        range::read_range(args, Form { by: By::Index, direction: Direction::Down }, false)
    }),
    reads("zrevrangebylex", -4, ONE_KEY, |args, _| {
        range::read_range(args, Form { by: By::Lex, direction: Direction::Down }, false)
    }),
    reads("zrevrangebyscore", -4, ONE_KEY, |args, _| {
        range::read_range(args, Form { by: By::Score, direction: Direction::Down }, false)
    }),
    reads("zrevrank", 3, ONE_KEY, |args, _| rank(args, Direction::Down)),
    reads("zscan", -3, ONE_KEY, |args, desk| {
        let name = args.bytes()?;
        let page = scan::page(args, desk, false)?;
        let (after, matching, count) = (page.after, page.matching, page.count);
        read(Query::Scan { name, after, matching, count }, Shape::Page)
    }),
    reads("zscore", 3, ONE_KEY, |args, _| {
        let (name, members) = (args.bytes()?, args.rest());
        read(Query::Scores { name, members }, Shape::First)
    }),
    reads("zunion", -3, NO_KEYS, |args, desk| combine(args, desk, Combination::Union)),
    writes("zunionstore", -4, ONE_KEY, |args, desk| store(args, desk, Combination::Union)),
];

fn add(args: &mut Args, _: &Desk<'_>) -> Result<Action, ErrorReply> {
    let name = args.bytes()?;
    let (mut nx, mut xx, mut gt, mut lt, mut increments) = (false, false, false, false, false);
    let mut counts_changed = false;
    loop {
        match () {
            () if args.takes("nx") => nx = true,
            () if args.takes("xx") => xx = true,
            () if args.takes("gt") => gt = true,
            () if args.takes("lt") => lt = true,
            () if args.takes("ch") => counts_changed = true,
            () if args.takes("incr") => increments = true,
            () => break,
        }
    }
    if args.is_empty() || !args.left().is_multiple_of(2) {
        return Err(ErrorReply::SYNTAX);
    }
    if nx && xx {
        return Err(ErrorReply::fixed("ERR XX and NX options at the same time are not compatible"));
    }
    if (gt && lt) || (nx && (gt || lt)) {
        return Err(ErrorReply::fixed(
            "ERR GT, LT, and/or NX options at the same time are not compatible",
        ));
    }
    if increments && args.left() > 2 {
        return Err(ErrorReply::fixed("ERR INCR option supports a single increment-element pair"));
    }
    let only = if nx {
        Only::New
    } else if xx {
        Only::Existing
    } else {
        Only::Any
    };
    let moves = if gt {
        Moves::Up
    } else if lt {
        Moves::Down
    } else {
        Moves::Anywhere
    };
    let options = AddOptions { only, moves, counts_changed };
    if increments {
        let (by, member) = (args.float()?, args.bytes()?);
        return write(Command::Increment { name, member, by, options }, Shape::Float);
    }
    let mut members = Vec::with_capacity(args.left() / 2);
    while !args.is_empty() {
        members.push((args.float()?, args.bytes()?));
    }
    write(Command::Add { name, members, options }, Shape::Integer)
}

fn count(args: &mut Args, by: By) -> Result<Action, ErrorReply> {
    let name = args.bytes()?;
    read(Query::Count { name, range: bounds(args, by)? }, Shape::Integer)
}

fn remove(args: &mut Args, by: By) -> Result<Action, ErrorReply> {
    let name = args.bytes()?;
    write(Command::RemoveRange { name, range: bounds(args, by)? }, Shape::Integer)
}

fn bounds(args: &mut Args, by: By) -> Result<Range, ErrorReply> {
    let (from, to) = (args.bytes()?, args.bytes()?);
    Form { by, direction: Direction::Up }.range(&from, &to)
}

fn rank(args: &mut Args, direction: Direction) -> Result<Action, ErrorReply> {
    let (name, member) = (args.bytes()?, args.bytes()?);
    read(Query::Rank { name, member, direction }, Shape::IntegerOrNil)
}

fn pop(args: &mut Args, direction: Direction) -> Result<Action, ErrorReply> {
    let name = args.bytes()?;
    if args.is_empty() {
        return write(Command::Pop { name, direction, count: 1 }, Shape::OneWithScore);
    }
    if args.left() > 1 {
        return Err(ErrorReply::SYNTAX);
    }
    write(Command::Pop { name, direction, count: args.count()? }, Shape::MembersWithScores)
}

fn blocking_pop(args: &mut Args, direction: Direction) -> Result<Action, ErrorReply> {
    let names = args.many(args.left().saturating_sub(1)).ok_or(ErrorReply::SYNTAX)?;
    let timeout_ms = block::timeout(args)?;
    let attempt = Attempt::PopSorted { direction, count: 1 };
    block::action(names, attempt, Shape::PoppedScore, timeout_ms)
}

fn pop_first(args: &mut Args) -> Result<(Vec<Bytes>, Direction, u64), ErrorReply> {
    let names = numbered(args)?;
    let direction = if args.takes("min") {
        Direction::Up
    } else if args.takes("max") {
        Direction::Down
    } else {
        return Err(ErrorReply::SYNTAX);
    };
    Ok((names, direction, count_option(args)?))
}

fn random(args: &mut Args, desk: &Desk<'_>) -> Result<Action, ErrorReply> {
    let (name, chance) = (args.bytes()?, desk.chance());
    if args.is_empty() {
        return read(Query::Random { name, count: None, chance }, Shape::FirstMember);
    }
    let count = Some(args.integer()?);
    let with_scores = args.takes("withscores");
    args.end()?;
    read(Query::Random { name, count, chance }, members(with_scores))
}

fn members(with_scores: bool) -> Shape {
    if with_scores { Shape::MembersWithScores } else { Shape::Members }
}

fn combine(
    args: &mut Args,
    desk: &Desk<'_>,
    combination: Combination,
) -> Result<Action, ErrorReply> {
    let (combined, with_scores) = combined(args, desk, (combination, true))?;
    read(Query::Combine { combined }, members(with_scores))
}

fn store(args: &mut Args, desk: &Desk<'_>, combination: Combination) -> Result<Action, ErrorReply> {
    let to = args.bytes()?;
    let (combined, _) = combined(args, desk, (combination, false))?;
    write(Command::Store { to, combined }, Shape::Integer)
}

/// A number of names, and as many names.
fn inputs(args: &mut Args, desk: &Desk<'_>) -> Result<Vec<Bytes>, ErrorReply> {
    let count = args.integer()?;
    if count < 1 {
        return Err(ErrorReply::new(format!(
            "ERR at least 1 input key is needed for '{}' command",
            desk.name
        )));
    }
    args.many(usize::try_from(count).unwrap_or(usize::MAX)).ok_or(ErrorReply::SYNTAX)
}

/// Reads `2 one two WEIGHTS 1 2 AGGREGATE MAX WITHSCORES`.
fn combined(
    args: &mut Args,
    desk: &Desk<'_>,
    (combination, shows): (Combination, bool),
) -> Result<(Combined, bool), ErrorReply> {
    let names = inputs(args, desk)?;
    let mut inputs: Vec<(Bytes, f64)> = names.into_iter().map(|name| (name, 1.0)).collect();
    let (mut aggregate, mut with_scores) = (Aggregate::Sum, false);
    let is_weighed = combination != Combination::Difference;
    while !args.is_empty() {
        if is_weighed && args.left() > inputs.len() && args.takes("weights") {
            for (_, weight) in &mut inputs {
                let not_a_float = ErrorReply::fixed("ERR weight value is not a float");
                *weight = args::float(&args.bytes()?).ok_or(not_a_float)?;
            }
        } else if is_weighed && args.left() >= 2 && args.takes("aggregate") {
            aggregate = match () {
                () if args.takes("sum") => Aggregate::Sum,
                () if args.takes("min") => Aggregate::Min,
                () if args.takes("max") => Aggregate::Max,
                () => return Err(ErrorReply::SYNTAX),
            };
        } else if shows && args.takes("withscores") {
            with_scores = true;
        } else {
            return Err(ErrorReply::SYNTAX);
        }
    }
    Ok((Combined { combination, inputs, aggregate }, with_scores))
}
