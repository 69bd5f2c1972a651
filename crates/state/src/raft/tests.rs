//! openraft's own suite for what lies under it.

use std::sync::Arc;

use openraft::StorageError;
use openraft::testing::{StoreBuilder, Suite};
use tempfile::TempDir;
use tokio::sync::watch;

use super::machine::Machine;
use super::store::LogStore;
use super::types::Types;
use crate::applied::{Applied, Progress};
use crate::disk::{Disk, Threads};
use crate::log::{Log, Position, Written};

struct Builder;

impl StoreBuilder<Types, LogStore, Machine, TempDir> for Builder {
    async fn build(&self) -> Result<(TempDir, LogStore, Machine), StorageError<u64>> {
        let dir = TempDir::new().unwrap();
        let threads: Arc<dyn Disk> = Arc::new(Threads);
        let (log, _) = Log::open(&dir.path().join("log.sqlite"), 0, &threads).unwrap();
        let applied = Applied::open(dir.path()).unwrap();
        // The suite applies what was never appended, and cuts what was never applied.
        let upto = Some(Position { term: u64::MAX, ..Position::default() });
        let written = watch::Sender::new(Written { upto, failure: None }).subscribe();
        let machine = Machine::new(Arc::new(applied), written, Box::new(drop), threads);
        let all = watch::Sender::new(Progress { durable: Some(u64::MAX), ..Progress::default() });
        Ok((dir, LogStore { log: Arc::new(log), node: 0, progress: all.subscribe() }, machine))
    }
}

#[test]
fn log_and_applied_state_pass_the_suite_of_openraft() {
    Suite::test_all(Builder).unwrap();
}
