//! Runs one piece of foreign code under limits: processes, among them steps in Python, and
//! functions in JavaScript.
//!
//! A child gets a process group of its own, is ended with all it started, and dies with thorp.

pub mod javascript;
pub mod limits;
pub mod process;
pub mod python;
