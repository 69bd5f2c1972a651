//! Members that are lost, meet, move and leave: nodes in one process, on loopback.

#![expect(clippy::unwrap_used, reason = "a test may fail, and say so")]

mod drain;
mod kit;
mod meet;
mod moves;
mod recover;
mod replace;
mod witness;
