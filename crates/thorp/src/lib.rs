//! The library of thorp: a node of a cluster inside of a Rust program, or a client of one.
//!
//! ```no_run
//! use std::error::Error;
//! use thorp::{Client, Node, Cluster as _};
//!
//! # async fn example() -> Result<(), Box<dyn Error>> {
//! // A peer in this process; started again with the same folder, it is the same one.
//! let node = Node::builder().data("/var/lib/shop").cluster("shop").start().await?;
//! let prices = node.map::<String, f64>("prices");
//! prices.put("apple", 1.2).await?;
//!
//! // From outside the same structures have the same names and types.
//! let client = Client::connect().await?;
//! assert_eq!(client.map::<String, f64>("prices").get("apple").await?, Some(1.2));
//!
//! node.stop().await;
//! # Ok(())
//! # }
//! ```
//!
//! What is written is durable on a majority of the voters when a call returns, and is read by
//! everybody from then on. A call is done once, however often it had to be sent, and ends within
//! its time ([`limits::CALL`] unless it is said) with an answer or an error that says what to do.
//!
//! | | |
//! |---|---|
//! | [`Map`] | values under keys: conditions on revisions, ends, pages, what changes |
//! | [`Queue`] | items by lease, with delays, priorities, attempts and dead letters |
//! | [`Topic`] | messages from any place on, for everybody or shared by a group |
//! | [`Lock`] | one holder, renewed in the background, with a fencing token |
//! | [`Counter`] | an integer of 64 bits |
//! | [`Transaction`] | changes of several of these, all or none, on conditions |
//! | [`Cluster::fmap`] | a function over many items, on all members: JavaScript, or Rust of programs |
//! | [`Cluster::each`], [`Cluster::all`] | over keys of a map, where they live; once on every member |
//!
//! With the feature `pipelines` the crates of pipelines are re-exported as they are; `pipeline` has
//! an example. `docs/guides/embed.md` has a page on both.

pub mod clock;
mod cluster;
pub mod code;
pub mod counter;
pub mod desk;
pub mod limits;
pub mod lock;
pub mod map;
pub mod node;
pub mod queue;
pub mod remote;
pub mod topic;
pub mod transaction;

pub use cluster::{Access, Cluster};
pub use code::CodeError;
pub use counter::{Counter, CounterError};
pub use lock::{Lock, LockError};
pub use map::{Map, MapError};
pub use node::Node;
pub use queue::{Queue, QueueError};
pub use remote::Client;
pub use topic::{Topic, TopicError};
pub use transaction::{Transaction, TransactionError};

pub use model;
#[cfg(feature = "pipelines")]
pub use pipeline;
pub use state;
pub use structures;
#[cfg(feature = "pipelines")]
pub use tabular;
