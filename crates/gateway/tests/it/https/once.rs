//! Requests that are given up and sent again are done once.

use std::time::Duration;

use serde_json::json;

use super::chance::{Chance, seed};
use super::kit::{Open, good};

const CLIENTS: u64 = 8;
const REQUESTS: u64 = 20;

#[tokio::test(flavor = "multi_thread")]
async fn requests_that_are_cut_off_and_sent_again_are_done_once() {
    let door = Open::new().await;
    let seed = seed();
    let cut =
        futures::future::join_all((0..CLIENTS).map(|client| count(&door, client, seed))).await;
    assert_eq!(door.shown("/api/v1/counters/c").await["value"], CLIENTS * REQUESTS);
    assert!(cut.iter().sum::<u64>() > 0, "no request was cut off: the test shows nothing");
    door.close().await;
}

/// Adds one, so many times, and says how many requests it cut off on the way.
async fn count(door: &Open, client: u64, seed: u64) -> u64 {
    let mut chance = Chance(seed ^ client << 32);
    let mut cut = 0;
    for number in 0..REQUESTS {
        for attempt in 0_u32.. {
            let add = door.post("/api/v1/counters/c/add", &json!({"by": 1}));
            let add = add.header("idempotency-key", format!("{client}-{number}")).send();
            // Later attempts have more time, so that there is an end.
            let patience = Duration::from_micros((chance.next() % 8_000) << attempt.min(10));
            match tokio::time::timeout(patience, add).await {
                Ok(answer) => {
                    good(answer.unwrap()).await;
                    break;
                }
                Err(_) => cut += 1,
            }
        }
    }
    cut
}
