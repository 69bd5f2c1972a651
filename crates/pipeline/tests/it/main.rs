//! The crate through its public face.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "helpers of tests fail by panic, and say loudly what they skip"
)]

mod captured;
mod differences;
mod harness;
mod official;
mod postgres;
mod postgres_tls;
mod properties;
mod secrets;
mod server;
mod sources;
mod sql_query;
mod sqlite;
mod transforms;
