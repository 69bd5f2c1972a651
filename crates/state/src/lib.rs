//! A command accepted once is applied on every node, in order, and survives.
//!
//! The port is [`Engine`]: it agrees on an order of commands, feeds them to `structures`, and
//! answers questions from what came of them. [`Embedded`] is the engine of this crate: Raft
//! (openraft), with its log in files and the applied state in SQLite.
//!
//! # The way of a write
//!
//! [`Engine::propose`] -> the requests that wait go to the leader, and share a log entry there
//! (`embedded::proposer`) -> Raft appends it, and the log answers after its fsync (`log`) -> when a
//! quorum has it, `applied` lets `structures` apply it, in memory -> the answers go back to the
//! callers. Changed rows reach SQLite at most [`limits::FLUSH_AFTER_MS`] later, in one transaction
//! with the position up to which they are applied; the log is cut only below that.
//!
//! # Start-up is recovery
//!
//! Whatever ended the last run, opening reads the durable state and applies the log from there.

mod applied;
pub mod autopilot;
mod batch;
mod calls;
mod disk;
mod embedded;
mod engine;
mod fault;
pub mod limits;
mod log;
mod member;
mod peers;
mod raft;
mod resting;
mod sqlite;
mod tasks;
pub mod testing;

pub use batch::Format;
pub use calls::{CallError, Calls, Pending};
pub use disk::{Disk, Parcel, Step, Work};
pub use embedded::{Embedded, Options, Origin};
pub use engine::{
    ChangeError, Engine, Outcome, ProposeError, Proposed, ReadError, SnapshotError, Status,
    Unavailable,
};
pub use fault::{OpenError, RestingError, StoreError};
pub use member::{Member, Members, NodeId, Role};
pub use peers::{PeerCalls, PeerService, SERVICE};
pub use raft::Changed;
pub use resting::Resting;
