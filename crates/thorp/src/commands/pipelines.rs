//! `thorp pipelines`: what a folder holds, and in which state it is.

use std::process::ExitCode;

use model::Json;
use model::run_state::RunState;
use pipeline::history::{self, History};
use pipeline::spec::PipelineSpec;
use serde_json::json;

use super::freshness::Freshness;
use super::workspace::Workspace;
use crate::cli::{Output, PipelinesArgs};
use thorp::clock::SystemClock;

pub(crate) fn run(args: &PipelinesArgs, output: Output) -> anyhow::Result<ExitCode> {
    let mut workspace = Workspace::open(&args.dir)?;
    if args.generate {
        super::generate::run(&mut workspace)?;
    }
    let history = History::of(&workspace.project.root);
    let freshness = Freshness::new(&workspace, &history);
    if output == Output::Text {
        println!("Available Pipelines:");
    }
    if workspace.project.is_empty() {
        eprintln!("there is no pipeline-spec.yaml below `{}`", workspace.project.root.display());
    }
    for spec in &workspace.project.pipelines {
        // Somebody may just begin to run it; then its file is right as it is.
        if let Err(error) = history.settle(&spec.id, &SystemClock::new()) {
            tracing::debug!(pipeline = %spec.id, %error, "record of a killed run not corrected");
        }
        let mut errors: Vec<String> = spec.errors.iter().map(ToString::to_string).collect();
        errors.extend(freshness.missing(spec).iter().map(ToString::to_string));
        let dirty = errors.is_empty() && freshness.is_dirty(spec);
        match output {
            Output::Text => print_text(spec, &errors, dirty),
            Output::Json => println!("{}", to_json(spec, &errors, &history, dirty)),
        }
    }
    for problem in &workspace.project.problems {
        match output {
            Output::Text => {
                println!("- {} (E)\n\t{}", problem.folder.as_deref().unwrap_or("."), problem.error)
            }
            Output::Json => println!("{}", json!({"problem": problem.error.to_string()})),
        }
    }
    for source in &workspace.project.sources {
        if !args.generate {
            match output {
                Output::Text => {
                    println!("- {} (generator `{}`; --generate runs it)", source.id, source.module)
                }
                Output::Json => {
                    println!("{}", json!({"generator": source.module, "file": source.file.label()}))
                }
            }
        }
    }
    Ok(super::DONE)
}

fn print_text(spec: &PipelineSpec, errors: &[String], dirty: bool) {
    let mark = if !errors.is_empty() {
        " (E)"
    } else if dirty {
        " (*)"
    } else {
        ""
    };
    println!("- {}{mark}", spec.id);
    for error in errors {
        println!("\t{error}");
    }
    for warning in &spec.warnings {
        eprintln!("{}: warning: {warning}", spec.id);
    }
}

fn to_json(spec: &PipelineSpec, errors: &[String], history: &History, dirty: bool) -> Json {
    let last = history.last(&spec.id);
    let state = history::state(!errors.is_empty(), last.as_ref());
    json!({
        "pipeline": spec.id.as_str(),
        "title": spec.title,
        "state": state.as_str(),
        "dirty": dirty,
        "errors": errors,
        "warnings": spec.warnings,
        "schedule": spec.schedule.as_ref().map(|schedule| schedule.written()),
        "schedule_words": spec.schedule.as_ref().map(|schedule| schedule.words()),
        "last_run": last.as_ref().map(|run| json!({
            "run": run.run,
            "success": run.state == RunState::Succeeded,
            "rows": run.rows,
            "stats": run.stats,
            "errors": run.errors,
            "seconds": run.duration_ms().map(super::seconds),
        })),
    })
}
