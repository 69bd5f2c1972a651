//! The commands, one file each.

mod completions;
mod explain;
mod processor;

use std::process::ExitCode;

use crate::cli::{Cli, Command};

/// The work was done.
pub(crate) const DONE: ExitCode = ExitCode::SUCCESS;

/// Runs the command that was typed.
pub(crate) fn run(cli: &Cli) -> anyhow::Result<ExitCode> {
    match &cli.command {
        Command::Processor(command) => processor::run(command, cli.output),
        Command::Explain(args) => explain::run(args, cli.output),
        Command::Completions(args) => completions::run(args),
        _ => Ok(DONE),
    }
}
