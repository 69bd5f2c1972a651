//! The store through its public face.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test that cannot go on fails, also in its helpers, and one that skips says so"
)]

mod child;
mod fuzz;
mod http;
mod lock;
mod s3;
mod server;
mod sources;
