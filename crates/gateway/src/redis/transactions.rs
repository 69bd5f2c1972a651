//! Transactions: commands are queued and done together, unless something they watch has changed.

use super::command::{ALL_KEYS, Spec, order, other};
use super::order::Order;

pub(super) const COMMANDS: &[Spec] = &[
    other("discard", 1, |_, _| order(Order::Discard)),
    other("exec", 1, |_, _| order(Order::Exec)),
    other("multi", 1, |_, _| order(Order::Multi)),
    other("unwatch", 1, |_, _| order(Order::Unwatch)),
    Spec { keys: ALL_KEYS, ..other("watch", -2, |args, _| order(Order::Watch(args.rest()))) },
];
