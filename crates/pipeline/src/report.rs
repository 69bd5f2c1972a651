//! A page about runs, for people who would look rather than read: one HTML file, no other assets.

mod page;
mod statistics;

use std::sync::{Arc, Mutex, PoisonError};

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
}

/// What a report tells of one run.
#[derive(Debug)]
pub struct Section<'a> {
    pub done: &'a Done,
    pub resources: Vec<ResourceStatistics>,
    pub warnings: Vec<String>,
}

impl Collector {
    /// A collector in front of `inner`.
    pub fn new(inner: Arc<dyn Observer>) -> Self {
        Self { inner, resources: Mutex::default(), warnings: Mutex::default() }
    }

    /// What was collected, about the run that gave `done`.
    pub fn section<'a>(&self, done: &'a Done) -> Section<'a> {
        let resources = self.resources.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let warnings = self.warnings.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Section { done, resources, warnings }
    }
}

impl Observer for Collector {
    fn log(&self, step: usize, level: Level, text: &str) {
        if level != Level::Info {
            let mut warnings = self.warnings.lock().unwrap_or_else(PoisonError::into_inner);
            if warnings.len() < crate::limits::REPORT_WARNINGS_MAX {
                warnings.push(format!("step {}: {text}", step + 1));
            }
        }
        self.inner.log(step, level, text);
    }

    fn rows(&self, step: usize, rows: u64) {
        self.inner.rows(step, rows);
    }

    fn batch(&self, resource: &str, batch: &tabular::Batch) {
        let mut resources = self.resources.lock().unwrap_or_else(PoisonError::into_inner);
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
