//! The table of all commands, by name.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use bytes::Bytes;

use super::command::{Effect, Spec};
use super::error::ErrorReply;
use super::{
    connection_group, generic, hashes, lists, pubsub, server, sets, sorted_sets, streams, strings,
    transactions,
};

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
