//! What is kept of one run.

use chrono::DateTime;
use model::fault::{Fault, Kind};
use model::pipeline_id::PipelineId;
use model::run_state::RunState;
use model::{Json, Map};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::limits;
use super::process::Process;
use crate::secrets::Redactor;

/// The form of the file; a file of another one is not read.
pub(super) const VERSION: u32 = 1;

/// One run of a pipeline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    pub(super) version: u32,
    pub pipeline: PipelineId,
    /// `20261121T164512.123Z-4242`: when it began, and its process.
    pub run: String,
    pub state: RunState,
    /// Who asked for it: `manual`, `scheduled`.
    pub trigger: String,
    /// Milliseconds since the Unix epoch.
    pub started_ms: u64,
    pub finished_ms: Option<u64>,
    /// The moment of the start as people write it.
    started: String,
    pub(super) process: Process,
    /// Rows that left the last step.
    pub rows: u64,
    pub stats: Map,
    pub errors: Vec<Json>,
    pub log: Vec<String>,
    /// The key of all that the output came from, see `dirty`.
    pub key: Option<String>,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Outcome {
    pub success: bool,
    pub rows: u64,
    pub stats: Map,
    pub errors: Vec<Json>,
    /// The last lines of the log.
    pub log: Vec<String>,
    pub key: Option<String>,
}

impl RunRecord {
    pub(super) fn started(
        pipeline: PipelineId,
        trigger: &str,
        now_ms: u64,
        process: Process,
    ) -> Self {
        let moment = i64::try_from(now_ms).ok().and_then(DateTime::from_timestamp_millis);
        let moment = moment.unwrap_or_default();
        Self {
            version: VERSION,
            pipeline,
            run: format!("{}-{}", moment.format("%Y%m%dT%H%M%S%.3fZ"), process.pid),
            state: RunState::Running,
            trigger: trigger.to_owned(),
            started_ms: now_ms,
            finished_ms: None,
            started: moment.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string(),
            process,
            rows: 0,
            stats: Map::new(),
            errors: Vec::new(),
            log: Vec::new(),
            key: None,
        }
    }

    /// How long the run took, once it has ended.
    pub fn duration_ms(&self) -> Option<u64> {
        self.finished_ms.map(|end| end.saturating_sub(self.started_ms))
    }

    pub(super) fn finished(mut self, outcome: Outcome, redactor: &Redactor, now_ms: u64) -> Self {
        let Outcome { success, rows, stats, errors, log, key } = outcome;
        self.state = if success { RunState::Succeeded } else { RunState::Failed };
        self.finished_ms = Some(now_ms);
        self.rows = rows;
        self.stats = stats;
        redactor.redact_map(&mut self.stats);
        bound_stats(&mut self.stats);
        self.errors = errors;
        self.errors.iter_mut().for_each(|error| redactor.redact_json(error));
        bound_errors(&mut self.errors);
        let mut tail = super::Tail::default();
        log.iter().for_each(|line| tail.push(&redactor.redact(line)));
        self.log = tail.last(limits::LOG_LINES_MAX);
        self.key = key;
        self
    }

    /// The record of a run whose process ended before it did.
    pub(super) fn killed(mut self, now_ms: Option<u64>) -> Self {
        self.state = RunState::Failed;
        self.finished_ms = now_ms;
        let error = KilledError { pid: self.process.pid };
        self.errors = vec![json!({"code": error.code(), "text": error.to_string()})];
        self
    }
}

/// What a run that was killed has for an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("process {pid} ended before the run did")]
struct KilledError {
    pid: u32,
}

impl Fault for KilledError {
    fn code(&self) -> &'static str {
        "RUN_KILLED"
    }

    fn kind(&self) -> Kind {
        Kind::Unavailable
    }
}

/// Leaves out what makes the stats too large, the last ones first.
fn bound_stats(stats: &mut Map) {
    let size = |key: &str, value: &Json| key.len() + value.to_string().len();
    let mut bytes = 0;
    let mut left_out = 0_usize;
    stats.retain(|key, value| {
        let own = size(key, value);
        let fits = bytes + own <= limits::STATS_BYTES_MAX;
        if fits {
            bytes += own;
        } else {
            left_out += 1;
        }
        fits
    });
    if left_out > 0 {
        stats.insert("left-out".into(), left_out.into());
    }
}

fn bound_errors(errors: &mut Vec<Json>) {
    errors.truncate(limits::ERRORS_MAX);
    let mut bytes = 0;
    errors.retain(|error| {
        bytes += error.to_string().len();
        bytes <= limits::ERRORS_BYTES_MAX
    });
}
