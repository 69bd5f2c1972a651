//! What all parts of a simulated cluster share: virtual time, the trace, and background tasks.
//!
//! Everything runs in turns on one thread. Time stands still while anybody has something to do,
//! and then jumps to the next moment at which somebody wakes (tokio's paused clock).

use std::fmt;
use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::run::Plan;

#[derive(Debug)]
pub(crate) struct World {
    pub(crate) seed: u64,
    /// Whether disks forget at a crash what they said was durable.
    pub(crate) disks_lie: bool,
    began: Instant,
    trace: Mutex<Trace>,
    tasks: Mutex<JoinSet<()>>,
    /// Counts what clients call and are answered.
    ticks: AtomicU64,
}

/// All that happened, as one number: the same for the same seed.
#[derive(Debug)]
struct Trace {
    hash: u64,
    events: u64,
    shown: Option<fn(&str)>,
}

impl World {
    pub(crate) fn new(plan: Plan) -> Self {
        let Plan { seed, disks_lie, shown } = plan;
        // The start of FNV-1a.
        let trace = Trace { hash: 0xcbf2_9ce4_8422_2325, events: 0, shown };
        Self {
            seed,
            disks_lie,
            began: Instant::now(),
            trace: Mutex::new(trace),
            tasks: Mutex::default(),
            ticks: AtomicU64::new(0),
        }
    }

    /// Milliseconds since the start.
    pub(crate) fn now_ms(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// The next moment in the order of all calls and answers.
    pub(crate) fn tick(&self) -> u64 {
        self.ticks.fetch_add(1, Ordering::Relaxed)
    }

    /// Writes an event into the trace.
    pub(crate) fn note(&self, event: fmt::Arguments<'_>) {
        let line = format!("{:>6} {event}", self.began.elapsed().as_micros());
        let mut trace = self.trace.lock().unwrap_or_else(PoisonError::into_inner);
        for byte in line.bytes() {
            trace.hash = (trace.hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        trace.events += 1;
        if let Some(show) = trace.shown {
            show(&line);
        }
    }

    /// The hash of the trace, and how many events are in it.
    pub(crate) fn trace(&self) -> (u64, u64) {
        let trace = self.trace.lock().unwrap_or_else(PoisonError::into_inner);
        (trace.hash, trace.events)
    }

    pub(crate) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        while tasks.try_join_next().is_some() {}
        tasks.spawn(work);
    }

    /// Ends all background tasks.
    pub(crate) async fn end(&self) {
        let mut tasks =
            std::mem::take(&mut *self.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        tasks.shutdown().await;
    }
}

pub(crate) async fn pause_ms(time_ms: u64) {
    tokio::time::sleep(Duration::from_millis(time_ms)).await;
}

pub(crate) async fn pause_us(time_us: u64) {
    tokio::time::sleep(Duration::from_micros(time_us)).await;
}
