use std::sync::mpsc::channel;

use tempfile::TempDir;

use super::frame::SECTOR_BYTES;
use super::*;
use crate::disk::Threads;

pub(super) fn record(term: u64, index: u64, body: &'static [u8]) -> Record {
    let at = Position { term, leader: 1, index };
    Record { at, payload: Payload::Batch(body.into()) }
}

/// Few sectors, so that files are begun and used again soon.
const SEGMENT_BYTES: usize = 8 * SECTOR_BYTES;

pub(super) fn open(dir: &TempDir) -> Log {
    try_open(dir).unwrap()
}

fn try_open(dir: &TempDir) -> Result<Log, StoreError> {
    let threads: Arc<dyn Disk> = Arc::new(Threads);
    Log::open(dir.path(), 1, SEGMENT_BYTES, &threads)
}

/// The names of the files, in order.
fn names(dir: &TempDir) -> Vec<String> {
    let entries = std::fs::read_dir(dir.path()).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Changes the bytes of a file.
fn change(dir: &TempDir, name: &str, how: impl FnOnce(&mut Vec<u8>)) {
    let path = dir.path().join(name);
    let mut bytes = std::fs::read(&path).unwrap();
    how(&mut bytes);
    std::fs::write(path, bytes).unwrap();
}

/// Appends records one by one, each in a frame of its own.
fn append_each(log: &Log, range: Range<u64>) {
    for index in range {
        durably(|done| log.append(vec![record(1, index, b"body")], done));
    }
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

/// A folder in memory: no disk is quicker.
pub(super) fn quick_dir() -> TempDir {
    TempDir::new_in("/dev/shm").unwrap()
}

#[test]
fn who_appends_to_a_quick_disk_writes_by_itself_and_a_large_write_is_left_to_the_thread() {
    let dir = quick_dir();
    let log = open(&dir);
    let mut index = 0;
    let mut writes_here = |body| {
        let (sender, receiver) = channel();
        let done: Done = Box::new(move |written| {
            written.unwrap();
            sender.send(std::thread::current().id()).unwrap();
        });
        log.append_here(vec![record(1, index, body)], done);
        index += 1;
        receiver.recv().unwrap() == std::thread::current().id()
    };
    // At first nobody knows how quick it is, and at times the machine may be busy.
    assert!((0..10_000).any(|_| writes_here(b"few")));
    assert!((0..100).all(|_| !writes_here(&[7; limits::LOG_QUICK_BYTES_MAX])));
    assert!((0..10_000).any(|_| writes_here(b"few")));
    let kept = index;
    drop(log);
    assert_eq!(indexes(&open(&dir), 0..99_999), (0..kept).collect::<Vec<u64>>());
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
fn files_are_used_again_when_their_records_are_cut() {
    let dir = TempDir::new().unwrap();
    let log = open(&dir);
    // Seven frames of a sector fit behind the head of a file.
    append_each(&log, 0..28);
    assert_eq!(names(&dir), ["log.1", "log.2", "log.3", "log.4"]);
    durably(|done| log.purge(record(1, 20, b"").at, done));
    append_each(&log, 28..29);
    assert_eq!(names(&dir), ["log.4", "log.5", "log.spare.1", "log.spare.2"]);
    append_each(&log, 29..36);
    assert_eq!(names(&dir), ["log.4", "log.5", "log.6", "log.spare.1"]);
    drop(log);
    let log = open(&dir);
    assert_eq!(indexes(&log, 0..99), (21..36).collect::<Vec<u64>>());
    durably(|done| log.purge(record(1, 35, b"").at, done));
    append_each(&log, 36..37);
    // What the log no longer needs goes back to the disk.
    assert_eq!(names(&dir), ["log.6", "log.spare.1"]);
    drop(log);
    assert_eq!(indexes(&open(&dir), 0..99), [36]);
}

#[test]
fn vote_and_cut_outlive_the_files_they_were_written_to() {
    let dir = TempDir::new().unwrap();
    let log = open(&dir);
    let vote = Vote { term: 9, leader: 3, is_committed: false };
    durably(|done| log.vote(vote, done));
    append_each(&log, 0..30);
    durably(|done| log.purge(record(1, 29, b"").at, done));
    append_each(&log, 30..60);
    durably(|done| log.purge(record(1, 50, b"").at, done));
    append_each(&log, 60..61);
    drop(log);
    assert!(!names(&dir).contains(&"log.1".to_owned()), "{:?}", names(&dir));
    let ends = open(&dir).ends();
    let [purged, last] = [50, 60].map(|index| Some(record(1, index, b"").at));
    assert_eq!(ends, Ends { purged, last, vote: Some(vote) });
}

#[test]
fn a_record_longer_than_a_file_gets_a_longer_file() {
    let dir = TempDir::new().unwrap();
    let log = open(&dir);
    let long = Record {
        at: record(1, 1, b"").at,
        payload: Payload::Batch(vec![7; 3 * SEGMENT_BYTES].into()),
    };
    append_each(&log, 0..1);
    durably(|done| log.append(vec![long.clone()], done));
    append_each(&log, 2..3);
    drop(log);
    let log = open(&dir);
    assert_eq!(log.read(1..2, usize::MAX).unwrap(), [long]);
    durably(|done| log.purge(record(1, 2, b"").at, done));
    append_each(&log, 3..4);
    // It is no spare for files of the usual length.
    assert_eq!(names(&dir), ["log.3", "log.spare.1"]);
}

/// Of the last write any sectors may be missing after a power cut, and nothing before it.
#[test]
fn a_write_that_was_cut_short_was_not_done_and_the_next_one_takes_its_place() {
    for missing in 0..3 {
        let dir = TempDir::new().unwrap();
        let log = open(&dir);
        append_each(&log, 0..2);
        let last = Payload::Batch(vec![1; 2 * SECTOR_BYTES].into());
        let last = Record { at: record(1, 2, b"").at, payload: last };
        durably(|done| log.append(vec![last], done));
        drop(log);
        let torn = (3 + missing) * SECTOR_BYTES;
        change(&dir, "log.1", |bytes| bytes[torn..torn + SECTOR_BYTES].fill(0));
        let log = open(&dir);
        assert_eq!(indexes(&log, 0..99), [0, 1], "sector {missing}");
        append_each(&log, 2..5);
        drop(log);
        assert_eq!(indexes(&open(&dir), 0..99), [0, 1, 2, 3, 4], "sector {missing}");
    }
}

#[test]
fn any_changed_byte_before_the_last_write_is_found() {
    let dir = TempDir::new().unwrap();
    let log = open(&dir);
    append_each(&log, 0..10);
    drop(log);
    let whole = std::fs::read(dir.path().join("log.1")).unwrap();
    // What is behind the changes of a frame means nothing.
    let meaning = |at: &usize| at % SECTOR_BYTES < if *at < SECTOR_BYTES { 25 } else { 49 };
    for at in (0..whole.len()).filter(meaning) {
        change(&dir, "log.1", |bytes| bytes[at] ^= 0x10);
        let error = try_open(&dir).unwrap_err();
        let is_told = matches!(error, StoreError::Damaged { .. } | StoreError::Newer { .. });
        assert!(is_told, "byte {at}: {error}");
        std::fs::write(dir.path().join("log.1"), &whole).unwrap();
    }
    assert_eq!(indexes(&open(&dir), 0..99), (0..10).collect::<Vec<u64>>());
}

#[test]
fn damage_while_it_runs_is_found_by_who_reads() {
    let dir = TempDir::new().unwrap();
    let log = open(&dir);
    append_each(&log, 0..10);
    drop(log);
    let log = open(&dir);
    change(&dir, "log.1", |bytes| bytes[4 * SECTOR_BYTES + 40] ^= 1);
    assert_eq!(indexes(&log, 0..3), [0, 1, 2]);
    let error = log.read(0..10, usize::MAX).unwrap_err();
    assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
}

#[test]
fn a_missing_file_is_found() {
    for missing in ["log.1", "log.2"] {
        let dir = TempDir::new().unwrap();
        let log = open(&dir);
        append_each(&log, 0..20);
        drop(log);
        std::fs::remove_file(dir.path().join(missing)).unwrap();
        let error = try_open(&dir).unwrap_err();
        assert!(matches!(error, StoreError::Damaged { .. }), "{missing}: {error}");
    }
}

#[test]
fn what_a_stop_left_of_files_that_were_cut_or_made_is_removed() {
    let dir = TempDir::new().unwrap();
    let log = open(&dir);
    append_each(&log, 0..14);
    let old = std::fs::read(dir.path().join("log.1")).unwrap();
    durably(|done| log.purge(record(1, 13, b"").at, done));
    append_each(&log, 14..20);
    drop(log);
    // The name of an old file came back, and that of the one behind it did not.
    assert_eq!(names(&dir), ["log.3", "log.spare.1"]);
    std::fs::write(dir.path().join("log.1"), old).unwrap();
    std::fs::write(dir.path().join("log.new"), b"half").unwrap();
    std::fs::write(dir.path().join("log.spare.2"), b"of another length").unwrap();
    assert_eq!(indexes(&open(&dir), 0..99), (14..20).collect::<Vec<u64>>());
    assert_eq!(names(&dir), ["log.3", "log.spare.1"]);
}

#[test]
fn a_stop_while_the_first_file_is_made_leaves_a_log_that_opens() {
    let dir = TempDir::new().unwrap();
    std::fs::write(dir.path().join("log.new"), b"half").unwrap();
    append_each(&open(&dir), 0..1);
    assert_eq!(names(&dir), ["log.1"]);
    assert_eq!(indexes(&open(&dir), 0..99), [0]);
}

#[test]
fn a_body_that_looks_like_a_frame_is_none() {
    let dir = TempDir::new().unwrap();
    let log = open(&dir);
    append_each(&log, 0..1);
    drop(log);
    // The frame that would follow, by a salt that is not that of the file.
    let mut forged = Vec::new();
    let name = frame::Name { salt: 0, number: 3 };
    frame::write(&mut forged, name, &[Change::Append(vec![record(1, 1, b"forged")])]);
    let mut body = vec![0; SECTOR_BYTES - 45];
    body.extend(forged);
    let log = open(&dir);
    let last = Record { at: record(1, 1, b"").at, payload: Payload::Batch(body.into()) };
    durably(|done| log.append(vec![last], done));
    drop(log);
    change(&dir, "log.1", |bytes| bytes[2 * SECTOR_BYTES..3 * SECTOR_BYTES].fill(0));
    assert_eq!(indexes(&open(&dir), 0..99), [0]);
}

/// The bytes of format 1, as they lie in the file: a change of them needs a new format.
#[test]
fn stored_changes_keep_their_bytes() {
    let (at, vote) = (record(300, 1, b"").at, Vote { term: 300, leader: 2, is_committed: true });
    let members = Record { at, payload: Payload::Members(b"list".as_slice().into()) };
    let blank = Record { at: record(1, 0, b"").at, payload: Payload::Blank };
    let changes = [
        Change::Append(vec![blank, record(300, 1, b"body"), members]),
        Change::Vote(vote),
        Change::Truncate(1),
        Change::Purge(at),
    ];
    let name = frame::Name { salt: 0x0102_0304_0506_0708, number: 9 };
    let mut bytes = Vec::new();
    frame::write(&mut bytes, name, &changes);
    assert_eq!(bytes.len(), frame::length(&changes));
    let read = frame::read(&bytes.clone().into(), name).unwrap().unwrap();
    assert_eq!((read.changes.as_slice(), read.bytes), (changes.as_slice(), SECTOR_BYTES));
    bytes.truncate(16 + 95 + 18 + 9 + 25);
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hex, GOLDEN_FRAME);
}

/// Checksum, length, number; three records, the vote, and both cuts.
const GOLDEN_FRAME: &str = concat!(
    "0b26cfdb000000930000000000000009",
    "0000000000000000010000000000000001000000000000000000000000",
    "01000000000000012c0000000000000001000000000000000100000004626f6479",
    "02000000000000012c00000000000000010000000000000001000000046c697374",
    "03000000000000012c000000000000000201",
    "040000000000000001",
    "05000000000000012c00000000000000010000000000000001",
);

#[test]
fn the_head_of_a_file_keeps_its_bytes() {
    let purged = Some(record(300, 5, b"").at);
    let vote = Some(Vote { term: 300, leader: 2, is_committed: true });
    let head = segment::Head { node: 1, segment: 2, salt: 3, first_frame: 4, vote, purged };
    let mut bytes = head.write();
    assert_eq!(bytes.len(), SECTOR_BYTES);
    assert_eq!(segment::Head::read(&bytes, Path::new("log.2")).unwrap(), head);
    bytes.truncate(20 + 15);
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hex, GOLDEN_HEAD);
}

/// Magic, format, checksum and length; then the fields.
const GOLDEN_HEAD: &str = concat!(
    "74686f72706c6f67",
    "00000001",
    "f7a06cda",
    "0000000f",
    "010102030401ac02020101ac020105"
);

#[test]
fn frames_of_a_newer_program_are_refused() {
    let dir = TempDir::new().unwrap();
    drop(open(&dir));
    change(&dir, "log.1", |bytes| bytes[8..12].copy_from_slice(&99_u32.to_be_bytes()));
    let error = try_open(&dir).unwrap_err();
    assert!(matches!(error, StoreError::Newer { found: 99, known: 1, .. }), "{error}");
}
