//! Publish and subscribe.

use structures::names;

use super::args::Args;
use super::command::{Action, ONE_KEY, Spec, container, incomplete, order, other, write};
use super::error::ErrorReply;
use super::hub::Kind;
use super::order::Order;
use super::server::described::help;
use super::shape::Shape;
use super::shared::Desk;

pub(super) const COMMANDS: &[Spec] = &[
    other("psubscribe", -2, |args, _| order(Order::Listen(Kind::Pattern, args.rest()))),
    other("publish", 3, |args, _| {
        let (channel, message) = (args.bytes()?, args.bytes()?);
        let shape = Shape::Heard(channel.clone());
        write(names::Command::Publish { channel, message }, shape)
    }),
    container("pubsub", -2, incomplete),
    other("pubsub|channels", -2, |args, desk| channels(args, desk, Kind::Channel)),
    other("pubsub|help", 2, help),
    other("pubsub|numpat", 2, |_, _| order(Order::Patterns)),
    other("pubsub|numsub", -2, |args, _| order(Order::Subscribers(Kind::Channel, args.rest()))),
    other("pubsub|shardchannels", -2, |args, desk| channels(args, desk, Kind::Shard)),
    other("pubsub|shardnumsub", -2, |args, _| order(Order::Subscribers(Kind::Shard, args.rest()))),
    other("punsubscribe", -1, |args, _| order(Order::Ignore(Kind::Pattern, args.rest()))),
    Spec { keys: ONE_KEY, ..other("spublish", 3, publish_apart) },
    other("ssubscribe", -2, |args, _| order(Order::Listen(Kind::Shard, args.rest()))),
    other("subscribe", -2, |args, _| order(Order::Listen(Kind::Channel, args.rest()))),
    other("sunsubscribe", -1, |args, _| order(Order::Ignore(Kind::Shard, args.rest()))),
    other("unsubscribe", -1, |args, _| order(Order::Ignore(Kind::Channel, args.rest()))),
];

/// There is one shard: every node knows all its channels.
fn publish_apart(args: &mut Args, _: &Desk<'_>) -> Result<Action, ErrorReply> {
    let (channel, message) = (args.bytes()?, args.bytes()?);
    let shape = Shape::HeardApart(channel.clone());
    write(names::Command::PublishApart { channel, message }, shape)
}

fn channels(args: &mut Args, desk: &Desk<'_>, kind: Kind) -> Result<Action, ErrorReply> {
    let matching = if args.is_empty() { None } else { Some(args.bytes()?) };
    args.end().map_err(|_| ErrorReply::arity(desk.name))?;
    order(Order::Channels(kind, matching))
}
