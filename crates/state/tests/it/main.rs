//! The engine through its public face.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::indexing_slicing,
    reason = "a test may fail, and say so"
)]

mod cluster;
mod conformance;
mod crash;
mod kit;
mod members;
mod resting;
mod single;
