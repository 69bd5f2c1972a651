//! The HTTPS door: every structure, the members and the status as resources below `/api/v1`.
//!
//! There is one list of routes ([`routes::all`]). Router, OpenAPI document and metrics are made
//! from it, and the types of a route's function say what its path, query, body and answer are, so
//! the document cannot say something else than the code does.
//!
//! # The way of a request
//!
//! [`serve`] accepts a connection -> [`door`](Door) gives the request a number and checks the token
//! -> the router finds the [`route`] -> [`call`] reads path, query, headers and body -> the function
//! of the route asks the engine through its [`desk`] -> [`reply`] prints what came of it, a
//! [`problem`] included.

pub mod body;
mod call;
mod cluster;
mod code;
mod convert;
mod counters;
mod desk;
mod door;
mod events;
mod fmap;
mod health;
pub mod limits;
mod lists;
mod locks;
mod maps;
mod metrics;
mod names;
mod openapi;
mod pairs;
mod port;
mod problem;
mod queues;
mod removal;
mod reply;
mod request;
mod route;
mod routes;
mod serve;
mod sets;
mod settings;
mod shared;
mod sorted_sets;
mod state;
mod topics;
mod transactions;
mod watch;

pub use door::{Door, Options};
pub use port::{Port, Refused};

/// The OpenAPI 3.1 document of the door.
#[must_use]
pub fn document() -> serde_json::Value {
    openapi::document(&routes::all())
}
