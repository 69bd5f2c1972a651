//! `thorp completions`: the script that lets a shell complete what is typed.

use std::process::ExitCode;

use clap::CommandFactory;

use crate::cli::{Cli, CompletionsArgs};

pub(crate) fn run(args: &CompletionsArgs) -> anyhow::Result<ExitCode> {
    clap_complete::generate(args.shell, &mut Cli::command(), "thorp", &mut std::io::stdout());
    Ok(super::DONE)
}
