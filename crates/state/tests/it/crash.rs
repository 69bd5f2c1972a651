//! A process that ends at a named point loses nothing that it acknowledged.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use state::{Embedded, Engine, NodeId, Origin};
use tempfile::TempDir;

use crate::kit::{SOON, Wire, add_one, address, count, increment, member, options, until, with_id};

const PAIR_DIR: &str = "STATE_TEST_CRASH_PAIR_DIR";
const DIR: &str = "STATE_TEST_CRASH_DIR";
const POINT: &str = "STATE_TEST_CRASH_POINT";

/// Runs in the child process, and does nothing in an ordinary run.
#[tokio::test(flavor = "multi_thread")]
async fn child_writes_until_it_ends() {
    let (Ok(dir), Ok(point)) = (std::env::var(DIR), std::env::var(POINT)) else { return };
    let (name, times) = point.split_once(':').unwrap();
    let dir = Path::new(&dir);
    let node = Embedded::open(options(dir, 1, Origin::Found, &Wire::default())).await.unwrap();
    state::testing::abort_at(name, times.parse().unwrap());
    for number in 1.. {
        add_one(&node, "a").await;
        acknowledge(number);
    }
}

fn acknowledge(number: i64) {
    // In one piece: the process may end at any moment.
    std::io::stderr().write_all(format!("acknowledged {number}\n").as_bytes()).unwrap();
}

/// Lets a child write until it ends at `point`; says how many writes it acknowledged.
fn crash(dir: &TempDir, point: &str) -> i64 {
    run_child("crash::child_writes_until_it_ends", |child| {
        child.env(DIR, dir.path()).env(POINT, point);
    })
}

/// Lets one test run in a child until that ends; says how many writes it acknowledged.
fn run_child(test: &str, tell: impl FnOnce(&mut Command)) -> i64 {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args([test, "--exact", "--nocapture"]).stdout(Stdio::null());
    tell(&mut child);
    let child = child.output().unwrap();
    let aborted = std::os::unix::process::ExitStatusExt::signal(&child.status).is_some();
    assert!(aborted, "the child ends: {}", String::from_utf8_lossy(&child.stderr));
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

/// The first files are made, and later ones were used before.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_before_a_file_of_the_log_has_its_name() {
    assert_nothing_is_lost("log-file-before-rename:1").await;
    assert_nothing_is_lost("log-file-before-rename:12").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_after_a_file_of_the_log_got_its_name() {
    assert_nothing_is_lost("log-file-after-rename:1").await;
    assert_nothing_is_lost("log-file-after-rename:12").await;
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

/// Runs in a child process: one node of two is away until it needs a snapshot, and installs it.
#[tokio::test(flavor = "multi_thread")]
async fn child_installs_a_snapshot_until_it_ends() {
    let (Ok(dir), Ok(point)) = (std::env::var(PAIR_DIR), std::env::var(POINT)) else { return };
    let (first, second) = pair(Path::new(&dir));
    let wire = Wire::default();
    let opened = Embedded::open(options(&first, 1, Origin::Found, &wire)).await;
    let node = Arc::new(opened.unwrap());
    wire.join(&address(1), &node);
    for number in 1..=400 {
        add_one(&node, "a").await;
        acknowledge(number);
    }
    until("the log is cut", || (node.status().first_index > 100).then_some(())).await;
    let opened = Embedded::open(options(&second, 2, Origin::Join, &wire)).await;
    let joined = Arc::new(opened.unwrap());
    wire.join(&address(2), &joined);
    state::testing::abort_at(&point, 1);
    node.add(NodeId(2), &member(2), SOON).await.unwrap();
    until("this process ends", || None::<()>).await;
}

fn pair(dir: &Path) -> (PathBuf, PathBuf) {
    (dir.join("first"), dir.join("second"))
}

/// Both nodes are lost while one installs a snapshot; both start again, and the one gets it.
async fn assert_an_installation_is_done_again(point: &str) {
    let dir = TempDir::new().unwrap();
    let acknowledged = run_child("crash::child_installs_a_snapshot_until_it_ends", |child| {
        child.env(PAIR_DIR, dir.path()).env(POINT, point);
    });
    assert_eq!(acknowledged, 400);
    let (first, second) = pair(dir.path());
    let wire = Wire::default();
    let mut nodes = Vec::new();
    for (id, dir) in [(1, &first), (2, &second)] {
        let node = Embedded::open(options(dir, id, Origin::Join, &wire)).await.unwrap();
        let node = Arc::new(node);
        wire.join(&address(id), &node);
        nodes.push(node);
    }
    nodes[0].add(NodeId(2), &member(2), SOON).await.unwrap();
    assert_eq!(count(&nodes[1], "a").await, 400);
    for node in nodes {
        node.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_is_installed_again_after_a_stop_before_its_rename() {
    assert_an_installation_is_done_again("install-before-rename").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_is_whole_after_a_stop_behind_its_rename() {
    assert_an_installation_is_done_again("install-after-rename").await;
}
