//! The built program, as users run it.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics has failed")]

mod commands;
mod faults;
mod project;
mod python;
mod runs;
