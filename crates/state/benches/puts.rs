//! Puts per second of one node, by the number of callers that wait for their answer.
//!
//! `cargo bench -p state --bench puts`; the folder is made under `TMPDIR`.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "a bench prints, and may fail"
)]

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use model::clock::Clock;
use state::{CallError, Calls, Embedded, Engine, Format, Member, NodeId, Options, Origin, Pending};
use structures::{Request, map};

const SECONDS: u64 = 4;

#[derive(Debug)]
struct RealClock(tokio::time::Instant);

impl Clock for RealClock {
    fn now_ms(&self) -> u64 {
        1_800_000_000_000 + self.monotonic_ms()
    }

    fn monotonic_ms(&self) -> u64 {
        u64::try_from(self.0.elapsed().as_millis()).unwrap()
    }
}

#[derive(Debug)]
struct Nobody;

impl Calls for Nobody {
    fn call<'a>(
        &'a self,
        _: NodeId,
        address: &'a str,
        _: Bytes,
        _: Duration,
    ) -> Pending<'a, Result<Bytes, CallError>> {
        let (address, reason) = (address.to_owned(), "there is nobody".to_owned());
        Box::pin(async { Err(CallError::Unreachable { address, reason }) })
    }
}

async fn run(callers: u64, bytes: usize) -> (u64, u64) {
    let dir = std::env::temp_dir().join(format!("thorp-bench-{}", std::process::id()));
    let clock = Arc::new(RealClock(tokio::time::Instant::now()));
    let node = Embedded::open(Options {
        dir: dir.clone(),
        node: NodeId(1),
        member: Member::default(),
        origin: Origin::Found,
        clock: Arc::clone(&clock) as Arc<dyn Clock>,
        calls: Arc::new(Nobody),
        cut_after_entries: state::limits::CUT_AFTER_ENTRIES,
        log_segment_bytes: state::limits::LOG_SEGMENT_BYTES,
        format: Format::Newest,
    });
    let node = Arc::new(node.await.unwrap());
    let end_ms = clock.monotonic_ms() + SECONDS * 1000;
    let mut tasks = tokio::task::JoinSet::new();
    for caller in 0..callers {
        let (node, clock) = (Arc::clone(&node), Arc::clone(&clock));
        tasks.spawn(async move {
            let (mut done, mut slowest_us) = (0_u64, Vec::new());
            while clock.monotonic_ms() < end_ms {
                let put = map::Command::Put {
                    map: Bytes::from_static(b"m"),
                    key: Bytes::from(format!("{caller}-{}", done % 1000)),
                    value: Bytes::from(vec![b'x'; bytes]),
                    options: map::PutOptions::default(),
                };
                let request = Request { id: None, command: put.into() };
                let began = tokio::time::Instant::now();
                node.propose(&request, Duration::from_secs(30)).await.unwrap();
                slowest_us.push(u64::try_from(began.elapsed().as_micros()).unwrap());
                done += 1;
            }
            (done, slowest_us)
        });
    }
    let (mut done, mut times_us) = (0, Vec::new());
    while let Some(ended) = tasks.join_next().await {
        let (of_one, times) = ended.unwrap();
        done += of_one;
        times_us.extend(times);
    }
    node.close().await;
    drop(node);
    std::fs::remove_dir_all(dir).unwrap();
    times_us.sort_unstable();
    let p99_us = times_us[times_us.len() * 99 / 100];
    (done / SECONDS, p99_us)
}

#[tokio::main]
async fn main() {
    // Test runners start every program of the workspace to hear of its tests.
    if !std::env::args().any(|word| word == "--bench") {
        return;
    }
    for bytes in [64, 1024] {
        for callers in [1, 16, 64, 256] {
            let (per_second, p99_us) = run(callers, bytes).await;
            println!("{bytes} B, {callers} callers: {per_second} puts/s, p99 {p99_us} us");
        }
    }
}
