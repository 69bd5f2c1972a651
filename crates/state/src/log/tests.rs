use std::path::PathBuf;
use std::sync::mpsc::channel;

use tempfile::TempDir;

use super::*;
use crate::disk::Threads;

fn record(term: u64, index: u64, body: &'static [u8]) -> Record {
    let at = Position { term, leader: 1, index };
    Record { at, payload: Payload::Batch(body.into()) }
}

fn open(dir: &TempDir) -> Log {
    let threads: Arc<dyn Disk> = Arc::new(Threads);
    Log::open(&path(dir), 1, &threads).unwrap().0
}

fn path(dir: &TempDir) -> PathBuf {
    dir.path().join("log.sqlite")
}

/// Calls `place` with a `done`, and waits for it.
fn durably(place: impl FnOnce(Done)) {
    let (sender, receiver) = channel();
    place(Box::new(move |written| sender.send(written).unwrap()));
    receiver.recv().unwrap().unwrap();
}

fn indexes(log: &Log, range: Range<u64>) -> Vec<u64> {
    log.read(range, usize::MAX).unwrap().iter().map(|record| record.at.index).collect()
}

#[test]
fn records_and_vote_survive() {
    let dir = TempDir::new().unwrap();
    let vote = Vote { term: 3, leader: 2, is_committed: true };
    let records: Vec<Record> = (0..5).map(|index| record(1, index, b"body")).collect();
    let log = open(&dir);
    durably(|done| log.append(records.clone(), done));
    durably(|done| log.vote(vote, done));
    drop(log);
    let log = open(&dir);
    assert_eq!(log.read(0..9, usize::MAX).unwrap(), records);
    assert_eq!(log.ends(), Ends { purged: None, last: Some(records[4].at), vote: Some(vote) });
}

#[test]
fn memory_and_file_read_as_one() {
    let dir = TempDir::new().unwrap();
    let log = open(&dir);
    durably(|done| log.append((0..5).map(|index| record(1, index, b"old")).collect(), done));
    drop(log);
    let log = open(&dir);
    durably(|done| log.append((5..9).map(|index| record(1, index, b"new")).collect(), done));
    assert_eq!(indexes(&log, 3..7), [3, 4, 5, 6]);
    assert_eq!(indexes(&log, 0..99), (0..9).collect::<Vec<u64>>());
    assert_eq!(indexes(&log, 7..8), [7]);
    assert_eq!(indexes(&log, 9..12), [0; 0]);
    // At least one, and then as many as fit.
    let two = 2 * record(1, 0, b"old").bytes();
    assert_eq!(log.read(2..9, two).unwrap().len(), 2);
    assert_eq!(log.read(4..9, two).unwrap().len(), 2);
    assert_eq!(log.read(6..9, 1).unwrap().len(), 1);
}

#[test]
fn truncated_records_are_replaced() {
    let dir = TempDir::new().unwrap();
    let log = open(&dir);
    durably(|done| log.append((0..5).map(|index| record(1, index, b"old")).collect(), done));
    drop(log);
    let log = open(&dir);
    durably(|done| log.append((5..9).map(|index| record(1, index, b"old")).collect(), done));
    durably(|done| log.truncate(3, done).unwrap());
    assert_eq!(indexes(&log, 0..99), [0, 1, 2]);
    assert_eq!(log.ends().last, Some(record(1, 2, b"").at));
    durably(|done| log.append(vec![record(2, 3, b"new")], done));
    assert_eq!(log.read(3..99, usize::MAX).unwrap(), [record(2, 3, b"new")]);
    drop(log);
    assert_eq!(indexes(&open(&dir), 0..99), [0, 1, 2, 3]);
}

#[test]
fn what_is_cut_is_gone_and_remembered() {
    let dir = TempDir::new().unwrap();
    let log = open(&dir);
    durably(|done| log.append((0..9).map(|index| record(1, index, b"x")).collect(), done));
    durably(|done| log.purge(record(1, 4, b"").at, done));
    assert_eq!(indexes(&log, 0..99), [5, 6, 7, 8]);
    durably(|done| log.purge(record(1, 20, b"").at, done));
    assert_eq!(indexes(&log, 0..99), [0; 0]);
    drop(log);
    let ends = open(&dir).ends();
    let at = Some(record(1, 20, b"").at);
    assert_eq!((ends.purged, ends.last), (at, at));
}

#[test]
fn a_changed_byte_is_found() {
    let dir = TempDir::new().unwrap();
    let log = open(&dir);
    durably(|done| log.append(vec![record(1, 0, b"body")], done));
    drop(log);
    let file = rusqlite::Connection::open(path(&dir)).unwrap();
    file.execute_batch("UPDATE entries SET body = x'626f6479ff'").unwrap();
    let error = open(&dir).read(0..1, usize::MAX).unwrap_err();
    assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
}

/// The bytes of format 1, as they lie in the file: a change of them needs a new format.
#[test]
fn stored_entries_keep_their_bytes() {
    let dir = TempDir::new().unwrap();
    let log = open(&dir);
    let blank = Record { at: record(1, 0, b"").at, payload: Payload::Blank };
    durably(|done| log.append(vec![blank, record(300, 1, b"body")], done));
    durably(|done| log.vote(Vote { term: 300, leader: 2, is_committed: true }, done));
    durably(|done| log.purge(record(1, 0, b"").at, done));
    drop(log);
    let file = rusqlite::Connection::open(path(&dir)).unwrap();
    let text = |query: &str| -> String { file.query_row(query, [], |row| row.get(0)).unwrap() };
    let entries =
        "SELECT group_concat(concat_ws(' ', idx, term, leader, kind, hex(body), checksum))
                   FROM entries";
    assert_eq!(text(entries), "1 300 1 1 626F6479 1820706812");
    let meta = "SELECT group_concat(key || ' ' || hex(value)) FROM meta";
    assert_eq!(text(meta), "node 0101,purged 01010100,vote 01AC020201");
}
