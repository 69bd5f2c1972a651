//! openraft's own suite for what lies under it, and what that does not ask for.

use std::sync::Arc;
use std::task::{Context, Waker};

use bytes::Bytes;
use openraft::storage::RaftStateMachine;
use openraft::testing::{StoreBuilder, Suite};
use openraft::{RaftLogReader, StorageError};
use structures::{Answer, Request, Stamp, counter};
use tempfile::TempDir;
use tokio::sync::{oneshot, watch};

use super::convert::{self, Entry};
use super::machine::Machine;
use super::network::Contacts;
use super::store::LogStore;
use super::types::Types;
use crate::applied::{Applied, Progress};
use crate::batch::{Batch, Format};
use crate::disk::{Disk, Threads};
use crate::limits;
use crate::log::{Done, Log, Payload, Position, Record, Written};
use crate::testing::at::At;

fn machine(applied: Arc<Applied>, written: watch::Receiver<Written>) -> Machine {
    Machine::new(applied, written, watch::Sender::new(0), Box::new(drop), Arc::new(Threads))
}

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
        let machine = machine(Arc::new(applied), written);
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

/// An entry that counts up `a` by so much.
fn count_up(at: Position, by: i64) -> Entry {
    let command = counter::Command::Add { name: Bytes::from_static(b"a"), by }.into();
    let request = Request { id: None, command }.encode().unwrap();
    let batch = Batch { stamp: Stamp { now_ms: 1 }, requests: vec![request] };
    let payload = Payload::Batch(batch.encode(Format::Newest));
    convert::entry(Record { at, payload }).unwrap()
}

/// What an entry does is worked out while it is written.
#[tokio::test]
async fn nothing_of_an_entry_is_seen_before_it_is_durable() {
    let dir = TempDir::new().unwrap();
    let applied = Arc::new(Applied::open(dir.path()).unwrap());
    let written = watch::Sender::new(Written::default());
    let mut machine = machine(Arc::clone(&applied), written.subscribe());
    let at = |index| Position { term: 1, leader: 0, index };
    let query = counter::Query::Get { name: Bytes::from_static(b"a") }.into();
    let seen = || structures::read(&applied.view(), &query).unwrap();
    let entries = vec![count_up(at(1), 1), count_up(at(2), 10)];
    let mut applying = std::pin::pin!(machine.apply(entries));
    let mut context = Context::from_waker(Waker::noop());
    for upto in [None, Some(at(1))] {
        written.send_modify(|written| written.upto = upto);
        assert!(applying.as_mut().poll(&mut context).is_pending());
        assert_eq!(seen(), Ok(Answer::Nothing));
        assert_eq!(applied.point().at, None);
    }
    written.send_modify(|written| written.upto = Some(at(2)));
    let outcomes = applying.await.unwrap();
    let answers: Vec<_> = outcomes.into_iter().flat_map(|outcomes| outcomes.answers).collect();
    assert_eq!(answers, [Ok(Answer::Integer(1)), Ok(Answer::Integer(11))]);
    assert_eq!((seen(), applied.point().at), (Ok(Answer::Integer(11)), Some(at(2))));
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
