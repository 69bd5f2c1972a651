//! Which of two clusters that found each other yields: decided as one function without effects.

use serde::{Deserialize, Serialize};

/// What counts when two clusters of one name and secret meet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Standing {
    /// What tells the cluster from others: the fingerprint of its authority.
    pub(super) cluster: String,
    /// Whether anything was ever written.
    pub(super) has_writes: bool,
    /// How many members it has; 0 without a quorum: then it can let nobody in.
    pub(super) members: usize,
}

/// What a node does that met another cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It gives up its cluster and joins the other one.
    Yield,
    /// The other one has to yield, or can let nobody in now.
    Stay,
    /// Neither yields: both hold what was written.
    Apart,
}

/// What a node of `own` does that met `other`; the nodes of `other` decide by the same rule.
///
/// A cluster that holds a write never yields. Of two without one the smaller yields, and of two of
/// one size the one with the greater fingerprint.
pub(super) fn verdict(own: &Standing, other: &Standing) -> Verdict {
    match (own.has_writes, other.has_writes) {
        (true, true) => return Verdict::Apart,
        (true, false) => return Verdict::Stay,
        (false, _) if other.members == 0 => return Verdict::Stay,
        (false, true) => return Verdict::Yield,
        (false, false) => {}
    }
    let is_ahead = (other.members, &own.cluster) > (own.members, &other.cluster);
    if is_ahead { Verdict::Yield } else { Verdict::Stay }
}

#[cfg(test)]
mod tests {
    use super::{Standing, Verdict, verdict};

    fn standing(cluster: &str, has_writes: bool, members: usize) -> Standing {
        Standing { cluster: cluster.into(), has_writes, members }
    }

    #[test]
    fn exactly_one_of_two_clusters_yields_unless_both_hold_writes() {
        for (own, other) in [
            (standing("a", false, 1), standing("b", false, 1)),
            (standing("b", false, 2), standing("a", false, 1)),
            (standing("b", true, 1), standing("a", false, 3)),
        ] {
            assert_eq!(verdict(&own, &other), Verdict::Stay, "{own:?} {other:?}");
            assert_eq!(verdict(&other, &own), Verdict::Yield, "{own:?} {other:?}");
        }
        let (own, other) = (standing("a", true, 1), standing("b", true, 5));
        assert_eq!(
            (verdict(&own, &other), verdict(&other, &own)),
            (Verdict::Apart, Verdict::Apart)
        );
    }

    #[test]
    fn nobody_yields_to_a_cluster_without_a_quorum() {
        let own = standing("b", false, 0);
        assert_eq!(verdict(&own, &standing("a", true, 0)), Verdict::Stay);
        assert_eq!(verdict(&own, &standing("a", false, 0)), Verdict::Stay);
        assert_eq!(verdict(&own, &standing("c", false, 1)), Verdict::Yield);
    }
}
