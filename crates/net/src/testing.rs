//! What tests of this crate and of those above need.

mod clock;
pub mod discovery;

pub use clock::HandClock;
