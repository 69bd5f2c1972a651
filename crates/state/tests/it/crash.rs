//! A process that ends at a named point loses nothing that it acknowledged.

use std::process::{Command, Stdio};

use state::{Embedded, Engine, Origin};
use tempfile::TempDir;

use crate::kit::{SOON, Wire, add_one, count, increment, options, with_id};

const DIR: &str = "STATE_TEST_CRASH_DIR";
const POINT: &str = "STATE_TEST_CRASH_POINT";

/// Runs in the child process, and does nothing in an ordinary run.
#[tokio::test(flavor = "multi_thread")]
async fn child_writes_until_it_ends() {
    let (Ok(dir), Ok(point)) = (std::env::var(DIR), std::env::var(POINT)) else { return };
    let (name, times) = point.split_once(':').unwrap();
    let dir = std::path::Path::new(&dir);
    let node = Embedded::open(options(dir, 1, Origin::Found, &Wire::default())).await.unwrap();
    state::testing::abort_at(name, times.parse().unwrap());
    for number in 1.. {
        add_one(&node, "a").await;
        use std::io::Write;
        // In one piece: the process may end at any moment.
        std::io::stderr().write_all(format!("acknowledged {number}\n").as_bytes()).unwrap();
    }
}

/// Lets a child write until it ends at `point`; says how many writes it acknowledged.
fn crash(dir: &TempDir, point: &str) -> i64 {
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["crash::child_writes_until_it_ends", "--exact", "--nocapture"])
        .env(DIR, dir.path())
        .env(POINT, point)
        .stdout(Stdio::null())
        .output()
        .unwrap();
    assert!(!child.status.success(), "the child ends at {point}");
    let text = String::from_utf8_lossy(&child.stderr).into_owned();
    let last = text.lines().filter_map(|line| line.strip_prefix("acknowledged ")).next_back();
    last.map_or(0, |number| number.parse().unwrap())
}

async fn assert_nothing_is_lost(point: &str) {
    let dir = TempDir::new().unwrap();
    let mut before = 0;
    for _ in 0..3 {
        let acknowledged = crash(&dir, point);
        let node = Embedded::open(options(dir.path(), 1, Origin::Found, &Wire::default()));
        let node = node.await.unwrap();
        let found = count(&node, "a").await;
        assert!(found >= before + acknowledged, "{found} of {before} and {acknowledged}");
        assert!(found <= before + acknowledged + 1, "{found} of {before} and {acknowledged}");
        before = found;
        node.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_before_a_commit_of_the_log() {
    assert_nothing_is_lost("log-before-commit:10").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_after_a_commit_of_the_log() {
    assert_nothing_is_lost("log-after-commit:10").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_before_a_flush() {
    assert_nothing_is_lost("flush-before-commit:2").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_after_a_flush() {
    assert_nothing_is_lost("flush-after-commit:2").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_with_an_id_is_done_once_across_a_restart() {
    let dir = TempDir::new().unwrap();
    for _ in 0..2 {
        let opened = Embedded::open(options(dir.path(), 1, Origin::Found, &Wire::default()));
        let node = opened.await.unwrap();
        let open = structures::session::Command::Open { client: 3, ttl_ms: 60_000 };
        let open = structures::Request { id: None, command: open.into() };
        node.propose(&open, SOON).await.unwrap();
        node.propose(&with_id(increment("a"), 3, 1), SOON).await.unwrap();
        assert_eq!(count(&node, "a").await, 1);
        node.close().await;
    }
}
