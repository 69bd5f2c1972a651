//! Decides and drives. What it drives so far: tasks, pieces of code that run on the members.
//!
//! # Tasks
//!
//! ```text
//! let host = Arc::new(ClusterHost::new(engine, own, clock, Handle::current()));
//! let javascript = JavaScript::new(runtime::javascript::Config { host, .. });
//! let tasks = Tasks::new(tasks::Options { engine, peers, javascript, own, contexts, .. });
//! let server = Server::new(&credentials).with(tasks::SERVICE, tasks.service());
//!
//! tasks.eval("thorp.node.name").await         // one answer of each member
//! tasks.load("double.js", source).await?      // for all members, now and later
//! tasks.patches().await?, tasks.roll_back(3).await?
//! tasks.fmap(FMap::new(function), lines)      // a stream of results
//! tasks.all(function, "1", within).await       // one answer of each member
//! tasks.detach(FMap::new(function), lines)?   // results are dropped
//! tasks.list_all().await                      // what runs now
//! ```
//!
//! A witness has a [`tasks::Tasks`] too, so that it can be asked; it runs nothing.

pub mod host;
pub mod limits;
pub mod tasks;

/// A number of things in memory.
fn count(things: usize) -> u64 {
    u64::try_from(things).unwrap_or(u64::MAX)
}
