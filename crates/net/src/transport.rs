//! Calls and streams between members, in mutual TLS 1.3.
//!
//! Streams are streams of gRPC over HTTP/2. Calls are short and many, and HTTP/2 was half of what
//! one costs: they travel in frames of their own ([`frame`]) between members that both know these,
//! which TLS finds out (ALPN), and else as unary calls of gRPC.
//!
//! A connection begins with a greeting of both sides that names the versions which they speak.
//! Since a server greets only a client whose certificate it believes, a client that was greeted
//! knows that it is connected; before that, nothing was sent.
//!
//! Each member keeps two connections to another one: one for calls, one for streams, so that
//! the bytes of a snapshot do not stand before a heartbeat.

mod accept;
mod answerer;
mod caller;
mod codec;
mod connection;
mod failure;
mod frame;
mod greeting;
mod lane;
mod outbox;
mod peers;
mod refusal;
mod server;
mod service;
mod wire;

use std::future::Future;
use std::pin::Pin;

use bytes::Bytes;
use futures::Stream;

pub use connection::StreamError;
pub(crate) use connection::{explained, reach};
pub use greeting::{VERSION, Version};
pub use peers::{CallError, Peers};
pub use refusal::Refusal;
pub(crate) use refusal::first_bytes;
pub use server::Server;
pub use service::Answer;

/// A future behind a pointer, so that ports stay object-safe.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Pieces that this node sends.
pub type Outgoing = Pin<Box<dyn Stream<Item = Bytes> + Send>>;

/// Pieces that another node sends; it ends with `None` only when the other side ended it.
pub type Incoming = Pin<Box<dyn Stream<Item = Result<Bytes, StreamError>> + Send>>;

/// The path of calls; the name of the service follows.
const CALL_PATH: &str = "/thorp.Call/";
/// The path of streams; the name of the service follows.
const STREAM_PATH: &str = "/thorp.Stream/";

#[cfg(test)]
mod tests;
