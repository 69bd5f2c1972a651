//! The doors through their public face, with the clients that people use.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test may fail, and say so"
)]

mod client;
mod clients;
mod cluster;
mod differential;
mod engines;
mod https;
mod kit;
mod listening;
mod nonsense;
mod redis_door;
mod scenes;
mod sessions;
mod waiting;
