//! How answers about streams look.

use bytes::Bytes;
use structures::Answer;
use structures::topic::{
    Answer as Told, ConsumerInfo, Entry, GroupFull, GroupInfo, Id, Info, Pending,
};

use super::error::ErrorReply;
use super::reply::{Printer, Protocol, Reply};
use super::shared::Desk;

/// How the answer of one operation looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// The id of an entry, or nil.
    Id,
    Log,
    /// Only the ids of a log.
    Ids,
    /// Logs by name; nil when all are empty.
    Logs,
    Claimed {
        only_ids: bool,
    },
    /// What only topics tell.
    Told,
}

impl Shape {
    pub(super) fn print(self, printer: &mut Printer, answer: &Answer, desk: &Desk<'_>) {
        match (self, answer) {
            (Self::Id, Answer::Id(id)) => printer.bulk(id.to_string().as_bytes()),
            (Self::Id, Answer::Nothing) => printer.nil(),
            (Self::Log, Answer::Log(entries)) => log(printer, entries),
            (Self::Ids, Answer::Log(entries)) => ids(printer, entries),
            (Self::Logs, Answer::Logs(found)) => logs(printer, found),
            (
                Self::Claimed { only_ids },
                Answer::Topic(Told::Claimed { next, entries, deleted }),
            ) => {
                printer.array(3);
                printer.bulk(next.to_string().as_bytes());
                if only_ids {
                    ids(printer, entries)
                } else {
                    log(printer, entries)
                }
                printer.array(deleted.len());
                deleted.iter().for_each(|id| printer.bulk(id.to_string().as_bytes()));
            }
            (Self::Told, Answer::Topic(told)) => printer.reply(&reply(told, desk.now_ms())),
            _ => printer.error(&ErrorReply::UNEXPECTED),
        }
    }
}

fn logs(printer: &mut Printer, found: &[(Bytes, Vec<Entry>)]) {
    if found.is_empty() {
        return printer.nil_array();
    }
    if printer.protocol == Protocol::Resp3 {
        printer.map(found.len());
    } else {
        printer.array(found.len());
    }
    for (name, entries) in found {
        if printer.protocol == Protocol::Resp2 {
            printer.array(2);
        }
        printer.bulk(name);
        log(printer, entries);
    }
}

fn log(printer: &mut Printer, entries: &[Entry]) {
    printer.array(entries.len());
    for Entry { id, fields } in entries {
        printer.array(2);
        printer.bulk(id.to_string().as_bytes());
        let Some(fields) = fields else {
            printer.nil_array();
            continue;
        };
        printer.array(fields.len() * 2);
        for (field, value) in fields {
            printer.bulk(field);
            printer.bulk(value);
        }
    }
}

fn ids(printer: &mut Printer, entries: &[Entry]) {
    printer.array(entries.len());
    entries.iter().for_each(|entry| printer.bulk(entry.id.to_string().as_bytes()));
}

fn id(id: Id) -> Reply {
    Reply::Text(id.to_string())
}

fn bulk(bytes: &Bytes) -> Reply {
    Reply::Bulk(bytes.clone())
}

fn optional(number: Option<u64>) -> Reply {
    number.map_or(Reply::Nil, Reply::unsigned)
}

fn reply(told: &Told, now_ms: u64) -> Reply {
    match told {
        Told::PendingSummary { count, ends, consumers } => {
            let (first, last) = match ends {
                Some((first, last)) => (id(*first), id(*last)),
                None => (Reply::Nil, Reply::Nil),
            };
            let line = |(name, count): &(Bytes, u64)| {
                Reply::Array(vec![bulk(name), Reply::Text(count.to_string())])
            };
            let consumers = match ends {
                Some(_) => Reply::Array(consumers.iter().map(line).collect()),
                None => Reply::NilArray,
            };
            Reply::Array(vec![Reply::unsigned(*count), first, last, consumers])
        }
        Told::Pending(pending) => {
            let line = |one: &Pending| {
                Reply::Array(vec![
                    id(one.id),
                    bulk(&one.consumer),
                    Reply::unsigned(now_ms.saturating_sub(one.delivered_ms)),
                    Reply::unsigned(one.deliveries),
                ])
            };
            Reply::Array(pending.iter().map(line).collect())
        }
        Told::Info(info) => {
            let mut pairs = head(info);
            pairs.push(("groups", Reply::unsigned(info.groups)));
            let edge = |edge: &Option<Entry>| edge.as_ref().map_or(Reply::Nil, entry);
            pairs.push(("first-entry", edge(&info.first_entry)));
            pairs.push(("last-entry", edge(&info.last_entry)));
            map(pairs)
        }
        Told::Groups(groups) => Reply::Array(groups.iter().map(group).collect()),
        Told::Consumers(consumers) => {
            let line = |ConsumerInfo { name, pending, seen_ms }: &ConsumerInfo| {
                map(vec![
                    ("name", bulk(name)),
                    ("pending", Reply::unsigned(*pending)),
                    ("idle", Reply::unsigned(now_ms.saturating_sub(*seen_ms))),
                ])
            };
            Reply::Array(consumers.iter().map(line).collect())
        }
        Told::Full(info, entries, groups) => {
            let mut pairs = head(info);
            pairs.push(("entries", Reply::Array(entries.iter().map(entry).collect())));
            pairs.push(("groups", Reply::Array(groups.iter().map(group_in_full).collect())));
            map(pairs)
        }
        Told::Claimed { .. } => Reply::Error(ErrorReply::UNEXPECTED),
    }
}

fn map(pairs: Vec<(&'static str, Reply)>) -> Reply {
    Reply::Map(pairs.into_iter().map(|(key, value)| (Reply::text(key), value)).collect())
}

fn entry(Entry { id: of, fields }: &Entry) -> Reply {
    let fields = fields.iter().flatten().flat_map(|(field, value)| [bulk(field), bulk(value)]);
    Reply::Array(vec![id(*of), Reply::Array(fields.collect())])
}

/// What `XINFO STREAM` begins with. The tree is not one of radixes; its figures are those that
/// Redis has for entries of a usual size.
fn head(info: &Info) -> Vec<(&'static str, Reply)> {
    let blocks = info.len.div_ceil(100);
    let first = info.first_entry.as_ref().map_or(Id::MIN, |entry| entry.id);
    vec![
        ("length", Reply::unsigned(info.len)),
        ("radix-tree-keys", Reply::unsigned(blocks)),
        ("radix-tree-nodes", Reply::unsigned(blocks + 1)),
        ("last-generated-id", id(info.last)),
        ("max-deleted-entry-id", id(info.deleted)),
        ("entries-added", Reply::unsigned(info.added)),
        ("recorded-first-entry-id", id(first)),
    ]
}

fn group(info: &GroupInfo) -> Reply {
    map(vec![
        ("name", bulk(&info.name)),
        ("consumers", Reply::unsigned(info.consumers)),
        ("pending", Reply::unsigned(info.pending)),
        ("last-delivered-id", id(info.last_delivered)),
        ("entries-read", optional(info.entries_read)),
        ("lag", optional(info.lag)),
    ])
}

fn group_in_full(GroupFull { info, pending, consumers }: &GroupFull) -> Reply {
    let of_group = |one: &Pending| {
        Reply::Array(vec![
            id(one.id),
            bulk(&one.consumer),
            Reply::unsigned(one.delivered_ms),
            Reply::unsigned(one.deliveries),
        ])
    };
    let of_consumer = |one: &Pending| {
        Reply::Array(vec![
            id(one.id),
            Reply::unsigned(one.delivered_ms),
            Reply::unsigned(one.deliveries),
        ])
    };
    let consumer = |(info, pending): &(ConsumerInfo, Vec<Pending>)| {
        map(vec![
            ("name", bulk(&info.name)),
            ("seen-time", Reply::unsigned(info.seen_ms)),
            ("pel-count", Reply::unsigned(info.pending)),
            ("pel", Reply::Array(pending.iter().map(of_consumer).collect())),
        ])
    };
    map(vec![
        ("name", bulk(&info.name)),
        ("last-delivered-id", id(info.last_delivered)),
        ("entries-read", optional(info.entries_read)),
        ("lag", optional(info.lag)),
        ("pel-count", Reply::unsigned(info.pending)),
        ("pel", Reply::Array(pending.iter().map(of_group).collect())),
        ("consumers", Reply::Array(consumers.iter().map(consumer).collect())),
    ])
}
