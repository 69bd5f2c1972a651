//! How answers look: each shape prints the answers of some commands.

use bytes::Bytes;
use structures::{Answer, Kind, Page, map};

use super::reply::{Printer, Protocol};
use super::shared::Desk;
use super::{error::ErrorReply, stream_shape};

/// How the answer of one operation looks.
#[derive(Debug, Clone)]
pub(super) enum Shape {
    Ok,
    /// `OK`, or nil when a condition did not hold.
    OkOrNil,
    /// The value that was there before.
    Old,
    Integer,
    /// 1 when something is there or was done, otherwise 0.
    Truth,
    IntegerOrNil,
    Bulk,
    /// The first of a list, or nil.
    First,
    Bulks,
    /// The same, and a nil array when there is no list.
    BulksOrNil,
    BulkSet,
    Integers,
    FirstInteger,
    /// The name of a list, and one element.
    Popped,
    /// The name of a list, and elements.
    PoppedMany,
    /// The name of a sorted set, one member and its score.
    PoppedScore,
    /// The name of a sorted set, and members with scores.
    PoppedScores,
    Float,
    Floats,
    Members,
    MembersWithScores,
    /// One member and its score, not in a list of their own.
    OneWithScore,
    FirstMember,
    Fields,
    FieldValues,
    FieldMap,
    /// Fields with values, each pair for itself where the protocol can tell.
    FieldPairs,
    FirstField,
    Kind,
    /// When something ends.
    Deadline(Unit, From),
    Names,
    FirstName,
    /// A page, and the cursor of the next one.
    Page,
    /// What two values have in common.
    Common(Common),
    /// How many listeners of this node heard a message on the channel.
    Heard(Bytes),
    /// The same for a channel of a shard.
    HeardApart(Bytes),
    Stream(stream_shape::Shape),
}

/// The unit of a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Seconds,
    Milliseconds,
}

/// Where a time counts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum From {
    Now,
    Epoch,
}

/// What of a comparison is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Common {
    Text,
    Length,
    Matches { with_lengths: bool },
}

impl Shape {
    pub(super) fn print(&self, printer: &mut Printer, answer: &Answer, desk: &Desk<'_>) {
        match self {
            Self::Ok => printer.ok(),
            Self::OkOrNil => match answer {
                Answer::Put(map::Put { revision: None, .. }) | Answer::Nothing => printer.nil(),
                _ => printer.ok(),
            },
            Self::Old => match answer {
                Answer::Put(put) => printer.optional(put.old.as_ref()),
                _ => printer.error(&ErrorReply::UNEXPECTED),
            },
            Self::Integer | Self::Truth | Self::IntegerOrNil => integer(self, printer, answer),
            Self::Bulk => match answer {
                Answer::Bytes(bytes) => printer.bulk(bytes),
                Answer::Entry(entry) => printer.bulk(&entry.value),
                _ => printer.nil(),
            },
            Self::First
            | Self::Bulks
            | Self::BulksOrNil
            | Self::BulkSet
            | Self::Integers
            | Self::FirstInteger
            | Self::Floats => list(self, printer, answer),
            Self::Popped | Self::PoppedMany | Self::PoppedScore | Self::PoppedScores => {
                popped(self, printer, answer);
            }
            Self::Float => match answer {
                Answer::Float(number) => printer.double(*number),
                _ => printer.nil(),
            },
            Self::Members | Self::MembersWithScores | Self::OneWithScore | Self::FirstMember => {
                let Answer::Scored(members) = answer else {
                    return printer.error(&ErrorReply::UNEXPECTED);
                };
                scored(self, printer, members);
            }
            Self::Fields
            | Self::FieldValues
            | Self::FieldMap
            | Self::FieldPairs
            | Self::FirstField => {
                let Answer::Entries(entries) = answer else {
                    return printer.error(&ErrorReply::UNEXPECTED);
                };
                fields(self, printer, entries);
            }
            Self::Kind => match answer {
                Answer::Kind(kind) => printer.simple(kind_name(*kind)),
                _ => printer.simple("none"),
            },
            Self::Deadline(unit, from) => deadline(printer, answer, (*unit, *from), desk.now_ms()),
            Self::Names | Self::FirstName => names(self, printer, answer),
            Self::Page => match answer {
                Answer::Page(found) => page(printer, found, desk),
                _ => printer.error(&ErrorReply::UNEXPECTED),
            },
            Self::Common(shown) => match answer {
                Answer::Comparison(found) => common(printer, *shown, found),
                _ => printer.error(&ErrorReply::UNEXPECTED),
            },
            Self::Heard(channel) => printer.integer(desk.listeners(channel)),
            Self::HeardApart(channel) => printer.integer(desk.listeners_apart(channel)),
            Self::Stream(shape) => shape.print(printer, answer, desk),
        }
    }
}

fn integer(shape: &Shape, printer: &mut Printer, answer: &Answer) {
    match (shape, answer) {
        (Shape::IntegerOrNil, Answer::Nothing) => printer.nil(),
        (_, Answer::Nothing) => printer.integer(0),
        (Shape::Truth, Answer::Integer(_) | Answer::Entry(_)) => printer.integer(1),
        (_, Answer::Put(put)) => printer.integer(i64::from(put.revision.is_some())),
        (_, Answer::Flag(flag)) => printer.integer(i64::from(*flag)),
        (_, Answer::Integer(number)) => printer.integer(*number),
        _ => printer.error(&ErrorReply::UNEXPECTED),
    }
}

fn list(shape: &Shape, printer: &mut Printer, answer: &Answer) {
    let items = match (shape, answer) {
        (_, Answer::List(items)) => items.as_slice(),
        (Shape::BulksOrNil, Answer::Nothing) => return printer.nil_array(),
        (Shape::First | Shape::FirstInteger, Answer::Nothing) => return printer.nil(),
        (_, Answer::Nothing) => &[],
        _ => return printer.error(&ErrorReply::UNEXPECTED),
    };
    match shape {
        Shape::First | Shape::FirstInteger => match items.first() {
            Some(first) => item(printer, first),
            None => printer.nil(),
        },
        Shape::BulkSet => {
            printer.set(items.len());
            items.iter().for_each(|one| item(printer, one));
        }
        _ => array(printer, items),
    }
}

fn array(printer: &mut Printer, items: &[Answer]) {
    printer.array(items.len());
    items.iter().for_each(|one| item(printer, one));
}

/// One element of a list.
fn item(printer: &mut Printer, answer: &Answer) {
    match answer {
        Answer::Bytes(bytes) => printer.bulk(bytes),
        Answer::Integer(number) => printer.integer(*number),
        Answer::Flag(flag) => printer.integer(i64::from(*flag)),
        Answer::Float(number) => printer.double(*number),
        Answer::Nothing => printer.nil(),
        _ => printer.error(&ErrorReply::UNEXPECTED),
    }
}

/// What came from the first of several names that had something.
fn popped(shape: &Shape, printer: &mut Printer, answer: &Answer) {
    let Answer::List(found) = answer else { return printer.nil_array() };
    let [Answer::Bytes(name), elements] = found.as_slice() else {
        return printer.error(&ErrorReply::UNEXPECTED);
    };
    match (shape, elements) {
        (Shape::Popped, Answer::List(values)) => {
            printer.array(2);
            printer.bulk(name);
            values.iter().take(1).for_each(|value| item(printer, value));
        }
        (Shape::PoppedMany, Answer::List(values)) => {
            printer.array(2);
            printer.bulk(name);
            array(printer, values);
        }
        (Shape::PoppedScore, Answer::Scored(members)) => {
            printer.array(3);
            printer.bulk(name);
            for (member, score) in members.iter().take(1) {
                printer.bulk(member);
                printer.double(*score);
            }
        }
        (Shape::PoppedScores, Answer::Scored(members)) => {
            printer.array(2);
            printer.bulk(name);
            printer.array(members.len());
            for (member, score) in members {
                printer.array(2);
                printer.bulk(member);
                printer.double(*score);
            }
        }
        _ => printer.error(&ErrorReply::UNEXPECTED),
    }
}

fn scored(shape: &Shape, printer: &mut Printer, members: &[(Bytes, f64)]) {
    match shape {
        Shape::FirstMember => printer.optional(members.first().map(|(member, _)| member)),
        Shape::Members => {
            printer.array(members.len());
            members.iter().for_each(|(member, _)| printer.bulk(member));
        }
        Shape::MembersWithScores if printer.protocol == Protocol::Resp3 => {
            printer.array(members.len());
            for (member, score) in members {
                printer.array(2);
                printer.bulk(member);
                printer.double(*score);
            }
        }
        _ => {
            printer.array(members.len() * 2);
            for (member, score) in members {
                printer.bulk(member);
                printer.double(*score);
            }
        }
    }
}

fn fields(shape: &Shape, printer: &mut Printer, entries: &[map::Entry]) {
    match shape {
        Shape::FirstField => printer.optional(entries.first().map(|entry| &entry.key)),
        Shape::Fields => {
            printer.array(entries.len());
            entries.iter().for_each(|entry| printer.bulk(&entry.key));
        }
        Shape::FieldValues => {
            printer.array(entries.len());
            entries.iter().for_each(|entry| printer.bulk(&entry.value));
        }
        Shape::FieldPairs if printer.protocol == Protocol::Resp3 => {
            printer.array(entries.len());
            for entry in entries {
                printer.array(2);
                printer.bulk(&entry.key);
                printer.bulk(&entry.value);
            }
        }
        _ => {
            if matches!(shape, Shape::FieldMap) {
                printer.map(entries.len());
            } else {
                printer.array(entries.len() * 2);
            }
            for entry in entries {
                printer.bulk(&entry.key);
                printer.bulk(&entry.value);
            }
        }
    }
}

/// What Redis calls a kind; it has none for queues, locks, counters and sources of ids.
pub(super) fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Value => "string",
        Kind::Map => "hash",
        Kind::List => "list",
        Kind::Set => "set",
        Kind::SortedSet => "zset",
        Kind::Topic => "stream",
        Kind::Queue => "queue",
        Kind::Lock => "lock",
        Kind::Counter => "counter",
        Kind::Flake => "flake",
    }
}

fn deadline(printer: &mut Printer, answer: &Answer, (unit, from): (Unit, From), now_ms: u64) {
    let at_ms = match answer {
        Answer::Nothing => return printer.integer(-2),
        Answer::Deadline(None) => return printer.integer(-1),
        Answer::Deadline(Some(at_ms)) => *at_ms,
        _ => return printer.error(&ErrorReply::UNEXPECTED),
    };
    let ms = if from == From::Epoch { at_ms } else { at_ms.saturating_sub(now_ms) };
    // Rounded, not cut: the time of a fresh key is what was asked for.
    let number = if unit == Unit::Seconds { (ms + 500) / 1000 } else { ms };
    printer.integer(i64::try_from(number).unwrap_or(i64::MAX));
}

fn names(shape: &Shape, printer: &mut Printer, answer: &Answer) {
    match (shape, answer) {
        (Shape::FirstName, Answer::Names(names)) => {
            printer.optional(names.first().map(|name| &name.name));
        }
        (Shape::Names, Answer::Names(names)) => {
            printer.array(names.len());
            names.iter().for_each(|name| printer.bulk(&name.name));
        }
        _ => printer.nil(),
    }
}

fn page(printer: &mut Printer, page: &Page, desk: &Desk<'_>) {
    let cursor = page.next.as_ref().map_or(0, |next| desk.cursor(next));
    printer.array(2);
    printer.bulk(itoa::Buffer::new().format(cursor).as_bytes());
    match &*page.items {
        Answer::Names(names) => {
            printer.array(names.len());
            names.iter().for_each(|name| printer.bulk(&name.name));
        }
        Answer::List(items) => array(printer, items),
        Answer::Entries(entries) => {
            printer.array(entries.len() * 2);
            for entry in entries {
                printer.bulk(&entry.key);
                printer.bulk(&entry.value);
            }
        }
        Answer::Scored(members) => {
            printer.array(members.len() * 2);
            for (member, score) in members {
                printer.bulk(member);
                // Redis prints scores of a scan as texts in both protocols.
                printer.bulk(super::reply::double(*score).as_bytes());
            }
        }
        _ => printer.error(&ErrorReply::UNEXPECTED),
    }
}

fn common(printer: &mut Printer, shown: Common, found: &map::Comparison) {
    let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let length = i64::try_from(found.common.len()).unwrap_or(i64::MAX);
    let with_lengths = match shown {
        Common::Text => return printer.bulk(&found.common),
        Common::Length => return printer.integer(length),
        Common::Matches { with_lengths } => with_lengths,
    };
    printer.map(2);
    printer.bulk(b"matches");
    printer.array(found.matches.len());
    for stretch in &found.matches {
        printer.array(if with_lengths { 3 } else { 2 });
        for start in [stretch.one, stretch.two] {
            printer.array(2);
            printer.integer(number(start));
            printer.integer(number(start + stretch.bytes.saturating_sub(1)));
        }
        if with_lengths {
            printer.integer(number(stretch.bytes));
        }
    }
    printer.bulk(b"len");
    printer.integer(length);
}
