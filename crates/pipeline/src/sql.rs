//! Databases: where `dump_to_sql` writes, and where SQL sources read.
//!
//! A run has one connection and one transaction per database, however many steps write to it. The
//! transaction stays open until the whole pipeline has succeeded; the commit of the run ends it.

pub mod cells;
pub mod databases;
pub mod engine;
pub mod error;
pub mod limits;
pub mod number;
pub mod postgres;
pub mod query;
pub mod recovery;
pub mod session;
pub mod source;
pub mod sqlite;
pub mod table;

pub use databases::Databases;
pub use engine::Address;
pub use error::SqlError;
pub use recovery::committed;
pub use session::{Session, Written};
pub use table::{Column, Mode, Table};
