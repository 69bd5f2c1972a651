//! What a command of Redis is: its row in the table, and what it comes to.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use bytes::Bytes;
use structures::{Command, Operation, Query};

use super::args::Args;
use super::block::Block;
use super::error::ErrorReply;
use super::order::Order;
use super::reply::Reply;
use super::shape::Shape;
use super::shared::Desk;
use super::{
    connection_group, generic, hashes, lists, pubsub, server, sets, sorted_sets, streams, strings,
    transactions,
};

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

/// The groups of commands, in the order in which Redis documents them.
const GROUPS: [&[Spec]; 11] = [
    strings::COMMANDS,
    generic::COMMANDS,
    hashes::COMMANDS,
    lists::COMMANDS,
    sets::COMMANDS,
    sorted_sets::COMMANDS,
    streams::COMMANDS,
    pubsub::COMMANDS,
    transactions::COMMANDS,
    connection_group::COMMANDS,
    server::COMMANDS,
];

static TABLE: LazyLock<BTreeMap<&'static [u8], &'static Spec>> = LazyLock::new(|| {
    let all = GROUPS.iter().flat_map(|group| group.iter());
    all.map(|spec| (spec.name.as_bytes(), spec)).collect()
});

/// Longest name that is looked up; those of all commands are shorter.
const NAME_BYTES_MAX: usize = 32;

/// All commands and subcommands in the order of their names.
pub(super) fn all() -> impl Iterator<Item = &'static Spec> {
    TABLE.values().copied()
}

/// The command of this name, in letters of any size.
pub(super) fn find(name: &[u8]) -> Option<&'static Spec> {
    let mut small = [0; NAME_BYTES_MAX];
    let small = small.get_mut(..name.len())?;
    small.copy_from_slice(name);
    small.make_ascii_lowercase();
    TABLE.get(&*small).copied()
}

/// The command that these words begin, or why there is none.
pub(super) fn resolve(words: &[Bytes]) -> Result<&'static Spec, ErrorReply> {
    let (name, rest) = words.split_first().ok_or(ErrorReply::SYNTAX)?;
    let unknown = || ErrorReply::unknown(name, rest);
    if name.contains(&b'|') {
        return Err(unknown());
    }
    let mut spec = find(name).ok_or_else(unknown)?;
    if spec.effect == Effect::OfSubcommand
        && let Some(second) = rest.first()
    {
        let joined = [name.as_ref(), b"|", second.as_ref()].concat();
        let missing = || ErrorReply::unknown_subcommand(spec.name, second);
        spec = find(&joined).ok_or_else(missing)?;
    }
    let given = i64::try_from(words.len()).unwrap_or(i64::MAX);
    let is_enough = if spec.arity < 0 { given >= -spec.arity } else { given == spec.arity };
    if is_enough { Ok(spec) } else { Err(ErrorReply::arity(spec.name)) }
}

impl Spec {
    /// Whether it waits when writes must wait.
    pub(super) fn is_held_as_write(&self) -> bool {
        self.effect == Effect::Writes || matches!(self.name, "publish" | "spublish" | "exec")
    }

    /// The name without that of the subcommand.
    pub(super) fn container(&self) -> &'static str {
        self.name.split_once('|').map_or(self.name, |(container, _)| container)
    }
}

/// The group in which Redis documents a command.
pub(super) fn group(spec: &Spec) -> &'static str {
    const NAMES: [&str; 11] = [
        "string",
        "generic",
        "hash",
        "list",
        "set",
        "sorted-set",
        "stream",
        "pubsub",
        "transactions",
        "connection",
        "server",
    ];
    let is_in = |group: &&[Spec]| group.iter().any(|other| other.name == spec.name);
    let place = GROUPS.iter().position(is_in);
    place.and_then(|place| NAMES.get(place)).copied().unwrap_or("generic")
}
