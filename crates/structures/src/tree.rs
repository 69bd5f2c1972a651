//! A counted tree: elements in order, each found by its index or its content in O(log n) rows.
//!
//! A B+-tree whose inner nodes know how many elements lie below each child. Lists use it by index;
//! sets and sorted sets keep their elements sorted and use both. Elements of at most a few hundred
//! bytes share leaves of about 2 KiB; a large one has its own, so a change rewrites little.
//! Empty nodes are removed; half empty ones are not joined, which costs depth only after a history
//! of deletes in random places.

mod edit;
mod node;
mod read;

use serde::{Deserialize, Serialize};

/// Where a tree begins; kept in the row of the structure.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Root {
    /// The number of the topmost node; an empty tree has none.
    pub node: u64,
    pub len: u64,
    /// How many nodes were ever made: numbers of nodes are not used again.
    pub made: u64,
}

/// The tree of the structure `id`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tree {
    pub id: u64,
    pub root: Root,
    /// Whether inner nodes repeat the first element below each child, to find elements by content.
    pub order: Order,
}

/// What decides the place of an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// Whoever puts it there.
    Given,
    /// Its bytes.
    Sorted,
}

impl Tree {
    pub(crate) fn given(id: u64, root: Root) -> Self {
        Self { id, root, order: Order::Given }
    }

    pub(crate) fn sorted(id: u64, root: Root) -> Self {
        Self { id, root, order: Order::Sorted }
    }
}

#[cfg(test)]
mod tests;
