//! The library of thorp: run pipelines from a Rust program, or a node of a cluster inside of it.
//!
//! The crates below are re-exported as they are; `pipeline` has an example.

pub mod clock;
pub mod node;

pub use model;
#[cfg(feature = "pipelines")]
pub use pipeline;
pub use state;
pub use structures;
#[cfg(feature = "pipelines")]
pub use tabular;
