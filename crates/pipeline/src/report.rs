//! A page about runs, for people who would look rather than read: one HTML file, no other assets.

mod page;
mod statistics;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use page::page;
pub use statistics::{FieldStatistics, ResourceStatistics};

use crate::context::{Level, Observer};
use crate::job::Done;

/// Collects what a report tells of one run; passes everything on.
#[derive(Debug)]
pub struct Collector {
    inner: Arc<dyn Observer>,
    resources: Mutex<Vec<ResourceStatistics>>,
    warnings: Mutex<Vec<String>>,
    /// Rows that each step has left out.
    rejected: Mutex<BTreeMap<usize, u64>>,
}

/// What a report tells of one run.
#[derive(Debug)]
pub struct Section<'a> {
    pub done: &'a Done,
    pub resources: Vec<ResourceStatistics>,
    pub warnings: Vec<String>,
    /// By the index of the step.
    pub rejected: BTreeMap<usize, u64>,
}

impl<'a> Section<'a> {
    /// A section about a run of which nothing else was collected.
    pub fn plain(done: &'a Done) -> Self {
        Self { done, resources: Vec::new(), warnings: Vec::new(), rejected: BTreeMap::new() }
    }
}

impl Collector {
    /// A collector in front of `inner`.
    pub fn new(inner: Arc<dyn Observer>) -> Self {
        let (resources, warnings, rejected) = Default::default();
        Self { inner, resources, warnings, rejected }
    }

    /// What was collected, about the run that gave `done`.
    pub fn section<'a>(&self, done: &'a Done) -> Section<'a> {
        let resources = locked(&self.resources).clone();
        let warnings = locked(&self.warnings).clone();
        let rejected = locked(&self.rejected).clone();
        Section { done, resources, warnings, rejected }
    }
}

impl Observer for Collector {
    fn log(&self, step: usize, level: Level, text: &str) {
        if level != Level::Info {
            let mut warnings = locked(&self.warnings);
            if warnings.len() < crate::limits::REPORT_WARNINGS_MAX {
                warnings.push(format!("step {}: {text}", step + 1));
            }
        }
        self.inner.log(step, level, text);
    }

    fn rows(&self, step: usize, rows: u64) {
        self.inner.rows(step, rows);
    }

    fn rejected(&self, step: usize, rows: u64) {
        *locked(&self.rejected).entry(step).or_default() += rows;
        self.inner.rejected(step, rows);
    }

    fn batch(&self, resource: &str, batch: &tabular::Batch) {
        let mut resources = locked(&self.resources);
        let at = resources.iter().position(|known| known.name == resource).unwrap_or_else(|| {
            resources.push(ResourceStatistics::new(resource));
            resources.len() - 1
        });
        if let Some(known) = resources.get_mut(at) {
            known.add(batch);
        }
        self.inner.batch(resource, batch);
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
