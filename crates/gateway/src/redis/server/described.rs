//! What `COMMAND` tells of the commands.

use bytes::Bytes;

use super::super::args::Args;
use super::super::command::{self, Action, Effect, NO_KEYS, Spec};
use super::super::error::ErrorReply;
use super::super::reply::Reply;
use super::super::shared::Desk;
use super::super::table;

fn top() -> impl Iterator<Item = &'static Spec> {
    table::all().filter(|spec| !spec.name.contains('|'))
}

pub(super) fn all() -> Reply {
    Reply::Array(top().map(describe).collect())
}

pub(super) fn count() -> Reply {
    Reply::count(top().count())
}

pub(super) fn names() -> Reply {
    Reply::Array(top().map(|spec| Reply::text(spec.name)).collect())
}

pub(super) fn info(names: &[Bytes]) -> Reply {
    if names.is_empty() {
        return all();
    }
    let described = |name: &Bytes| table::find(name).map_or(Reply::NilArray, describe);
    Reply::Array(names.iter().map(described).collect())
}

fn describe(spec: &'static Spec) -> Reply {
    let flag = match spec.effect {
        Effect::Writes => Some("write"),
        Effect::Reads => Some("readonly"),
        Effect::None | Effect::OfSubcommand => None,
    };
    let (first, last, step) = spec.keys;
    let prefix = format!("{}|", spec.name);
    let subcommands = table::all().filter(|other| other.name.starts_with(&prefix));
    Reply::Array(vec![
        Reply::text(spec.name),
        Reply::Integer(spec.arity),
        Reply::Set(flag.into_iter().map(Reply::Simple).collect()),
        Reply::Integer(first),
        Reply::Integer(last),
        Reply::Integer(step),
        Reply::Set(Vec::new()),
        Reply::Array(Vec::new()),
        Reply::Array(Vec::new()),
        Reply::Array(subcommands.map(describe).collect()),
    ])
}

/// The subcommands of the command that is described.
pub(in super::super) fn help(_: &mut Args, desk: &Desk<'_>) -> Result<Action, ErrorReply> {
    let prefix = format!("{}|", desk.name);
    let name = desk.name.to_ascii_uppercase();
    let head = format!("{name} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:");
    let names = table::all().filter_map(|spec| spec.name.strip_prefix(&prefix));
    let lines = std::iter::once(head).chain(names.map(str::to_ascii_uppercase));
    command::reply(Reply::Array(lines.map(Reply::Line).collect()))
}

/// The names with their group; the pages of Redis tell the rest.
pub(super) fn docs(names: &[Bytes]) -> Reply {
    let is_meant = |spec: &&Spec| {
        names.is_empty() || names.iter().any(|name| name.eq_ignore_ascii_case(spec.name.as_bytes()))
    };
    let arity = |spec: &Spec| {
        Reply::Map(vec![
            (Reply::text("summary"), Reply::text("as in Redis 7.0")),
            (Reply::text("group"), Reply::text(table::group(spec))),
        ])
    };
    Reply::Map(top().filter(is_meant).map(|spec| (Reply::text(spec.name), arity(spec))).collect())
}

/// The names among the words of a command.
pub(super) fn keys(words: &[Bytes]) -> Result<Reply, ErrorReply> {
    let invalid = ErrorReply::fixed("ERR Invalid command specified");
    let wrong = ErrorReply::fixed("ERR Invalid number of arguments specified for command");
    let spec = table::resolve(words)
        .map_err(|error| if error.0.starts_with("ERR wrong number") { wrong } else { invalid })?;
    if spec.keys == NO_KEYS {
        return Err(ErrorReply::fixed("ERR The command has no key arguments"));
    }
    Ok(Reply::Array(spec.names(words).cloned().map(Reply::Bulk).collect()))
}
