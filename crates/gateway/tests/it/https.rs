//! The HTTPS door: a real server with TLS, called by real clients.

mod chance;
mod cluster;
mod code;
mod collections;
mod document;
mod fuzz;
mod kit;
mod locks;
mod maps;
mod once;
mod python;
mod queues;
mod rim;
mod settings;
mod state;
mod topics;
mod transactions;
mod watching;
