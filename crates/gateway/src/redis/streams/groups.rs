//! Consumer groups of streams.

use structures::topic::{
    ClaimNextOptions, ClaimOptions, Command, Delivered, GroupStart, PendingRange, Query,
};

use super::super::args::{Args, integer};
use super::super::command::{Action, read, write};
use super::super::error::ErrorReply;
use super::super::shape::Shape;
use super::super::shared::Desk;
use super::super::stream_shape::Shape as Stream;
use super::ids;

pub(super) fn acknowledge(args: &mut Args, _: &Desk<'_>) -> Result<Action, ErrorReply> {
    let (name, group) = (args.bytes()?, args.bytes()?);
    let ids = ids::strict_all(args)?;
    write(Command::Acknowledge { name, group, ids }, Shape::Integer)
}

/// `XGROUP CREATE` and `XGROUP SETID`.
pub(super) fn start(args: &mut Args, _: &Desk<'_>, is_new: bool) -> Result<Action, ErrorReply> {
    let (name, group, id) = (args.bytes()?, args.bytes()?, args.bytes()?);
    let (mut makes_topic, mut entries_read) = (false, None);
    while !args.is_empty() {
        if is_new && args.takes("mkstream") {
            makes_topic = true;
        } else if args.left() > 1 && args.takes("entriesread") {
            let wrong = ErrorReply::fixed("ERR value for ENTRIESREAD must be positive or -1");
            entries_read = match args.integer()? {
                -1 => None,
                count => Some(u64::try_from(count).map_err(|_| wrong)?),
            };
        } else {
            let name = if is_new { "CREATE" } else { "SETID" };
            return Err(ErrorReply::new(format!(
                "ERR unknown subcommand or wrong number of arguments for '{name}'. Try XGROUP HELP."
            )));
        }
    }
    let after = if id.as_ref() == b"$" { None } else { Some(ids::strict(&id, 0)?) };
    let start = GroupStart { after, entries_read };
    if is_new {
        write(Command::CreateGroup { name, group, start, makes_topic }, Shape::Ok)
    } else {
        write(Command::SetGroup { name, group, start }, Shape::Ok)
    }
}

pub(super) fn destroy(args: &mut Args, _: &Desk<'_>) -> Result<Action, ErrorReply> {
    let (name, group) = (args.bytes()?, args.bytes()?);
    write(Command::DropGroup { name, group }, Shape::Truth)
}

pub(super) fn create_consumer(args: &mut Args, _: &Desk<'_>) -> Result<Action, ErrorReply> {
    let (name, group, consumer) = (args.bytes()?, args.bytes()?, args.bytes()?);
    write(Command::CreateConsumer { name, group, consumer }, Shape::Truth)
}

pub(super) fn drop_consumer(args: &mut Args, _: &Desk<'_>) -> Result<Action, ErrorReply> {
    let (name, group, consumer) = (args.bytes()?, args.bytes()?, args.bytes()?);
    write(Command::DropConsumer { name, group, consumer }, Shape::Integer)
}

pub(super) fn claim(args: &mut Args, _: &Desk<'_>) -> Result<Action, ErrorReply> {
    let (name, group, consumer) = (args.bytes()?, args.bytes()?, args.bytes()?);
    let mut options =
        ClaimOptions { idle_ms_min: idle(args, "XCLAIM")?, ..ClaimOptions::default() };
    let mut ids = Vec::new();
    while let Some(Ok(id)) = args.as_slice().first().map(|id| ids::strict(id, 0)) {
        args.bytes()?;
        ids.push(id);
    }
    while let Some(next) = args.as_slice().first().cloned() {
        if args.takes("force") {
            options.is_forced = true;
        } else if args.takes("justid") {
            options.only_ids = true;
        } else if args.left() > 1 && args.takes("idle") {
            let wrong = ErrorReply::fixed("ERR Invalid IDLE option argument for XCLAIM");
            let ms = integer(&args.bytes()?).ok_or(wrong)?;
            options.delivered = Some(Delivered::Ago { ms: u64::try_from(ms).unwrap_or(0) });
        } else if args.left() > 1 && args.takes("time") {
            let wrong = ErrorReply::fixed("ERR Invalid TIME option argument for XCLAIM");
            let ms = integer(&args.bytes()?).ok_or(wrong)?;
            options.delivered = Some(Delivered::At { ms: u64::try_from(ms).unwrap_or(u64::MAX) });
        } else if args.left() > 1 && args.takes("retrycount") {
            let wrong = ErrorReply::fixed("ERR Invalid RETRYCOUNT option argument for XCLAIM");
            // A negative number leaves the count as it is, as in Redis.
            let count = integer(&args.bytes()?).ok_or(wrong)?;
            options.deliveries = u64::try_from(count).ok();
        } else if args.left() > 1 && args.takes("lastid") {
            options.last = Some(ids::strict(&args.bytes()?, 0)?);
        } else {
            let next = String::from_utf8_lossy(&next);
            return Err(ErrorReply::new(format!("ERR Unrecognized XCLAIM option '{next}'")));
        }
    }
    let shape = if options.only_ids { Stream::Ids } else { Stream::Log };
    write(Command::Claim { name, group, consumer, ids, options }, Shape::Stream(shape))
}

fn idle(args: &mut Args, name: &str) -> Result<u64, ErrorReply> {
    let wrong = || ErrorReply::new(format!("ERR Invalid min-idle-time argument for {name}"));
    let ms = integer(&args.bytes()?).ok_or_else(wrong)?;
    Ok(u64::try_from(ms).unwrap_or(0))
}

pub(super) fn claim_next(args: &mut Args, _: &Desk<'_>) -> Result<Action, ErrorReply> {
    let (name, group, consumer) = (args.bytes()?, args.bytes()?, args.bytes()?);
    let idle_ms_min = idle(args, "XAUTOCLAIM")?;
    let start = ids::lower(&args.bytes()?)?;
    let (mut count, mut only_ids) = (100, false);
    while !args.is_empty() {
        if args.left() > 1 && args.takes("count") {
            let wrong = ErrorReply::fixed("ERR COUNT must be > 0");
            let given = integer(&args.bytes()?).and_then(|count| u64::try_from(count).ok());
            count = given.filter(|count| *count > 0).ok_or(wrong)?;
        } else if args.takes("justid") {
            only_ids = true;
        } else {
            return Err(ErrorReply::SYNTAX);
        }
    }
    let options = ClaimNextOptions { idle_ms_min, count, only_ids };
    let shape = Stream::Claimed { only_ids };
    write(Command::ClaimNext { name, group, consumer, start, options }, Shape::Stream(shape))
}

pub(super) fn pending(args: &mut Args, desk: &Desk<'_>) -> Result<Action, ErrorReply> {
    let (name, group) = (args.bytes()?, args.bytes()?);
    let shape = Shape::Stream(Stream::Told);
    if args.is_empty() {
        return read(Query::PendingSummary { name, group }, shape);
    }
    let delivered_until_ms = if args.takes("idle") {
        let idle_ms = u64::try_from(args.integer()?).unwrap_or(0);
        Some(desk.now_ms().saturating_sub(idle_ms)).filter(|_| idle_ms > 0)
    } else {
        None
    };
    let (from, to) = (args.bytes()?, args.bytes()?);
    let count = u64::try_from(args.integer()?).unwrap_or(0);
    let (from, to) = (ids::lower(&from)?, ids::upper(&to)?);
    let consumer = if args.is_empty() { None } else { Some(args.bytes()?) };
    args.end()?;
    let range = PendingRange { from, to, count, consumer, delivered_until_ms };
    read(Query::Pending { name, group, range }, shape)
}
