//! The doors: each speaks a protocol, and decides nothing.
//!
//! A door parses what a client sends into commands and questions of `structures`, lets the engine
//! of `state` agree on them or answer them, and prints the answers. What a command means is written
//! in `structures`, so all doors show the same data in the same way.

mod chance;
mod door;
pub mod https;
pub mod limits;
pub mod redis;
mod sender;

pub use door::{Door, ServeError, Stop};
