//! Which pipelines have changed since their last successful run.

use std::cell::RefCell;
use std::collections::BTreeMap;

use model::Json;
use pipeline::dirty::Key;
use pipeline::history::History;
use pipeline::project::datapackage_hash;
use pipeline::spec::{Dependency, PipelineSpec};

use super::workspace::Workspace;

/// Answers from the history and from the state of code and inputs now; asks each once.
#[derive(Debug)]
pub(crate) struct Freshness<'a> {
    workspace: &'a Workspace,
    history: &'a History,
    known: RefCell<BTreeMap<String, Option<Vec<Key>>>>,
}

impl<'a> Freshness<'a> {
    pub(crate) fn new(workspace: &'a Workspace, history: &'a History) -> Self {
        Self { workspace, history, known: RefCell::default() }
    }

    /// Whether `spec` has to run for its output to be right.
    pub(crate) fn is_dirty(&self, spec: &PipelineSpec) -> bool {
        let last = self.history.last_success(&spec.id);
        let before = last.as_ref().and_then(|run| run.key.as_deref());
        let keys = self.keys(spec);
        !keys.last().is_some_and(|key| key.is_clean_since(before))
    }

    /// The keys after each step of `spec`; none when a step or a dependency cannot be found.
    pub(crate) fn keys(&self, spec: &PipelineSpec) -> Vec<Key> {
        let id = spec.id.as_str().to_owned();
        if let Some(known) = self.known.borrow().get(&id) {
            return known.clone().unwrap_or_default();
        }
        // In a circle of dependencies the second visit finds nothing.
        self.known.borrow_mut().insert(id.clone(), None);
        let keys = self.workspace.binder.keys(spec, &self.dependencies(spec)).ok();
        self.known.borrow_mut().insert(id, keys.clone());
        keys.unwrap_or_default()
    }

    fn dependencies(&self, spec: &PipelineSpec) -> Vec<(String, Option<String>)> {
        let state = |dependency: &Dependency| match dependency {
            Dependency::Pipeline(id) => {
                let key = self.history.last_success(id).and_then(|run| run.key);
                (id.as_str().to_owned(), key)
            }
            Dependency::Datapackage(location) => {
                let descriptor: Option<Json> = std::fs::read(spec.dir.join(location))
                    .ok()
                    .and_then(|bytes| serde_json::from_slice(&bytes).ok());
                (location.clone(), datapackage_hash(location, descriptor.as_ref()).ok())
            }
        };
        spec.dependencies.iter().map(state).collect()
    }
}
