//! The crate through its public face: members in one process, with real servers and engines.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail")]

mod fmap;
mod host;
mod kit;
mod tasks;
