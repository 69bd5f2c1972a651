//! What `thorp run` says while it goes on: a live line per pipeline, or plain lines.

use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use model::clock::Clock;
use pipeline::context::{Level, Observer};
use pipeline::job::Done;
use pipeline::spec::PipelineSpec;

use crate::cli::Output;

/// How often a live line is drawn anew.
const TICK: Duration = Duration::from_millis(100);

/// The lines of all pipelines of one command.
#[derive(Debug)]
pub(super) struct Progress {
    bars: MultiProgress,
    pipelines: Vec<Arc<Line>>,
    live: bool,
}

/// One pipeline.
#[derive(Debug)]
struct Line {
    id: String,
    steps: Vec<String>,
    bar: ProgressBar,
    bars: MultiProgress,
    verbose: bool,
    live: bool,
    /// Rows that have left each step.
    rows: Vec<AtomicU64>,
    /// The step that rows left last.
    step: AtomicUsize,
    clock: Arc<dyn Clock>,
    started_ms: AtomicU64,
}

impl Progress {
    pub(super) fn start(
        specs: &[&PipelineSpec],
        verbose: bool,
        output: Output,
        clock: &Arc<dyn Clock>,
    ) -> Self {
        let live = std::io::stderr().is_terminal() && !verbose && output == Output::Text;
        let bars = MultiProgress::new();
        let pipelines = specs
            .iter()
            .map(|spec| {
                let bar =
                    if live { bars.add(ProgressBar::new_spinner()) } else { ProgressBar::hidden() };
                if let Ok(style) = ProgressStyle::with_template("{spinner} {prefix}: {wide_msg}") {
                    bar.set_style(style);
                }
                bar.set_prefix(spec.id.to_string());
                bar.set_message("WAITING");
                Arc::new(Line {
                    id: spec.id.to_string(),
                    steps: spec.steps.iter().map(|step| step.name().to_owned()).collect(),
                    bar,
                    bars: bars.clone(),
                    verbose,
                    live,
                    rows: spec.steps.iter().map(|_| AtomicU64::new(0)).collect(),
                    step: AtomicUsize::new(0),
                    clock: Arc::clone(clock),
                    started_ms: AtomicU64::new(0),
                })
            })
            .collect();
        Self { bars, pipelines, live }
    }

    /// The observer of the pipeline at `at`, which begins now.
    pub(super) fn observer(&self, at: usize) -> Arc<dyn Observer> {
        let Some(line) = self.pipelines.get(at) else { return Arc::new(pipeline::context::Silent) };
        line.started_ms.store(line.clock.monotonic_ms(), Ordering::Relaxed);
        if self.live {
            line.bar.enable_steady_tick(TICK);
            line.bar.set_message(format!("RUNNING, waits for {}", line.name_of(0)));
        } else {
            eprintln!("{}: RUNNING", line.id);
        }
        line.clone()
    }

    /// A line of text above the live ones.
    pub(super) fn say(&self, text: &str) {
        say(&self.bars, self.live, text);
    }

    pub(super) fn end(&self, at: usize, done: &Done) {
        let Some(line) = self.pipelines.get(at) else { return };
        let word = if done.success { "SUCCESS" } else { "FAILURE" };
        let text = format!("{word}, processed {} rows", done.rows);
        if self.live {
            line.bar.finish_with_message(text);
        } else {
            eprintln!("{}: {text}", line.id);
        }
    }

    pub(super) fn finish(&self) {
        for line in self.pipelines.iter().filter(|line| !line.bar.is_finished()) {
            line.bar.finish_and_clear();
        }
    }
}

impl Line {
    fn name_of(&self, step: usize) -> &str {
        self.steps.get(step).map_or("the last step", String::as_str)
    }

    fn message(&self) -> String {
        let step = self.step.load(Ordering::Relaxed);
        let rows = self.rows.get(step).map_or(0, |rows| rows.load(Ordering::Relaxed));
        let elapsed_ms =
            self.clock.monotonic_ms().saturating_sub(self.started_ms.load(Ordering::Relaxed));
        let rate = rows.saturating_mul(1000).checked_div(elapsed_ms).unwrap_or(0);
        format!(
            "RUNNING {}, {rows} rows, {rate} rows/s, {:.1} s",
            self.name_of(step),
            crate::commands::seconds(elapsed_ms)
        )
    }
}

impl Observer for Line {
    fn log(&self, step: usize, level: Level, text: &str) {
        if self.verbose {
            eprintln!("[{}:T_{step}] >>> {text}", self.id);
        } else if level != Level::Info {
            let text = format!("{}: {}: {text}", self.id, self.name_of(step));
            say(&self.bars, self.live, &text);
        }
    }

    fn rows(&self, step: usize, rows: u64) {
        if let Some(count) = self.rows.get(step) {
            count.fetch_add(rows, Ordering::Relaxed);
            self.step.store(step, Ordering::Relaxed);
        }
        if self.live {
            self.bar.set_message(self.message());
        }
    }
}

fn say(bars: &MultiProgress, live: bool, text: &str) {
    if !live || bars.println(text).is_err() {
        eprintln!("{text}");
    }
}
