//! The built program, as users run it.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics has failed")]
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "random tests print their seed, and tests say loudly what they skip"
)]

mod cluster;
mod commands;
mod differential;
mod dirty;
mod examples;
mod faults;
mod mounts;
mod packages;
mod project;
mod python;
mod reference;
mod report;
mod runs;
mod secrets;
mod server;
mod validate;
mod vega_datasets;
