//! The crate through its public face.

mod captured;
mod differences;
mod harness;
mod official;
