//! One node: start, restart, order, limits.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use state::{Embedded, Engine, OpenError, Options, Origin};
use structures::{Answer, Request, Ttl, map};
use tempfile::TempDir;

use crate::kit::{
    self, Cluster, SOON, Wire, add_one, count, increment, options, stale_count, until,
};

async fn alone(dir: &TempDir) -> Embedded {
    Embedded::open(options(dir.path(), 1, Origin::Found, &Wire::default())).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_acknowledged_is_there_after_a_restart() {
    let dir = TempDir::new().unwrap();
    for round in 0..3_i64 {
        let node = alone(&dir).await;
        assert_eq!(count(&node, "a").await, round * 50);
        for _ in 0..50 {
            add_one(&node, "a").await;
        }
        node.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_folder_takes_its_first_write_soon() {
    let dir = TempDir::new().unwrap();
    let clock = kit::RealClock;
    let began_ms = model::clock::Clock::now_ms(&clock);
    let node = alone(&dir).await;
    add_one(&node, "a").await;
    let took_ms = model::clock::Clock::now_ms(&clock) - began_ms;
    eprintln!("first write after {took_ms} ms");
    // The goal is 200 ms on an idle machine; this one may be busy.
    assert!(took_ms < 2_000, "{took_ms} ms");
    node.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ends_still_ends_after_a_clock_was_ahead() {
    let (dir, clock) = (TempDir::new().unwrap(), Arc::new(kit::WrongClock::default()));
    clock.ahead_ms.store(6 * 60 * 60 * 1000, Ordering::Relaxed);
    let options = options(dir.path(), 1, Origin::Found, &Wire::default());
    let clock_of_node: Arc<dyn model::clock::Clock> = clock.clone();
    let node = Embedded::open(Options { clock: clock_of_node, ..options }).await.unwrap();
    add_one(&node, "a").await;
    clock.ahead_ms.store(0, Ordering::Relaxed);
    let put = map::Command::Put {
        map: "m".into(),
        key: "k".into(),
        value: "v".into(),
        options: map::PutOptions { ttl: Ttl::After { ms: 50 }, ..map::PutOptions::default() },
    };
    let request = Request { id: None, command: put.into() };
    node.propose(&request, SOON).await.unwrap().outcome.unwrap();
    let get = map::Query::Get { map: "m".into(), key: "k".into() };
    until("the entry ends", || {
        matches!(node.stale(&get.clone().into()), Ok(Ok(Answer::Nothing))).then_some(())
    })
    .await;
    node.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn changed_rows_reach_the_file_and_then_nothing_is_written() {
    let mut cluster = Cluster::of(1).await;
    let node = cluster.node(1);
    add_one(&node, "a").await;
    until("the state is durable", || {
        let status = node.status();
        (status.durable_index == status.applied_index).then_some(())
    })
    .await;
    let status = node.status();
    let sizes = sizes(&cluster.dir(1));
    tokio::time::sleep(Duration::from_millis(700)).await;
    assert_eq!(node.status(), status);
    assert_eq!(self::sizes(&cluster.dir(1)), sizes);
    node.close().await;
}

fn sizes(dir: &std::path::Path) -> Vec<(std::ffi::OsString, std::time::SystemTime)> {
    let entries = std::fs::read_dir(dir).unwrap().map(|entry| {
        let entry = entry.unwrap();
        (entry.file_name(), entry.metadata().unwrap().modified().unwrap())
    });
    let mut entries: Vec<_> = entries.collect();
    entries.sort();
    entries
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_serves_one_process_and_one_node() {
    let dir = TempDir::new().unwrap();
    let node = alone(&dir).await;
    let wire = Wire::default();
    let second = Embedded::open(options(dir.path(), 1, Origin::Found, &wire)).await;
    assert!(matches!(second, Err(OpenError::InUse { .. })), "{second:?}");
    node.close().await;
    drop(node);
    let other = Embedded::open(options(dir.path(), 2, Origin::Found, &wire)).await;
    assert!(matches!(other, Err(OpenError::OtherNode { found: 1, node: 2, .. })), "{other:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_format_is_refused() {
    let dir = TempDir::new().unwrap();
    alone(&dir).await.close().await;
    change_log(&dir, |bytes| bytes[8..12].copy_from_slice(&99_u32.to_be_bytes()));
    let opened = Embedded::open(options(dir.path(), 1, Origin::Found, &Wire::default())).await;
    let Err(OpenError::Store { source, .. }) = opened else { panic!("{opened:?}") };
    assert_eq!(model::fault::Fault::code(&source), "STATE_NEWER");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_with_a_damaged_log_does_not_start_and_says_where() {
    let dir = TempDir::new().unwrap();
    let node = alone(&dir).await;
    for _ in 0..20 {
        add_one(&node, "a").await;
    }
    node.close().await;
    drop(node);
    // The fifth frame behind the head.
    change_log(&dir, |bytes| bytes[5 * 512 + 30] ^= 1);
    let opened = Embedded::open(options(dir.path(), 1, Origin::Found, &Wire::default())).await;
    let Err(OpenError::Store { source, .. }) = opened else { panic!("{opened:?}") };
    assert_eq!(model::fault::Fault::code(&source), "STATE_DAMAGED");
    assert!(source.to_string().contains("log.1` is damaged: the checksum of frame 5"), "{source}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_whose_log_is_missing_does_not_start() {
    let dir = TempDir::new().unwrap();
    let node = alone(&dir).await;
    add_one(&node, "a").await;
    node.close().await;
    drop(node);
    std::fs::remove_file(dir.path().join("log.1")).unwrap();
    for _ in 0..2 {
        let opened = Embedded::open(options(dir.path(), 1, Origin::Join, &Wire::default())).await;
        let Err(OpenError::Store { source, .. }) = opened else { panic!("{opened:?}") };
        assert!(source.to_string().contains("its log is missing"), "{source}");
    }
}

/// Changes the bytes of the first file of a log.
fn change_log(dir: &TempDir, change: impl FnOnce(&mut Vec<u8>)) {
    let path = dir.path().join("log.1");
    let mut bytes = std::fs::read(&path).unwrap();
    change(&mut bytes);
    std::fs::write(path, bytes).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn reads_do_not_go_back_after_a_restart() {
    let dir = TempDir::new().unwrap();
    let node = alone(&dir).await;
    for _ in 0..10 {
        add_one(&node, "a").await;
    }
    node.close().await;
    drop(node);
    let node = alone(&dir).await;
    assert_eq!(stale_count(&node, "a"), 10);
    node.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_may_be_larger_than_the_cache() {
    let cluster = Cluster::of(1).await;
    let node = cluster.node(1);
    let map = Bytes::from_static(b"m");
    for key in 0..40_u32 {
        let put = map::Command::Put {
            map: map.clone(),
            key: Bytes::copy_from_slice(&key.to_be_bytes()),
            value: Bytes::from(vec![b'x'; 900_000]),
            options: map::PutOptions::default(),
        };
        node.propose(&Request { id: None, command: put.into() }, SOON).await.unwrap();
    }
    let engine: &dyn Engine = &*node;
    let read = engine.read(&map::Query::Len { map: map.clone() }.into(), SOON).await.unwrap();
    assert_eq!(read, Ok(Answer::Integer(40)));
    let key = Bytes::copy_from_slice(&0_u32.to_be_bytes());
    let read = engine.read(&map::Query::Length { map, key }.into(), SOON).await.unwrap();
    assert_eq!(read, Ok(Answer::Integer(900_000)));
    node.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn callers_that_give_up_leave_nothing_behind() {
    let cluster = Cluster::of(1).await;
    let node = cluster.node(1);
    let late = node.propose(&increment("a"), Duration::ZERO).await;
    late.unwrap_err();
    assert!(count(&node, "a").await <= 1);
    node.close().await;
}
