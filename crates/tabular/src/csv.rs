//! Text tables: comma, tab and otherwise separated values.
//!
//! Reading copies nothing that it need not: a block of the file becomes a buffer, and the cells
//! of a batch are views into it.

mod block;
mod cells;
mod escaped;
mod mask;
mod out;
mod reader;
mod record;
mod writer;

pub use reader::{Options, read};
pub use writer::{WriteOptions, Writer};

/// The name of the format in errors.
const FORMAT: &str = "csv";

#[cfg(test)]
mod tests;
