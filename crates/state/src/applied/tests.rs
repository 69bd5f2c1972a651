use structures::{Answer, Query, counter};
use tempfile::TempDir;

use super::*;
use crate::batch::{Batch, Format};

fn at(index: u64) -> Position {
    Position { term: 1, leader: 1, index }
}

const STAMP: Stamp = Stamp { now_ms: 5 };

fn adds(name: &str, count: usize) -> Vec<Request> {
    let name = Bytes::copy_from_slice(name.as_bytes());
    let command = counter::Command::Add { name, by: 1 }.into();
    vec![Request { id: None, command }; count]
}

fn count(applied: &Applied, name: &str) -> Answer {
    let name = Bytes::copy_from_slice(name.as_bytes());
    let query: Query = counter::Query::Get { name }.into();
    structures::read(&applied.view(), &query).unwrap().unwrap()
}

fn apply(applied: &Applied, at: Position, requests: &[Request]) {
    applied.bring_about(at, applied.work_out(STAMP, requests).unwrap());
}

#[test]
fn unflushed_rows_are_seen_and_flushed_ones_survive() {
    let dir = TempDir::new().unwrap();
    let applied = Applied::open(dir.path()).unwrap();
    apply(&applied, at(1), &adds("a", 3));
    assert_eq!(count(&applied, "a"), Answer::Integer(3));
    assert_eq!(applied.flush().unwrap().at, Some(at(1)));
    apply(&applied, at(2), &adds("a", 1));
    assert_eq!(count(&applied, "a"), Answer::Integer(4));
    drop(applied);
    let applied = Applied::open(dir.path()).unwrap();
    assert_eq!(applied.point().at, Some(at(1)));
    assert_eq!(count(&applied, "a"), Answer::Integer(3));
}

#[test]
fn a_stop_between_the_rows_of_a_flush_that_failed_and_later_ones_leaves_no_rows_without_their_point()
 {
    let dir = TempDir::new().unwrap();
    let applied = Applied::open(dir.path()).unwrap();
    apply(&applied, at(1), &adds("a", 3));
    // As a flush that found no space: its rows wait for the next one.
    applied.take_leave();
    apply(&applied, at(2), &adds("a", 1));
    let (_, is_late) = applied.write_leaving(&mut applied.writer.lock().unwrap()).unwrap();
    assert!(is_late);
    drop(applied);
    let applied = Applied::open(dir.path()).unwrap();
    assert_eq!(applied.point().at, Some(at(1)));
    assert_eq!(count(&applied, "a"), Answer::Integer(3));
    apply(&applied, at(2), &adds("a", 1));
    assert_eq!(applied.flush().unwrap().at, Some(at(2)));
    assert_eq!(count(&applied, "a"), Answer::Integer(4));
}

/// Rows from memory, the cache and the file are the rows of one tree in memory.
#[test]
fn layers_read_as_one_tree() {
    let dir = TempDir::new().unwrap();
    let applied = Applied::open(dir.path()).unwrap();
    let mut model = structures::Memory::default();
    let mut seed = 7_u64;
    let mut next = |end: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % end
    };
    for index in 1..=300 {
        let mut changes = Changes::default();
        for _ in 0..next(8) {
            let key = format!("k{:02}", next(60)).into_bytes();
            match next(3) {
                0 => changes.delete(&key),
                _ => changes.put(&key, index.to_string().as_bytes()),
            }
        }
        model.write(changes.clone());
        applied.advance(at(index), None, changes, None);
        if next(10) == 0 {
            applied.flush().unwrap();
        }
        let (from, to) = (format!("k{:02}", next(60)), format!("k{:02}", next(60)));
        let limit = usize::try_from(next(10)).unwrap();
        let direction = if next(2) == 0 { Direction::Up } else { Direction::Down };
        let view = applied.view();
        assert_eq!(view.get(from.as_bytes()).unwrap(), model.get(from.as_bytes()).unwrap());
        let (from, to) = (from.as_bytes(), to.as_bytes());
        assert_eq!(
            view.scan(from, to, direction, limit).unwrap(),
            model.scan(from, to, direction, limit).unwrap(),
        );
    }
}

#[test]
fn a_copy_is_installed_elsewhere_and_survives() {
    let (dir, other) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let applied = Applied::open(dir.path()).unwrap();
    apply(&applied, at(4), &adds("a", 5));
    let copy = dir.path().join("copy");
    assert_eq!(applied.copy(&copy).unwrap().point.at, Some(at(4)));
    let second = Applied::open(other.path()).unwrap();
    apply(&second, at(1), &adds("b", 1));
    second.flush().unwrap();
    second.install(std::fs::File::open(&copy).unwrap()).unwrap();
    assert_eq!(count(&second, "a"), Answer::Integer(5));
    assert_eq!(count(&second, "b"), Answer::Nothing);
    drop(second);
    let second = Applied::open(other.path()).unwrap();
    assert_eq!(second.point().at, Some(at(4)));
    assert_eq!(count(&second, "a"), Answer::Integer(5));
}

#[test]
fn a_damaged_copy_is_refused_and_changes_nothing() {
    let dir = TempDir::new().unwrap();
    let applied = Applied::open(dir.path()).unwrap();
    apply(&applied, at(4), &adds("a", 5));
    let copy = dir.path().join("copy");
    applied.copy(&copy).unwrap();
    let whole = std::fs::read(&copy).unwrap();
    for place in [0, 15, 20, 40, 64, whole.len() - 1] {
        let mut bytes = whole.clone();
        bytes[place] ^= 1;
        std::fs::write(&copy, bytes).unwrap();
        applied.install(std::fs::File::open(&copy).unwrap()).unwrap_err();
    }
    std::fs::write(&copy, &whole[..whole.len() - 1]).unwrap();
    applied.install(std::fs::File::open(&copy).unwrap()).unwrap_err();
    assert_eq!(count(&applied, "a"), Answer::Integer(5));
    // What follows the end is not part of it.
    std::fs::write(&copy, [&whole[..], b"more"].concat()).unwrap();
    applied.install(std::fs::File::open(&copy).unwrap()).unwrap();
}

/// A stop in the middle of an installation leaves the old state or the new one.
#[test]
fn the_newest_generation_is_opened_and_the_rest_removed() {
    let dir = TempDir::new().unwrap();
    let applied = Applied::open(dir.path()).unwrap();
    apply(&applied, at(4), &adds("a", 5));
    applied.flush().unwrap();
    drop(applied);
    let first = dir.path().join("applied-000001.sqlite");
    let incoming = dir.path().join("incoming.sqlite");
    std::fs::write(&incoming, b"half").unwrap();
    let applied = Applied::open(dir.path()).unwrap();
    assert_eq!(count(&applied, "a"), Answer::Integer(5));
    assert!(!incoming.exists());
    drop(applied);
    std::fs::copy(&first, dir.path().join("applied-000002.sqlite")).unwrap();
    let applied = Applied::open(dir.path()).unwrap();
    assert_eq!(count(&applied, "a"), Answer::Integer(5));
    assert!(!first.exists());
}

#[test]
fn space_goes_back_to_the_disk_in_steps() {
    let dir = TempDir::new().unwrap();
    let applied = Applied::open(dir.path()).unwrap();
    let value = vec![b'x'; 100_000];
    let (mut puts, mut deletes) = (Changes::default(), Changes::default());
    for key in 0..100_u8 {
        puts.put(&[key], &value);
        deletes.delete(&[key]);
    }
    applied.advance(at(1), None, puts, None);
    applied.flush().unwrap();
    applied.advance(at(2), None, deletes, None);
    applied.flush().unwrap();
    let mut steps = 0;
    while applied.shrink().unwrap() {
        steps += 1;
    }
    assert!(steps >= 5, "{steps}");
    drop(applied);
    let bytes = std::fs::metadata(dir.path().join("applied-000001.sqlite")).unwrap().len();
    assert!(bytes < 2_000_000, "{bytes}");
}

/// The bytes of format 1: a change of them needs a new format.
#[test]
fn stored_points_and_snapshots_keep_their_bytes() {
    let dir = TempDir::new().unwrap();
    let applied = Applied::open(dir.path()).unwrap();
    applied.pass(at(300), Some(Bytes::from_static(b"members")));
    applied.flush().unwrap();
    let file = rusqlite::Connection::open(dir.path().join("applied-000001.sqlite")).unwrap();
    let meta = "SELECT group_concat(key || ' ' || hex(value)) FROM meta";
    let meta: String = file.query_row(meta, [], |row| row.get(0)).unwrap();
    assert_eq!(meta, "point 01010101AC0201076D656D62657273");
    let copy = dir.path().join("copy");
    applied.copy(&copy).unwrap();
    let bytes = std::fs::read(&copy).unwrap();
    assert_eq!(&bytes[..16], b"thorp snapshot\n\x01");
    let length = u64::from_be_bytes(bytes[16..24].try_into().unwrap());
    assert_eq!(length, u64::try_from(bytes.len()).unwrap() - 64);
    assert_eq!(&bytes[64..79], b"SQLite format 3");
    assert_eq!(
        Batch { stamp: STAMP, requests: vec![adds("a", 1)[0].encode().unwrap()] }
            .encode(Format::Previous)
            .as_ref(),
        b"\x01\x05\x01\x07\x01\x00\x08\x00\x01a\x02"
    );
}
