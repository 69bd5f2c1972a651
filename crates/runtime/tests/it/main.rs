//! The crate through its public face: processes, the interpreter, and the modules of Python.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod javascript;
mod process;
mod python;
mod support;
mod wire;
