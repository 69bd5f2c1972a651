//! `thorp run`: runs pipelines, in the order of their dependencies, several at once.

mod progress;
mod queue;
mod results;

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use model::clock::Clock;
use pipeline::context::Observer;
use pipeline::error::fault_to_json;
use pipeline::history::History;
use pipeline::hooks::Hooks;
use pipeline::job::{Done, Job, Settings};
use pipeline::project::{DependencyState, unready, urls};
use pipeline::report::{Collector, Section, page};
use pipeline::spec::{PipelineSpec, SpecError};
use store::stop::{Sleep, Stop};

use super::freshness::Freshness;
use super::workspace::Workspace;
use crate::cli::{Output, RunArgs};
use crate::console::NotStarted;
use crate::interrupt;
use progress::Progress;
use thorp::clock::SystemClock;

/// How long the end of the command waits for hooks that do not answer.
const HOOKS_GRACE: std::time::Duration = std::time::Duration::from_secs(10);

/// The user interrupted, as shells report it.
const INTERRUPTED: u8 = 130;

/// Runs what the arguments choose.
pub(crate) fn run(args: &RunArgs, output: Output) -> anyhow::Result<ExitCode> {
    let (dir, words) = place(args);
    let mut workspace = Workspace::open(&dir)?;
    if args.generate {
        super::generate::run(&mut workspace)?;
    }
    let stop = Stop::default();
    interrupt::watch(&stop)?;
    let finished = run_selected(args, &workspace, &words, &stop, output)?;
    if let Some(file) = &args.report {
        write_report(file, &finished)?;
    }
    let done: Vec<Done> = finished.into_iter().map(|finished| finished.done).collect();
    results::print(&done, output);
    Ok(match () {
        () if stop.is_requested() => ExitCode::from(INTERRUPTED),
        () if done.iter().all(|done| done.success) => super::DONE,
        () => ExitCode::FAILURE,
    })
}

/// A run that is over, with what a report tells of it.
struct Finished {
    done: Done,
    collector: Option<Arc<Collector>>,
}

impl From<Done> for Finished {
    fn from(done: Done) -> Self {
        Self { done, collector: None }
    }
}

fn write_report(file: &std::path::Path, finished: &[Finished]) -> anyhow::Result<()> {
    let sections: Vec<Section<'_>> = finished
        .iter()
        .map(|Finished { done, collector }| match collector {
            Some(collector) => collector.section(done),
            None => Section::plain(done),
        })
        .collect();
    let folder = file.parent().unwrap_or(std::path::Path::new(""));
    std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(file, page("Pipeline runs", &sections)))
        .with_context(|| format!("failed to write the report to `{}`", file.display()))
}

/// The project and the words that choose in it. A folder as the only argument, without `--dir`,
/// is the project itself when it holds a spec and the working directory does not.
fn place(args: &RunArgs) -> (std::path::PathBuf, Vec<String>) {
    if let [only] = args.pipelines.as_slice()
        && args.dir.as_os_str() == "."
        && !std::path::Path::new("pipeline-spec.yaml").exists()
        && std::path::Path::new(only).join("pipeline-spec.yaml").is_file()
    {
        return (only.into(), vec!["all".into()]);
    }
    (args.dir.clone(), args.pipelines.clone())
}

fn run_selected(
    args: &RunArgs,
    workspace: &Workspace,
    words: &[String],
    stop: &Stop,
    output: Output,
) -> anyhow::Result<Vec<Finished>> {
    let project = &workspace.project;
    let chosen = project.select(words, &std::env::current_dir()?).map_err(|error| {
        let help = model::fault::Fault::help(&error);
        NotStarted { text: error.to_string(), help }
    })?;
    if project.is_empty() {
        let text = format!("there are no pipelines below `{}`", project.root.display());
        let help = "a pipeline is described in a pipeline-spec.yaml; `thorp demo` shows some";
        return Err(NotStarted { text, help: Some(help.into()) }.into());
    }
    let history = History::of(&project.root);
    let freshness = Freshness::new(workspace, &history);
    let specs: Vec<&PipelineSpec> = chosen
        .pipelines
        .iter()
        .filter_map(|at| project.pipelines.get(*at))
        .filter(|spec| !args.dirty || !spec.errors.is_empty() || freshness.is_dirty(spec))
        .collect();
    let mut done: Vec<Finished> = chosen
        .problems
        .iter()
        .filter_map(|at| project.problems.get(*at))
        .map(|problem| {
            let id = problem.folder.clone().unwrap_or_else(|| ".".into());
            let error = fault_to_json(&problem.error).into();
            failed(model::pipeline_id::PipelineId::verbatim(id), vec![error]).into()
        })
        .collect();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let settings = Settings {
        environment: workspace.environment.clone(),
        memory_bytes: usize::try_from(args.memory * 1024 * 1024).unwrap_or(usize::MAX),
        allow_large_archives: args.allow_large_archives,
        clock: Arc::clone(&clock),
        stop: stop.clone(),
        hooks: hooks(&specs, &clock)?,
    };
    let progress = Progress::start(&specs, args.verbose, output, &clock);
    let runner = Runner { args, workspace, history: &history, settings: &settings, specs: &specs };
    let finished =
        queue::run(&specs, usize::from(args.concurrency), stop, |at| runner.run_one(at, &progress));
    progress.finish();
    if let Some(hooks) = settings.hooks {
        hooks.finish(HOOKS_GRACE);
    }
    done.extend(finished);
    Ok(done)
}

/// What sends events, when a pipeline wants to tell somebody.
fn hooks(specs: &[&PipelineSpec], clock: &Arc<dyn Clock>) -> std::io::Result<Option<Hooks>> {
    if specs.iter().all(|spec| spec.hooks.is_empty()) {
        return Ok(None);
    }
    Hooks::start(Arc::clone(clock), Arc::new(Sleep)).map(Some)
}

/// What all runs of one command share.
struct Runner<'a> {
    args: &'a RunArgs,
    workspace: &'a Workspace,
    history: &'a History,
    settings: &'a Settings,
    specs: &'a [&'a PipelineSpec],
}

impl Runner<'_> {
    fn run_one(&self, at: usize, progress: &Progress) -> Option<Finished> {
        let spec = *self.specs.get(at)?;
        let project = &self.workspace.project;
        for warning in &spec.warnings {
            progress.say(&format!("{}: warning: {warning}", spec.id));
        }
        let to_json = |error: &SpecError| model::Json::from(fault_to_json(error));
        let mut errors: Vec<model::Json> = spec.errors.iter().map(to_json).collect();
        let freshness = Freshness::new(self.workspace, self.history);
        if !self.args.force {
            let state = |id: &model::pipeline_id::PipelineId| self.dependency(&freshness, id);
            errors.extend(unready(spec, &state).iter().map(to_json));
            errors.extend(freshness.missing(spec).iter().map(to_json));
        }
        if !errors.is_empty() {
            let done = failed(spec.id.clone(), errors);
            progress.end(at, &done);
            return Some(done.into());
        }
        let runs: BTreeMap<String, (std::path::PathBuf, model::Json)> = project
            .pipelines
            .iter()
            .filter_map(|other| {
                let stats = self.history.last_success(&other.id)?.stats;
                let entry = (other.dir.clone(), model::Json::Object(stats));
                Some((other.id.as_str().to_owned(), entry))
            })
            .collect();
        let dependencies = urls(spec, &|id| {
            runs.get(id.as_str()).map(|(folder, stats)| (folder.as_path(), stats))
        });
        let keys = freshness.keys(spec);
        let job = Job {
            project,
            spec,
            binder: &self.workspace.binder,
            settings: self.settings,
            dependencies: &dependencies,
            keys: &keys,
            use_caches: !self.args.no_cache,
        };
        let observer = progress.observer(at);
        let collector =
            self.args.report.is_some().then(|| Arc::new(Collector::new(Arc::clone(&observer))));
        let observer: Arc<dyn Observer> = match &collector {
            Some(collector) => collector.clone(),
            None => observer,
        };
        let done = job.run(&observer);
        progress.end(at, &done);
        Some(Finished { done, collector })
    }

    fn dependency(
        &self,
        freshness: &Freshness<'_>,
        id: &model::pipeline_id::PipelineId,
    ) -> Option<DependencyState> {
        let spec = self.workspace.project.pipeline(id)?;
        let last = self.history.last(id);
        Some(DependencyState {
            state: pipeline::history::state(!spec.errors.is_empty(), last.as_ref()),
            dirty: freshness.is_out_of_date(spec),
            errors: spec.errors.iter().map(ToString::to_string).collect(),
        })
    }
}

/// A pipeline that could not be started.
fn failed(id: model::pipeline_id::PipelineId, errors: Vec<model::Json>) -> Done {
    Done {
        pipeline: id,
        success: false,
        rows: 0,
        stats: pipeline::context::Stats::new(),
        errors,
        milliseconds: 0,
        steps: Vec::new(),
        package: model::package::Package::default(),
    }
}
