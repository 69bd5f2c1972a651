//! The shared data structures as pure functions: a command and an ordered view become changes, an
//! answer and notices.
//!
//! Nothing here does I/O, reads a clock or draws a random number, so every node that applies the
//! same commands in the same order has the same bytes. Doors only parse and print: every semantic
//! lives here, and every operation of a door is one [`Command`] or one [`Query`].
//!
//! # The contract
//!
//! * [`apply`] reads the rows it needs from a [`View`], and says which rows change ([`Changes`]).
//!   The caller lays the changes over the view ([`Overlay`]) before it applies the next command.
//! * A [`Stamp`] brings the time. It never goes back: an earlier stamp counts as the latest one
//!   seen. What is due at a stamp ends before the command is applied, so a command never finds
//!   what is over; reads never compare with a clock, and find it until a command ended it. The
//!   leader proposes [`Command::Expire`] at [`next_deadline`], again and again while that is past.
//! * Every command that changes something makes a new revision, counted here and not by the log:
//!   one log entry holds many commands, and two writes of one key must differ.
//! * What is wrong with a command is a [`Refusal`], an answer like others. A [`ViewError`] means
//!   that the node cannot read its own rows, and must not go on.
//! * A [`Request`] with a [`RequestId`] is applied once, however often it is sent.
//! * A [`Transaction`] is one command of many operations: conditions first, then all or nothing, or
//!   as Redis does it.
//! * [`Notice`]s tell what changed, to serve watchers and blocked callers on any node. Changes of
//!   maps are also kept for a while, so that a watcher catches up without a gap
//!   ([`map::Query::Changes`]).
//! * The entries of the map `default` and the names of all other structures are one name space.
//! * Patches of the code that all members run are no names, and neither are the settings of the
//!   cluster: flushing leaves them.
//! * Dropping, flushing and renaming take the same time for any size: rows of what is gone are
//!   swept by `Expire` in small steps.

mod about;
mod ahead;
mod answer;
mod apply;
mod chance;
mod changes;
mod command;
pub mod counter;
mod decimal;
pub mod encoding;
mod expiry;
pub mod flake;
pub mod glob;
mod index;
mod kind;
pub mod limits;
pub mod list;
pub mod lock;
pub mod map;
mod measure;
mod memory;
pub mod names;
mod notice;
pub mod patches;
pub mod queue;
mod random;
mod refusal;
mod rows;
pub mod session;
pub mod set;
pub mod settings;
pub mod sorted;
mod summary;
mod sweep;
pub mod topic;
mod tree;
mod ttl;
pub mod typed;
mod view;
mod waiting;
mod work;

pub use ahead::Keys;
pub use answer::{Answer, Page};
pub use apply::{Applied, Reader, apply, read};
pub use changes::{Change, Changes, Overlay, Rows};
pub use command::{Command, Condition, OnRefusal, Operation, Query, Request, Transaction};
pub use kind::Kind;
pub use memory::Memory;
pub use notice::{Cause, Event, Notice};
pub use refusal::{Counted, Nested, Refusal};
pub use session::RequestId;
pub use summary::{Stamp, next_deadline, now_ms, revision};
pub use ttl::{Ttl, TtlCondition};
pub use view::{Direction, Row, View, ViewError};
pub use waiting::Waiting;
