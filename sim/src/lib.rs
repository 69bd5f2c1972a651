//! Simulated clusters, and the checks that say whether what clients saw was right.
//!
//! [`linearizability`] and [`models`] know nothing of thorp: any test that records what its
//! clients did can use them, whether the nodes were simulated or real processes.
//!
//! [`run`] simulates nodes of the crate `state` in one thread, in virtual time, from one seed:
//! the real engine with the real SQLite, over a disk, a network and clocks that fail. The program
//! `simulate` of this crate runs it; how it is deterministic stands there.

pub mod chance;
mod clients;
mod cluster;
mod disk;
mod faults;
mod life;
pub mod linearizability;
pub mod models;
mod network;
mod pilot;
pub mod run;
mod witnessed;
mod world;
