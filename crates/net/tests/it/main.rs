//! The crate through its public face: real sockets, real TLS.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "helpers of tests fail by panic, and say loudly what they skip"
)]

mod cable;
mod calls;
mod discovery;
mod entries;
mod joins;
mod logs;
mod multicast;
mod network;
mod support;
