//! The commands, one file each.

mod code;
mod completions;
mod config;
mod demo;
mod explain;
mod fmap;
mod freshness;
mod generate;
mod pipelines;
mod processor;
mod recover;
mod reference;
mod run;
mod settings;
mod status;
mod structures;
mod task;
mod up;
mod validate;
mod workspace;

use std::process::ExitCode;

use crate::cli::cluster::ClusterArg;
use crate::cli::{Cli, Command};
use crate::client::Cluster;

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
        Command::Up(args) => up::run(args),
        Command::Status(args) => status::show(&find(&args.cluster)?, args.tasks, cli.output),
        Command::Node(with) => status::node(|| find(&with.cluster), &with.command, cli.output),
        Command::Token(args) => status::token(&find(&args.cluster)?, cli.output),
        Command::Map(with) => {
            structures::map::run(&find(&with.cluster)?, &with.command, cli.output)
        }
        Command::Queue(with) => {
            structures::queue::run(&find(&with.cluster)?, &with.command, cli.output)
        }
        Command::Topic(with) => {
            structures::topic::run(&find(&with.cluster)?, &with.command, cli.output)
        }
        Command::Lock(with) => {
            structures::lock::run(&find(&with.cluster)?, &with.command, cli.output)
        }
        Command::Counter(with) => {
            structures::counter::run(&find(&with.cluster)?, &with.command, cli.output)
        }
        Command::Eval(args) => code::eval(&find(&args.cluster)?, &args.expression, cli.output),
        Command::Load(args) => code::load(&find(&args.cluster)?, args, cli.output),
        Command::Fmap(args) => fmap::run(args),
        Command::Task(with) => task::run(&find(&with.cluster)?, &with.command, cli.output),
        Command::Config(command) => config::run(command, cli.output),
        Command::Validate(args) => validate::run(args, cli.output),
    }
}

/// The cluster that a command talks to.
fn find(arg: &ClusterArg) -> Result<Cluster, crate::client::NotFound> {
    Cluster::find(arg.url.as_deref())
}

/// Milliseconds as seconds, for people and for JSON.
pub(crate) fn seconds(milliseconds: u64) -> f64 {
    std::time::Duration::from_millis(milliseconds).as_secs_f64()
}
