//! Reading streams, alone or for a group, and waiting for what comes.

use bytes::Bytes;
use structures::topic::{From, ReadOptions};

use super::super::args::{Args, integer};
use super::super::block::{self, Attempt, Block, GroupRead, Start};
use super::super::command::Action;
use super::super::error::ErrorReply;
use super::super::shape::Shape;
use super::super::shared::Desk;
use super::super::stream_shape::Shape as Stream;
use super::ids;

/// What stands in front of the names.
#[derive(Debug, Default)]
struct Options {
    count: Option<u64>,
    /// The outer none: it does not wait; the inner: for ever.
    block_ms: Option<Option<u64>>,
    group: Option<(Bytes, Bytes)>,
    acknowledges: bool,
}

impl Options {
    fn parse(args: &mut Args, is_group: bool) -> Result<Self, ErrorReply> {
        let mut options = Self::default();
        while !args.takes("streams") {
            if args.takes("count") {
                // Nothing and less mean everything, as in Redis.
                options.count = u64::try_from(args.integer()?).ok().filter(|count| *count > 0);
            } else if args.takes("block") {
                let ms = integer(&args.bytes()?)
                    .ok_or(ErrorReply::fixed("ERR timeout is not an integer or out of range"))?;
                let negative = ErrorReply::fixed("ERR timeout is negative");
                let ms = u64::try_from(ms).map_err(|_| negative)?;
                options.block_ms = Some(Some(ms).filter(|ms| *ms > 0));
            } else if args.takes("group") {
                if !is_group {
                    return Err(ErrorReply::fixed(
                        "ERR The GROUP option is only supported by XREADGROUP. You called XREAD \
                         instead.",
                    ));
                }
                options.group = Some((args.bytes()?, args.bytes()?));
            } else if args.takes("noack") {
                if !is_group {
                    return Err(ErrorReply::fixed(
                        "ERR The NOACK option is only supported by XREADGROUP. You called XREAD \
                         instead.",
                    ));
                }
                options.acknowledges = true;
            } else {
                return Err(ErrorReply::SYNTAX);
            }
        }
        Ok(options)
    }
}

/// Names, and as many ids.
fn names_and_ids(args: &mut Args) -> Result<(Vec<Bytes>, Vec<Bytes>), ErrorReply> {
    // The text is the same for groups.
    let unbalanced = || {
        ErrorReply::fixed(
            "ERR Unbalanced XREAD list of streams: for each stream key an ID or '$' must be \
             specified.",
        )
    };
    if args.is_empty() || !args.left().is_multiple_of(2) {
        return Err(unbalanced());
    }
    let names = args.many(args.left() / 2).ok_or_else(unbalanced)?;
    Ok((names, args.rest()))
}

pub(super) fn read(args: &mut Args, _: &Desk<'_>) -> Result<Action, ErrorReply> {
    let options = Options::parse(args, false)?;
    let (names, ids) = names_and_ids(args)?;
    let mut topics = Vec::with_capacity(names.len());
    for (name, id) in names.iter().zip(&ids) {
        let start = match id.as_ref() {
            b"$" => Start::Now,
            b">" => {
                return Err(ErrorReply::fixed(
                    "ERR The > ID can be specified only when calling XREADGROUP using the GROUP \
                     <group> <consumer> option.",
                ));
            }
            id => Start::After(ids::strict(id, 0)?),
        };
        topics.push((name.clone(), start));
    }
    let attempt = Attempt::Read { topics, count: options.count };
    action(names, attempt, options.block_ms)
}

pub(super) fn read_group(args: &mut Args, _: &Desk<'_>) -> Result<Action, ErrorReply> {
    let options = Options::parse(args, true)?;
    let (names, ids) = names_and_ids(args)?;
    let Some((group, consumer)) = options.group else {
        return Err(ErrorReply::fixed("ERR Missing GROUP option for XREADGROUP"));
    };
    let mut topics = Vec::with_capacity(names.len());
    for (name, id) in names.iter().zip(&ids) {
        let from = match id.as_ref() {
            b">" => From::New,
            b"$" => {
                return Err(ErrorReply::fixed(
                    "ERR The $ ID is meaningless in the context of XREADGROUP: you want to read \
                     the history of this consumer by specifying a proper ID, or use the > ID to \
                     get new messages. The $ ID would just return an empty result set.",
                ));
            }
            id => From::PendingAfter(ids::strict(id, 0)?),
        };
        topics.push((name.clone(), from));
    }
    let read_options = ReadOptions { count: options.count, acknowledges: options.acknowledges };
    let read = GroupRead { group, consumer, topics, options: read_options };
    action(names, Attempt::ReadGroup(read), options.block_ms)
}

fn action(
    names: Vec<Bytes>,
    attempt: Attempt,
    block_ms: Option<Option<u64>>,
) -> Result<Action, ErrorReply> {
    let shape = Shape::Stream(Stream::Logs);
    match block_ms {
        Some(timeout_ms) => block::action(names, attempt, shape, timeout_ms),
        None => {
            let block = Block { names, attempt, shape, timeout_ms: None };
            Ok(Action::Data(block.at_once()))
        }
    }
}
