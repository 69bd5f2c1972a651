//! Typed tables: columns of text that is known to be well formed, and what can be done with them.
//!
//! A cell keeps the digits and letters that it came with: a [`Column`] is a list of texts with a
//! [`Kind`] that promises their form. Checking a text is cheaper than parsing and printing it,
//! nothing is rounded, and one physical type serves every operation.
//! docs/internals/columns.md tells the whole reason.

pub mod arrow_file;
pub mod batch;
pub mod cast;
pub mod column;
pub mod csv;
pub mod dialect;
pub mod encoding;
pub mod form;
pub mod format;
pub mod grid;
pub mod guard;
pub mod infer;
pub mod json;
pub mod limits;
pub mod parquet;
pub mod pattern;
pub mod profile;
pub mod schema;
pub mod spreadsheet;
pub mod stored;
pub mod typed;
pub mod value;
pub mod wire;
pub mod written;
pub mod xlsx;

pub use batch::Batch;
pub use cast::{Cast, Caster, CellError};
pub use column::{Column, ColumnBuilder};
pub use infer::{Inference, Inferred};
pub use schema::{Field, FieldType, Rule, Schema, SchemaError};
pub use value::{Kind, Value};
