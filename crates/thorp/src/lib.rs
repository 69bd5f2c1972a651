//! The library of thorp: run pipelines from a Rust program.
//!
//! The crates below are re-exported as they are; `pipeline` has an example.

pub use model;
pub use pipeline;
pub use tabular;
