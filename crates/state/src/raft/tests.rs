//! openraft's own suite for what lies under it.

use std::sync::Arc;

use openraft::testing::{StoreBuilder, Suite};
use openraft::{RaftLogReader, StorageError};
use tempfile::TempDir;
use tokio::sync::{oneshot, watch};

use super::machine::Machine;
use super::network::Contacts;
use super::store::LogStore;
use super::types::Types;
use crate::applied::{Applied, Progress};
use crate::disk::{Disk, Threads};
use crate::limits;
use crate::log::{Done, Log, Payload, Position, Record, Written};
use crate::testing::at::At;

struct Builder;

impl StoreBuilder<Types, LogStore, Machine, TempDir> for Builder {
    async fn build(&self) -> Result<(TempDir, LogStore, Machine), StorageError<u64>> {
        let dir = TempDir::new().unwrap();
        let threads: Arc<dyn Disk> = Arc::new(Threads);
        let log = Log::open(dir.path(), 0, limits::LOG_SEGMENT_BYTES, &threads).unwrap();
        let applied = Applied::open(dir.path()).unwrap();
        // The suite applies what was never appended, and cuts what was never applied.
        let upto = Some(Position { term: u64::MAX, ..Position::default() });
        let written = watch::Sender::new(Written { upto, failure: None }).subscribe();
        let machine = Machine::new(
            Arc::new(applied),
            written,
            watch::Sender::new(0),
            Box::new(drop),
            threads,
        );
        let all = watch::Sender::new(Progress { durable: Some(u64::MAX), ..Progress::default() });
        let contacts = Arc::new(Contacts::new(Arc::new(At::default())));
        let log = Arc::new(log);
        Ok((dir, LogStore { log, node: 0, progress: all.subscribe(), contacts }, machine))
    }
}

#[test]
fn log_and_applied_state_pass_the_suite_of_openraft() {
    Suite::test_all(Builder).unwrap();
}

/// Gives an order to the log, and waits until it is durable.
async fn durably(order: impl FnOnce(Done)) {
    let (done, is_done) = oneshot::channel();
    order(Box::new(move |written| drop(done.send(written))));
    is_done.await.unwrap().unwrap();
}

/// Without them the follower would have a gap in its log.
#[tokio::test]
async fn entries_are_sent_with_the_first_one_that_was_asked_for_or_not_at_all() {
    let (_dir, mut store, _machine) = Builder.build().await.unwrap();
    let at = |index| Position { term: 1, leader: 1, index };
    let records = (1..=5).map(|index| Record { at: at(index), payload: Payload::Blank }).collect();
    durably(|done| store.log.append(records, done)).await;
    durably(|done| store.log.purge(at(3), done)).await;
    assert_eq!(store.limited_get_log_entries(2, 6).await.unwrap(), []);
    let indexes: Vec<u64> = store
        .limited_get_log_entries(4, 6)
        .await
        .unwrap()
        .into_iter()
        .map(|entry| entry.log_id.index)
        .collect();
    assert_eq!(indexes, [4, 5]);
}

#[test]
fn a_node_is_alone_until_another_is_heard_and_when_it_was_not_for_long() {
    let clock = Arc::new(At::new(0, 0));
    let contacts = Contacts::new(Arc::<At>::clone(&clock));
    assert!(contacts.is_alone());
    contacts.hear(2);
    assert!(!contacts.is_alone() && contacts.is_reachable(2) && !contacts.is_reachable(3));
    clock.pass(limits::REACHABLE_MS + 1);
    assert!(contacts.is_alone() && !contacts.is_reachable(2));
}
