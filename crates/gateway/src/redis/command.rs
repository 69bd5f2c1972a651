//! What a command of Redis is: its row in the table, and what it comes to.

use bytes::Bytes;
use structures::{Command, Operation, Query};

use super::args::Args;
use super::block::Block;
use super::error::ErrorReply;
use super::order::Order;
use super::reply::Reply;
use super::shape::Shape;
use super::shared::Desk;

/// The row of one command.
#[derive(Debug)]
pub(super) struct Spec {
    /// In small letters; of a subcommand `client|id`.
    pub(super) name: &'static str,
    /// How many words, its name included; a negative number: at least as many.
    pub(super) arity: i64,
    pub(super) effect: Effect,
    pub(super) keys: Keys,
    pub(super) parse: Parse,
}

pub(super) type Parse = fn(&mut Args, &Desk<'_>) -> Result<Action, ErrorReply>;

/// What a command does to data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    Writes,
    Reads,
    /// Neither.
    None,
    /// Its second word says what it does.
    OfSubcommand,
}

/// Which words are names: the first, the last (negative ones count from the end) and the step.
pub(super) type Keys = (i64, i64, i64);

pub(super) const NO_KEYS: Keys = (0, 0, 0);
pub(super) const ONE_KEY: Keys = (1, 1, 1);
pub(super) const ALL_KEYS: Keys = (1, -1, 1);

/// What a command comes to.
#[derive(Debug)]
pub(super) enum Action {
    Data(Data),
    Block(Block),
    /// The answer is known.
    Reply(Reply),
    /// Something about the connection or the door.
    Order(Order),
}

/// One operation, and how its answer looks.
#[derive(Debug, Clone)]
pub(super) struct Data {
    pub(super) operation: Operation,
    pub(super) shape: Shape,
}

/// A command that changes data.
pub(super) fn write(command: impl Into<Command>, shape: Shape) -> Result<Action, ErrorReply> {
    Ok(Action::Data(Data { operation: Operation::Write(command.into()), shape }))
}

/// A question.
pub(super) fn read(query: impl Into<Query>, shape: Shape) -> Result<Action, ErrorReply> {
    Ok(Action::Data(Data { operation: Operation::Read(query.into()), shape }))
}

pub(super) fn order(order: Order) -> Result<Action, ErrorReply> {
    Ok(Action::Order(order))
}

pub(super) fn reply(reply: Reply) -> Result<Action, ErrorReply> {
    Ok(Action::Reply(reply))
}

pub(super) const fn writes(name: &'static str, arity: i64, keys: Keys, parse: Parse) -> Spec {
    Spec { name, arity, effect: Effect::Writes, keys, parse }
}

pub(super) const fn reads(name: &'static str, arity: i64, keys: Keys, parse: Parse) -> Spec {
    Spec { name, arity, effect: Effect::Reads, keys, parse }
}

pub(super) const fn other(name: &'static str, arity: i64, parse: Parse) -> Spec {
    Spec { name, arity, effect: Effect::None, keys: NO_KEYS, parse }
}

/// A command whose second word names one of its subcommands.
pub(super) const fn container(name: &'static str, arity: i64, parse: Parse) -> Spec {
    Spec { name, arity, effect: Effect::OfSubcommand, keys: NO_KEYS, parse }
}

/// What a container alone is parsed by, if it needs a second word.
pub(super) fn incomplete(_: &mut Args, _: &Desk<'_>) -> Result<Action, ErrorReply> {
    Err(ErrorReply::SYNTAX)
}

impl Spec {
    /// Whether it waits when writes must wait.
    pub(super) fn is_held_as_write(&self) -> bool {
        self.effect == Effect::Writes || matches!(self.name, "publish" | "spublish" | "exec")
    }

    /// The names among the words of the command.
    pub(super) fn names<'a>(&self, words: &'a [Bytes]) -> impl Iterator<Item = &'a Bytes> {
        let (first, last, step) = self.keys;
        let count = i64::try_from(words.len()).unwrap_or(i64::MAX);
        let last = if last < 0 { count + last } else { last };
        let place = |place: i64| usize::try_from(place).unwrap_or_default();
        let taken = if first > 0 && step > 0 { place(last) + 1 } else { 0 };
        words.iter().take(taken).skip(place(first)).step_by(place(step).max(1))
    }

    /// The name without that of the subcommand.
    pub(super) fn container(&self) -> &'static str {
        self.name.split_once('|').map_or(self.name, |(container, _)| container)
    }
}
