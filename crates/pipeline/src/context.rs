//! What a step may use of the world: its folder, the environment, memory, and the stop flag.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use model::clock::Clock;
use model::{Json, Map};

use store::stop::Stop;

use crate::commit::{Ledger, Prepared};
use crate::error::{Cause, StepError};
use crate::secrets::{self, Redactor, SecretError};
use crate::sql::Databases;

/// The world as one pipeline run sees it; cheap to clone.
#[derive(Debug, Clone)]
pub struct Context {
    /// Relative paths start here: the folder of the pipeline's spec.
    pub base_dir: PathBuf,
    /// The environment that `env://NAME` refers to.
    pub environment: Arc<BTreeMap<String, String>>,
    /// Where the results of other pipelines are: pipeline id to path or URL of a descriptor.
    pub dependencies: Arc<BTreeMap<String, String>>,
    /// Bytes of memory that buffering steps may hold before they spill.
    pub memory_bytes: usize,
    /// Archives that expand beyond the usual bound are allowed.
    pub allow_large_archives: bool,
    pub clock: Arc<dyn Clock>,
    /// Log lines of steps, progress, results for the report.
    pub observer: Arc<dyn Observer>,
    /// Asked to stop when the run is to end.
    pub stop: Stop,
    /// The journal of the run.
    pub ledger: Arc<Ledger>,
    /// Takes the values of secrets out of what is written down.
    pub redactor: Redactor,
    /// The open transactions, one per database.
    pub databases: Databases,
    step: usize,
    prepared: Arc<Mutex<Vec<Box<dyn Prepared>>>>,
}

/// Listens to what happens in a run.
pub trait Observer: Debug + Send + Sync {
    /// A step says something.
    fn log(&self, step: usize, level: Level, text: &str);

    /// Rows have left step `step`.
    fn rows(&self, step: usize, rows: u64) {
        let _ = (step, rows);
    }

    /// Step `step` has left out rows with values that do not fit.
    fn rejected(&self, step: usize, rows: u64) {
        let _ = (step, rows);
    }

    /// A batch of `resource` passes the end of the pipeline (for statistics of the report).
    fn batch(&self, resource: &str, batch: &tabular::Batch) {
        let _ = (resource, batch);
    }
}

/// How serious a log line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    Info,
    Warning,
    Error,
}

/// An observer that ignores everything.
#[derive(Debug)]
pub struct Silent;

impl Observer for Silent {
    fn log(&self, _: usize, _: Level, _: &str) {}
}

impl Context {
    /// A context for `base_dir` with an empty environment and default bounds.
    pub fn new(base_dir: impl Into<PathBuf>, clock: Arc<dyn Clock>) -> Self {
        Self {
            base_dir: base_dir.into(),
            environment: Arc::default(),
            dependencies: Arc::default(),
            memory_bytes: crate::limits::MEMORY_BYTES_DEFAULT,
            allow_large_archives: false,
            clock,
            observer: Arc::new(Silent),
            stop: Stop::default(),
            ledger: Arc::new(Ledger::new(None, format!("p{}", std::process::id()), "")),
            redactor: Redactor::default(),
            databases: Databases::default(),
            step: 0,
            prepared: Arc::default(),
        }
    }

    /// The same context, speaking for step `step`.
    #[must_use]
    pub fn for_step(&self, step: usize) -> Self {
        Self { step, ..self.clone() }
    }

    /// Says something in the name of the step, without secrets.
    pub fn log(&self, level: Level, text: &str) {
        self.observer.log(self.step, level, &self.redactor.redact(text));
    }

    /// Counts rows that the step leaves out because a value does not fit.
    pub fn rejected(&self, rows: u64) {
        self.observer.rejected(self.step, rows);
    }

    /// The text itself, or the value of the variable that an `env://NAME` names; nothing that is
    /// written down from now on holds it.
    ///
    /// # Errors
    ///
    /// When the variable is not set.
    pub fn reveal(&self, parameter: &str, text: &str) -> Result<String, StepError> {
        secrets::reveal_text(text, parameter, &self.environment, &self.redactor).map_err(unresolved)
    }

    /// The parameters of a native processor with the values of all `env://NAME` that it does not
    /// resolve itself.
    ///
    /// # Errors
    ///
    /// When a variable is not set.
    pub fn reveal_all(&self, parameters: &Map) -> Result<Map, StepError> {
        secrets::reveal_native(parameters, &self.environment, &self.redactor).map_err(unresolved)
    }

    /// `path` below the folder of the pipeline, unless it is absolute.
    pub fn path(&self, path: impl AsRef<Path>) -> PathBuf {
        self.base_dir.join(path)
    }

    /// An error when the run is to stop; long loops ask once per batch.
    ///
    /// # Errors
    ///
    /// [`Cause::Stopped`].
    pub fn check_stop(&self) -> Result<(), StepError> {
        if self.stop.is_requested() {
            return Err(StepError::new(Cause::Stopped));
        }
        Ok(())
    }

    /// Hands over an output that is complete but not yet visible.
    pub fn prepare(&self, output: Box<dyn Prepared>) {
        self.prepared.lock().unwrap_or_else(PoisonError::into_inner).push(output);
    }

    /// Takes all outputs handed over so far.
    pub fn take_prepared(&self) -> Vec<Box<dyn Prepared>> {
        std::mem::take(&mut *self.prepared.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn unresolved(error: SecretError) -> StepError {
    StepError::outside("resolve a secret", error)
}

/// Numbers and texts that a run reports at its end.
pub type Stats = serde_json::Map<String, Json>;
