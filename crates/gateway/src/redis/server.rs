//! Commands about the server that clients send by themselves.

mod config;
pub(super) mod described;

use structures::names;

use super::args::Args;
use super::command::{
    Action, NO_KEYS, Spec, container, incomplete, order, other, read, reads, reply, write, writes,
};
use super::error::ErrorReply;
use super::order::Order;
use super::reply::Reply;
use super::shape::Shape;
use super::shared::Desk;

pub(super) const COMMANDS: &[Spec] = &[
    container("command", -1, |_, _| reply(described::all())),
    other("command|count", 2, |_, _| reply(described::count())),
    other("command|docs", -2, |args, _| reply(described::docs(&args.rest()))),
    other("command|getkeys", -4, |args, _| described::keys(&args.rest()).map(Action::Reply)),
    other("command|help", 2, described::help),
    other("command|info", -2, |args, _| reply(described::info(&args.rest()))),
    other("command|list", -2, |args, _| {
        args.end()?;
        reply(described::names())
    }),
    container("config", -2, incomplete),
    other("config|get", -3, |args, _| reply(config::get(&args.rest()))),
    other("config|help", 2, described::help),
    other("config|resetstat", 2, |_, _| reply(Reply::OK)),
    reads("dbsize", 1, NO_KEYS, |_, _| read(names::Query::Len, Shape::Integer)),
    writes("flushall", -1, NO_KEYS, flush),
    writes("flushdb", -1, NO_KEYS, flush),
    other("info", -1, |args, _| order(Order::Info(args.rest()))),
    other("swapdb", 3, |args, _| {
        let first = args.database().map_err(|_| ErrorReply::fixed("ERR invalid first DB index"))?;
        let second =
            args.database().map_err(|_| ErrorReply::fixed("ERR invalid second DB index"))?;
        match (first, second) {
            (0, 0) => reply(Reply::OK),
            _ => Err(ErrorReply::fixed("ERR DB index is out of range")),
        }
    }),
    other("time", 1, |_, desk| {
        let now_ms = desk.now_ms();
        let parts = [now_ms / 1000, now_ms % 1000 * 1000];
        let texts = parts.iter().map(|part| Reply::Text(part.to_string()));
        reply(Reply::Array(texts.collect()))
    }),
];

/// Flushing takes the same time for any size, in either way.
fn flush(args: &mut Args, _: &Desk<'_>) -> Result<Action, ErrorReply> {
    if !args.is_empty() && !args.takes("async") && !args.takes("sync") {
        return Err(ErrorReply::SYNTAX);
    }
    args.end()?;
    write(names::Command::Flush, Shape::Ok)
}
