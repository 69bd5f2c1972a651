//! Turns a spec into a plan and streams resources through it.
//!
//! A [`Package`](model::package::Package) descriptor and the rows of its streaming resources pass
//! through a chain of [`Processor`](processor::Processor)s. Rows travel as
//! [`Batch`](tabular::Batch)es, one resource after the other, in the order of the descriptor.

pub mod bind;
pub mod casting;
pub mod chain;
pub mod commit;
pub mod context;
pub mod declared;
pub mod defaults;
pub mod dirty;
pub mod equality;
pub mod error;
pub mod expression;
pub mod field_pattern;
pub mod file_sink;
pub mod format_string;
pub mod history;
pub mod hooks;
pub mod job;
pub mod keys;
pub mod limits;
pub mod matcher;
pub mod package_source;
pub mod parameters;
pub mod plan;
pub mod processor;
pub mod processors;
pub mod project;
pub mod python_text;
pub mod report;
pub mod resolve;
pub mod run;
pub mod schedule;
pub mod secrets;
pub mod segment;
pub mod single;
pub mod sorter;
pub mod spec;
pub mod spool;
pub mod sql;
pub mod step_cache;
pub mod table_source;
pub mod validation;
pub mod wire_stream;
pub mod yaml;
