//! Pipelines that Python code makes from `*.source-spec.yaml`; run only when asked.

use std::collections::VecDeque;
use std::sync::Arc;

use pipeline::spec::{PipelineSpec, SpecError};
use runtime::python::Description;
use serde_json::json;

use super::workspace::Workspace;
use thorp::clock::SystemClock;

/// Generators that one command runs; they may call each other.
const GENERATORS_MAX: usize = 10_000;

/// Runs the generators and adds their pipelines to the project.
pub(crate) fn run(workspace: &mut Workspace) -> anyhow::Result<()> {
    let mut sources: VecDeque<_> = workspace.project.sources.iter().cloned().collect();
    if sources.is_empty() {
        return Ok(());
    }
    let python = workspace.binder.python().map_err(crate::console::Coded::new)?.clone();
    let mut pipelines: Vec<PipelineSpec> = Vec::new();
    let mut left = GENERATORS_MAX;
    while let Some(source) = sources.pop_front() {
        if left == 0 {
            anyhow::bail!("more than {GENERATORS_MAX} generators, one calls another without end");
        }
        left -= 1;
        let folder = workspace.project.root.join(&source.file.folder);
        let description = Description {
            module: &source.module,
            source: &source.source,
            base: &source.file.folder,
            folder: &folder,
        };
        match python.generate(&description, Arc::new(SystemClock::new())) {
            Ok(generated) => {
                let pairs: Vec<_> = generated.iter().map(|g| json!([g.id, g.details])).collect();
                match source.pipelines(&json!(pairs)) {
                    Ok((made, further)) => {
                        pipelines.extend(made);
                        sources.extend(further);
                    }
                    Err(error) => pipelines.push(source.failed(error)),
                }
            }
            Err(error) => {
                let reason = model::fault::Chain(&error).to_string();
                let error = SpecError::Conversion { reason, file: source.file.label() };
                pipelines.push(source.failed(error));
            }
        }
    }
    workspace.project.add(pipelines);
    workspace.resolve_steps();
    Ok(())
}
