//! The crate through its public face: processes, the interpreter, and the modules of Python.

mod process;
mod python;
mod support;
mod wire;
