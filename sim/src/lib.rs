//! Simulated clusters, and the checks that say whether what clients saw was right.
//!
//! [`linearizability`] and [`models`] know nothing of thorp: any test that records what its
//! clients did can use them, whether the nodes were simulated or real processes.

pub mod chance;
pub mod linearizability;
pub mod models;
