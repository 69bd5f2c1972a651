//! The commands, one file each.

mod completions;
mod demo;
mod explain;
mod freshness;
mod generate;
mod pipelines;
mod processor;
mod reference;
mod run;
mod validate;
mod workspace;

use std::process::ExitCode;

use crate::cli::{Cli, Command};

/// The work was done.
pub(crate) const DONE: ExitCode = ExitCode::SUCCESS;

/// Runs the command that was typed.
pub(crate) fn run(cli: &Cli) -> anyhow::Result<ExitCode> {
    match &cli.command {
        Command::Processor(command) => processor::run(command, cli.output),
        Command::Explain(args) => explain::run(args, cli.output),
        Command::Reference { folder } => reference::run(folder),
        Command::Completions(args) => completions::run(args),
        Command::Demo(args) => demo::run(args, cli.output),
        Command::Run(args) => run::run(args, cli.output),
        Command::Pipelines(args) => pipelines::run(args, cli.output),
        Command::Validate(args) => validate::run(args, cli.output),
    }
}

/// Milliseconds as seconds, for people and for JSON.
pub(crate) fn seconds(milliseconds: u64) -> f64 {
    std::time::Duration::from_millis(milliseconds).as_secs_f64()
}
