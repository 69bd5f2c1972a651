//! Streams of events.

use gateway::https::body::map::{Change, What};
use reqwest::Response;
use serde_json::json;

use super::kit::{Open, good, problem};

/// Reads a stream of events until what arrived pleases.
pub(crate) async fn until(mut response: Response, pleases: impl Fn(&str) -> bool) -> String {
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut seen = String::new();
    let reading = async {
        while !pleases(&seen) {
            let chunk = response.chunk().await.unwrap().expect("the stream goes on");
            seen.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    };
    let soon = std::time::Duration::from_secs(20);
    let read = tokio::time::timeout(soon, reading).await;
    assert!(read.is_ok(), "only this came: {seen}");
    seen
}

/// The changes that a client in Rust reads.
fn changes(seen: &str) -> Vec<Change> {
    let data = seen.lines().filter_map(|line| line.strip_prefix("data: "));
    data.skip(1).map(|json| serde_json::from_str(json).unwrap()).collect()
}

fn ids(seen: &str) -> Vec<u64> {
    seen.lines().filter_map(|line| line.strip_prefix("id: ")?.parse().ok()).collect()
}

async fn put(door: &Open, key: &str) -> u64 {
    let path = format!("/api/v1/maps/m/entries/{key}");
    let put = good(door.put(&path, "v").send().await.unwrap()).await;
    put["revision"].as_u64().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_tells_every_change_once_and_goes_on_after_a_break() {
    let door = Open::new().await;
    let before = put(&door, "before").await;
    let watch = door.get("/api/v1/maps/m/watch").send().await.unwrap();
    let mut revisions = vec![before];
    for number in 0..300 {
        revisions.push(put(&door, &format!("k{number}")).await);
    }
    let seen = until(watch, |seen| seen.contains("\"k299\"")).await;
    assert_eq!(ids(&seen), revisions);
    for (change, revision) in changes(&seen).iter().zip(&revisions[1..]) {
        assert_eq!(change.revision, *revision);
        assert!(matches!(change.what, What::Put { .. }), "{change:?}");
    }

    let middle = revisions[100];
    let resumed = door.get("/api/v1/maps/m/watch").header("last-event-id", middle);
    let seen = until(resumed.send().await.unwrap(), |seen| seen.contains("\"k299\"")).await;
    assert_eq!(ids(&seen), revisions[100..]);
    door.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_of_one_revision_have_its_id_at_the_last_of_them() {
    let door = Open::new().await;
    let entries: Vec<_> =
        (0..600).map(|n| json!({"key": format!("k{n:03}"), "value": "v"})).collect();
    door.told("/api/v1/maps/m/put", json!({"entries": entries})).await;
    let watch = door.get("/api/v1/maps/m/watch?from=0").send().await.unwrap();
    let seen = until(watch, |seen| seen.contains("k599") && seen.ends_with("\n\n")).await;
    assert_eq!(ids(&seen).len(), 2, "of the beginning and of the last change");
    assert_eq!(seen.matches("event: change").count(), 600);
    door.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_from_what_is_forgotten_is_refused() {
    let door = Open::new().await;
    let value = "x".repeat(1_000_000);
    for number in 0..20 {
        let path = format!("/api/v1/maps/m/entries/{number}");
        good(door.put(&path, value.clone()).send().await.unwrap()).await;
    }
    let watch = door.get("/api/v1/maps/m/watch?from=0").send().await.unwrap();
    assert_eq!(problem(watch, 410).await, "HISTORY_FORGOTTEN");
    let changes = door.get("/api/v1/maps/m/changes?from=0").send().await.unwrap();
    assert_eq!(problem(changes, 410).await, "HISTORY_FORGOTTEN");
    door.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_end_when_the_door_closes() {
    let door = Open::new().await;
    let watch = door.get("/api/v1/maps/m/watch").send().await.unwrap();
    door.close().await;
    let rest = watch.text().await.unwrap();
    assert!(rest.starts_with("event: ready"), "{rest}");
}
