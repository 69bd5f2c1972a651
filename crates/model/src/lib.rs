//! What the nouns of thorp are, how they are written, and which states they may be in.
//!
//! Pure: no I/O, no clock, no async. Everything above stands on these words.

pub mod clock;
pub mod fault;
pub mod package;
pub mod pipeline_id;
pub mod python;
pub mod run_state;

/// A JSON object whose keys keep the order in which they were written.
pub type Map = serde_json::Map<String, serde_json::Value>;
/// Any JSON value; numbers keep their digits.
pub type Json = serde_json::Value;
