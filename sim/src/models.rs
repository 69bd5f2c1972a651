//! What the shared structures do, for [`crate::linearizability`].
//!
//! A history holds operations of one thing: one entry of a map, one counter, one lock, one queue;
//! [`crate::linearizability::by_key`] takes larger ones apart.

pub mod counter;
pub mod entry;
pub mod lock;
pub mod queue;

#[cfg(test)]
mod tests;
