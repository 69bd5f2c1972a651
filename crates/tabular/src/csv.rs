//! Text tables: comma, tab and otherwise separated values.
//!
//! Reading copies nothing that it need not: a block of the file becomes a buffer, and the cells
//! of a batch are views into it.

mod block;
mod cells;
mod escaped;
mod mask;
mod reader;
mod record;

pub use reader::{Options, read};

/// The name of the format in errors.
const FORMAT: &str = "csv";

#[cfg(test)]
mod tests;
