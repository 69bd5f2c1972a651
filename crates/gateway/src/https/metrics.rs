//! Figures of the door and of the state, in the text format of Prometheus.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::http::{Method, StatusCode};
use state::Engine;

/// Upper ends of the buckets of durations, in milliseconds.
const BUCKETS_MS: [u64; 9] = [1, 2, 5, 10, 25, 100, 500, 2_500, 10_000];
const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

/// What is counted of all requests.
#[derive(Debug)]
pub(super) struct Metrics {
    routes: Vec<Figures>,
    /// Requests that no route served.
    unrouted: Figures,
}

/// The index of the route that served a request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found(pub(super) usize);

#[derive(Debug)]
struct Figures {
    method: Method,
    path: &'static str,
    classes: [AtomicU64; 5],
    /// The last one counts what took longer than all buckets.
    durations: [AtomicU64; 10],
    sum_ms: AtomicU64,
}

impl Metrics {
    /// Figures for each of `routes`, in their order.
    pub(super) fn new(routes: impl Iterator<Item = (Method, &'static str)>) -> Self {
        Self {
            routes: routes.map(|(method, path)| Figures::new(method, path)).collect(),
            unrouted: Figures::new(Method::GET, "none"),
        }
    }

    pub(super) fn answered(&self, found: Option<Found>, status: StatusCode, took_ms: u64) {
        let figures = found.and_then(|Found(index)| self.routes.get(index));
        figures.unwrap_or(&self.unrouted).count(status, took_ms);
    }

    /// All figures as text.
    pub(super) fn print(&self, engine: &dyn Engine) -> String {
        let mut text = String::new();
        let seen: Vec<&Figures> = self
            .routes
            .iter()
            .chain([&self.unrouted])
            .filter(|figures| figures.requests() > 0)
            .collect();
        head(&mut text, "thorp_gateway_https_requests_total", "counter", "Requests answered.");
        for figures in &seen {
            figures.print_requests(&mut text);
        }
        let name = "thorp_gateway_https_request_duration_seconds";
        head(&mut text, name, "histogram", "Time until the answer began.");
        for figures in &seen {
            figures.print_durations(&mut text, name);
        }
        print_state(&mut text, engine);
        text
    }
}

impl Figures {
    fn new(method: Method, path: &'static str) -> Self {
        let (classes, durations) = Default::default();
        Self { method, path, classes, durations, sum_ms: AtomicU64::new(0) }
    }

    fn count(&self, status: StatusCode, took_ms: u64) {
        let class = usize::from(status.as_u16() / 100).wrapping_sub(1);
        let bucket = BUCKETS_MS.iter().position(|end_ms| took_ms <= *end_ms);
        let class = self.classes.get(class);
        let bucket = self.durations.get(bucket.unwrap_or(BUCKETS_MS.len()));
        for counter in class.into_iter().chain(bucket) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
        self.sum_ms.fetch_add(took_ms, Ordering::Relaxed);
    }

    fn requests(&self) -> u64 {
        self.durations.iter().map(|counter| counter.load(Ordering::Relaxed)).sum()
    }

    fn labels(&self) -> String {
        format!("method=\"{}\",route=\"{}\"", self.method, self.path)
    }

    fn print_requests(&self, text: &mut String) {
        let labels = self.labels();
        for (class, counter) in CLASSES.iter().zip(&self.classes) {
            let count = counter.load(Ordering::Relaxed);
            if count > 0 {
                let name = "thorp_gateway_https_requests_total";
                line(text, format_args!("{name}{{{labels},status=\"{class}\"}} {count}"));
            }
        }
    }

    fn print_durations(&self, text: &mut String, name: &str) {
        let labels = self.labels();
        let mut count = 0;
        let ends = BUCKETS_MS.iter().map(|end_ms| seconds(*end_ms)).chain(["+Inf".to_owned()]);
        for (end, counter) in ends.zip(&self.durations) {
            count += counter.load(Ordering::Relaxed);
            line(text, format_args!("{name}_bucket{{{labels},le=\"{end}\"}} {count}"));
        }
        let sum = seconds(self.sum_ms.load(Ordering::Relaxed));
        line(text, format_args!("{name}_sum{{{labels}}} {sum}"));
        line(text, format_args!("{name}_count{{{labels}}} {count}"));
    }
}

fn print_state(text: &mut String, engine: &dyn Engine) {
    let (status, members) = (engine.status(), engine.members());
    let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    let figures = [
        ("term", "The term of the agreement.", status.term),
        ("log_index", "The last log entry that the node has.", status.log_index),
        ("applied_index", "The last log entry that is applied.", status.applied_index),
        (
            "durable_index",
            "The last log entry whose effects are in the file.",
            status.durable_index,
        ),
        ("voters", "Members that vote.", count(status.voters)),
        ("reachable_voters", "Voters heard of lately.", count(status.reachable_voters)),
        ("members", "Members of the cluster.", count(members.all.len())),
        ("has_leader", "Whether a leader is known.", u64::from(status.leader.is_some())),
        ("disk_full", "Whether the disk is full.", u64::from(status.disk_full)),
        ("stopped", "Whether the node takes part no longer.", u64::from(status.stopped.is_some())),
    ];
    for (name, meaning, value) in figures {
        let name = format!("thorp_state_{name}");
        head(text, &name, "gauge", meaning);
        line(text, format_args!("{name} {value}"));
    }
}

fn head(text: &mut String, name: &str, kind: &str, meaning: &str) {
    line(text, format_args!("# HELP {name} {meaning}"));
    line(text, format_args!("# TYPE {name} {kind}"));
}

fn line(text: &mut String, line: std::fmt::Arguments<'_>) {
    writeln!(text, "{line}").expect("a text takes all lines");
}

fn seconds(ms: u64) -> String {
    format!("{}.{:03}", ms / 1000, ms % 1000)
}
