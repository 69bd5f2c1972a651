//! Runs one piece of foreign code under limits: processes, and among them steps in Python.
//!
//! A child gets a process group of its own, is ended with all it started, and dies with thorp.

pub mod limits;
pub mod process;
pub mod python;
