//! Which pipelines have changed since their last successful run.

use std::cell::RefCell;
use std::collections::BTreeMap;

use pipeline::dirty::Key;
use pipeline::history::History;
use pipeline::spec::{Dependency, PipelineSpec, SpecError};

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

    /// Whether the output of `spec` is for certain not what a run would give now; unlike
    /// [`Self::is_dirty`] not when its inputs cannot tell.
    pub(crate) fn is_out_of_date(&self, spec: &PipelineSpec) -> bool {
        let Some(last) = self.history.last_success(&spec.id) else { return true };
        let keys = self.keys(spec);
        keys.last().is_none_or(|key| key.is_changed_since(last.key.as_deref()))
    }

    /// Why `spec` may not run: data packages that it depends on are not there.
    pub(crate) fn missing(&self, spec: &PipelineSpec) -> Vec<SpecError> {
        let found = self.workspace.binder.datapackages(spec, &self.workspace.environment);
        found.into_iter().filter_map(|(_, hash)| hash.err()).collect()
    }

    /// The keys after each step of `spec`; none when a step or a dependency cannot be found.
    pub(crate) fn keys(&self, spec: &PipelineSpec) -> Vec<Key> {
        let id = spec.id.as_str().to_owned();
        if let Some(known) = self.known.borrow().get(&id) {
            return known.clone().unwrap_or_default();
        }
        // In a circle of dependencies the second visit finds nothing.
        self.known.borrow_mut().insert(id.clone(), None);
        let Workspace { binder, environment, .. } = self.workspace;
        let keys = binder.keys(spec, &self.dependencies(spec), environment).ok();
        self.known.borrow_mut().insert(id, keys.clone());
        keys.unwrap_or_default()
    }

    fn dependencies(&self, spec: &PipelineSpec) -> Vec<(String, Option<String>)> {
        let pipelines = spec.dependencies.iter().filter_map(|dependency| match dependency {
            Dependency::Pipeline(id) => {
                // A run without a key is told from others by its name.
                let last = self.history.last_success(id);
                Some((id.as_str().to_owned(), last.map(|last| last.key.unwrap_or(last.run))))
            }
            Dependency::Datapackage(_) => None,
        });
        let packages = self.workspace.binder.datapackages(spec, &self.workspace.environment);
        let packages =
            packages.into_iter().map(|(location, hash)| (location.to_owned(), hash.ok()));
        pipelines.chain(packages).collect()
    }
}
