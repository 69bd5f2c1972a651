//! The library as programs use it: real nodes in this process, and clients that ask over HTTPS.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail")]

mod code;
mod examples;
mod kit;
mod locks;
mod loss;
mod maps;
mod meeting;
mod natives;
mod outside;
mod queues;
mod topics;
mod transactions;
