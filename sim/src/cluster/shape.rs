//! What kind of cluster is simulated.

use crate::chance::Chance;

/// What a cluster is made of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    /// Nodes at the beginning.
    pub(crate) nodes: u64,
    /// Whether the last of them is a witness.
    pub(crate) has_witness: bool,
    /// Whether members come and go, and an autopilot says who votes.
    pub(crate) moves: bool,
    /// Whether members refuse the calls of those that were removed, as certificates let them.
    pub(crate) shuts_out: bool,
}

impl Shape {
    /// Members that stay the same and all vote.
    pub(crate) fn fixed(nodes: u64) -> Self {
        Self { nodes, has_witness: false, moves: false, shuts_out: false }
    }

    pub(crate) fn drawn(chance: &mut Chance) -> Self {
        let nodes = *chance.pick(&[1, 2, 3, 3, 3, 5]).unwrap_or(&3);
        if chance.happens(1, 2) {
            return Self::fixed(nodes);
        }
        let has_witness = nodes > 1 && chance.happens(1, 4);
        Self { nodes, has_witness, moves: true, shuts_out: chance.happens(2, 3) }
    }
}
