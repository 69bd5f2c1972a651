//! Streams: topics.

mod groups;
mod ids;
mod reading;

use structures::Direction;
use structures::topic::{AppendOptions, Command, Id, Keeps, NewId, Query, Trim};

use super::args::Args;
use super::command::{
    Action, NO_KEYS, ONE_KEY, Spec, container, incomplete, other, read, reads, write, writes,
};
use super::error::ErrorReply;
use super::reply::Reply;
use super::server::described::help;
use super::shape::Shape;
use super::shared::Desk;
use super::stream_shape::Shape as Stream;

const SECOND_KEY: super::command::Keys = (2, 2, 1);

pub(super) const COMMANDS: &[Spec] = &[
    writes("xack", -4, ONE_KEY, groups::acknowledge),
    writes("xadd", -5, ONE_KEY, append),
    writes("xautoclaim", -6, ONE_KEY, groups::claim_next),
    writes("xclaim", -6, ONE_KEY, groups::claim),
    writes("xdel", -3, ONE_KEY, |args, _| {
        let name = args.bytes()?;
        write(Command::Delete { name, ids: ids::strict_all(args)? }, Shape::Integer)
    }),
    container("xgroup", -2, incomplete),
    writes("xgroup|create", -5, SECOND_KEY, |args, desk| groups::start(args, desk, true)),
    writes("xgroup|createconsumer", 5, SECOND_KEY, groups::create_consumer),
    writes("xgroup|delconsumer", 5, SECOND_KEY, groups::drop_consumer),
    writes("xgroup|destroy", 4, SECOND_KEY, groups::destroy),
    other("xgroup|help", 2, help),
    writes("xgroup|setid", -5, SECOND_KEY, |args, desk| groups::start(args, desk, false)),
    container("xinfo", -2, incomplete),
    reads("xinfo|consumers", 4, SECOND_KEY, |args, _| {
        let (name, group) = (args.bytes()?, args.bytes()?);
        read(Query::Consumers { name, group }, Shape::Stream(Stream::Told))
    }),
    reads("xinfo|groups", 3, SECOND_KEY, |args, _| {
        read(Query::Groups { name: args.bytes()? }, Shape::Stream(Stream::Told))
    }),
    other("xinfo|help", 2, help),
    reads("xinfo|stream", -3, SECOND_KEY, info),
    reads("xlen", 2, ONE_KEY, |args, _| read(Query::Len { name: args.bytes()? }, Shape::Integer)),
    reads("xpending", -3, ONE_KEY, groups::pending),
    reads("xrange", -4, ONE_KEY, |args, _| range(args, Direction::Up)),
    reads("xread", -4, NO_KEYS, reading::read),
    writes("xreadgroup", -7, NO_KEYS, reading::read_group),
    reads("xrevrange", -4, ONE_KEY, |args, _| range(args, Direction::Down)),
    writes("xsetid", -3, ONE_KEY, set_last),
    writes("xtrim", -4, ONE_KEY, |args, _| {
        let name = args.bytes()?;
        let mut trim = Trimming::default();
        while trim.take(args)? {}
        args.end()?;
        let trim = trim.end()?.ok_or(ErrorReply::SYNTAX)?;
        write(Command::Trim { name, trim }, Shape::Integer)
    }),
];

fn append(args: &mut Args, desk: &Desk<'_>) -> Result<Action, ErrorReply> {
    let name = args.bytes()?;
    let mut options = AppendOptions::default();
    let mut trim = Trimming::default();
    loop {
        if args.takes("nomkstream") {
            options.only_existing = true;
        } else if !trim.take(args)? {
            break;
        }
    }
    let id = match args.as_slice().first() {
        Some(id) => ids::new(id)?,
        None => return Err(ErrorReply::arity(desk.name)),
    };
    args.bytes()?;
    options.trim = trim.end()?;
    if args.is_empty() || !args.left().is_multiple_of(2) {
        return Err(ErrorReply::arity(desk.name));
    }
    if id == NewId::Given(Id::MIN) {
        return Err(ErrorReply::fixed("ERR The ID specified in XADD must be greater than 0-0"));
    }
    let fields = args.pairs(desk.name)?;
    write(Command::Append { name, id, fields, options }, Shape::Stream(Stream::Id))
}

/// What `MAXLEN ~ 1000 LIMIT 10` says, in any order.
#[derive(Debug, Default)]
struct Trimming {
    keeps: Option<Keeps>,
    is_approximate: bool,
    limit: Option<u64>,
}

impl Trimming {
    /// Takes one option, if one comes next.
    fn take(&mut self, args: &mut Args) -> Result<bool, ErrorReply> {
        let is_length = args.next_is("maxlen");
        if args.left() < 2 {
            return Ok(false);
        }
        if args.takes("limit") {
            let negative = ErrorReply::fixed("ERR The LIMIT argument must be >= 0.");
            self.limit = Some(u64::try_from(args.integer()?).map_err(|_| negative)?);
            return Ok(true);
        }
        if !is_length && !args.next_is("minid") {
            return Ok(false);
        }
        args.bytes()?;
        if self.keeps.is_some() {
            return Err(ErrorReply::fixed(
                "ERR syntax error, MAXLEN and MINID options at the same time are not compatible",
            ));
        }
        self.is_approximate = args.left() > 1 && args.takes("~");
        if !self.is_approximate && args.left() > 1 {
            args.takes("=");
        }
        self.keeps = Some(if is_length {
            let len = args.integer()?;
            let negative = ErrorReply::fixed("ERR The MAXLEN argument must be >= 0.");
            Keeps::Len(u64::try_from(len).map_err(|_| negative)?)
        } else {
            Keeps::From(ids::strict(&args.bytes()?, 0)?)
        });
        Ok(true)
    }

    fn end(self) -> Result<Option<Trim>, ErrorReply> {
        let Self { keeps, is_approximate, limit } = self;
        if limit.is_some() && keeps.is_none() {
            return Err(ErrorReply::fixed(
                "ERR syntax error, LIMIT cannot be used without specifying a trimming strategy",
            ));
        }
        if limit.is_some() && !is_approximate {
            return Err(ErrorReply::fixed(
                "ERR syntax error, LIMIT cannot be used without the special ~ option",
            ));
        }
        Ok(keeps.map(|keeps| Trim { keeps, is_approximate, limit }))
    }
}

fn range(args: &mut Args, direction: Direction) -> Result<Action, ErrorReply> {
    let (name, first, second) = (args.bytes()?, args.bytes()?, args.bytes()?);
    let (from, to) = match direction {
        Direction::Up => (first, second),
        Direction::Down => (second, first),
    };
    let (from, to) = (ids::lower(&from)?, ids::upper(&to)?);
    let count = if args.takes("count") { Some(args.integer()?) } else { None };
    args.end()?;
    if count == Some(0) {
        return Ok(Action::Reply(Reply::Array(Vec::new())));
    }
    let count = count.map(|count| u64::try_from(count).unwrap_or(0));
    read(Query::Range { name, from, to, direction, count }, Shape::Stream(Stream::Log))
}

fn info(args: &mut Args, _: &Desk<'_>) -> Result<Action, ErrorReply> {
    let name = args.bytes()?;
    if args.is_empty() {
        return read(Query::Info { name }, Shape::Stream(Stream::Told));
    }
    if !args.takes("full") {
        return Err(ErrorReply::SYNTAX);
    }
    let mut count = 10;
    if args.takes("count") {
        // A negative number means the usual one, as in Redis.
        count = u64::try_from(args.integer()?).unwrap_or(10);
    }
    args.end()?;
    read(Query::Full { name, count }, Shape::Stream(Stream::Told))
}

fn set_last(args: &mut Args, _: &Desk<'_>) -> Result<Action, ErrorReply> {
    let (name, last) = (args.bytes()?, ids::strict(&args.bytes()?, 0)?);
    let (mut added, mut deleted) = (None, None);
    while !args.is_empty() {
        if args.takes("entriesadded") {
            let negative = ErrorReply::fixed("ERR entries_added must be positive");
            added = Some(u64::try_from(args.integer()?).map_err(|_| negative)?);
        } else if args.takes("maxdeletedid") {
            let id = ids::strict(&args.bytes()?, 0)?;
            if id > last {
                return Err(ErrorReply::fixed(
                    "ERR The ID specified in XSETID is smaller than the provided \
                     max_deleted_entry_id",
                ));
            }
            deleted = Some(id);
        } else {
            return Err(ErrorReply::SYNTAX);
        }
    }
    write(Command::SetLast { name, last, added, deleted }, Shape::Ok)
}
