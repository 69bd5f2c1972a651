//! Turns a spec into a plan and streams resources through it.
//!
//! A [`Package`](model::package::Package) descriptor and the rows of its streaming resources pass
//! through a chain of [`Processor`](processor::Processor)s. Rows travel as
//! [`Batch`](tabular::Batch)es, one resource after the other, in the order of the descriptor.
//!
//! # Example
//!
//! A pipeline built in code; its rows arrive as Arrow record batches.
//!
//! ```
//! use std::sync::Arc;
//!
//! use model::Json;
//! use pipeline::context::Context;
//! use pipeline::error::StepError;
//! use pipeline::plan::Plan;
//! use pipeline::run::{Receiver, run};
//! use serde_json::json;
//! use tabular::Batch;
//!
//! # #[derive(Debug)]
//! # struct NoClock;
//! # impl model::clock::Clock for NoClock {
//! #     fn now_ms(&self) -> u64 { 0 }
//! #     fn monotonic_ms(&self) -> u64 { 0 }
//! # }
//! struct Count(usize);
//!
//! impl Receiver for Count {
//!     fn rows(&mut self, resource: &str, batch: Batch) -> Result<(), StepError> {
//!         let rows = batch.to_record_batch();
//!         println!("{resource}: {} rows, {} columns", rows.num_rows(), rows.num_columns());
//!         self.0 += rows.num_rows();
//!         Ok(())
//!     }
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let folder = tempfile::tempdir()?;
//! std::fs::write(folder.path().join("cities.csv"), "name,people\nBern,134591\nRome,2748109\n")?;
//!
//! let map = |json: Json| json.as_object().cloned().unwrap_or_default();
//! let plan = Plan::new()
//!     .step("load", map(json!({"from": "cities.csv", "validate": true})))?
//!     .step("assert", map(json!({"check": "people > 0"})))?
//!     .step("sort", map(json!({"sort-by": "{people}", "reverse": true})))?;
//!
//! let ctx = Context::new(folder.path(), Arc::new(NoClock));
//! let mut count = Count(0);
//! let outcome = run(plan, &ctx, &mut count)?;
//! assert_eq!((outcome.rows, count.0), (2, 2));
//! # Ok(())
//! # }
//! ```
//!
//! A plan with sinks leaves complete outputs in the context; [`commit::commit`] makes them visible.

pub mod bind;
pub mod casting;
pub mod chain;
pub mod commit;
pub mod context;
mod custom_formats;
pub mod declared;
pub mod defaults;
pub mod definition;
pub mod dirty;
pub mod equality;
pub mod error;
pub mod expression;
pub mod field_pattern;
pub mod file_sink;
pub mod format_string;
pub mod history;
pub mod hooks;
mod inputs;
pub mod job;
pub mod keys;
pub mod limits;
pub mod matcher;
pub mod nearest;
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
pub mod strip;
pub mod table_source;
#[cfg(test)]
mod testing;
pub mod validation;
pub mod wire_stream;
pub mod yaml;
