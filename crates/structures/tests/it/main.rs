//! The crate through its public face.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails, also in its helpers"
)]

mod counters;
mod determinism;
mod expiry;
mod golden;
mod kit;
mod lists;
mod locks;
mod maps;
mod names;
mod patches;
mod queues;
mod sessions;
mod sets;
mod settings;
mod sorted;
mod topics;
mod transactions;
mod watching;
