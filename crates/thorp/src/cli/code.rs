//! What may be typed about code that runs on the members.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand};

use super::cluster::ClusterArg;
use super::duration;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  thorp eval 'thorp.node.name'
  thorp eval 'await thorp.map(\"prices\").get(\"apple\")'

One line per member: [member] value. Exit code 1 when a member gave none.")]
pub(crate) struct EvalArgs {
    /// JavaScript; the value of its last statement is printed, and promises are awaited
    pub(crate) expression: String,

    #[command(flatten)]
    pub(crate) cluster: ClusterArg,
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("what").required(true), after_help = "\
Each file that is loaded gets a number. Members that join later load all of them before they work.

Examples:
  thorp load tools.js
  thorp load --list
  thorp load --rollback 2         files 1 and 2 stay")]
pub(crate) struct LoadArgs {
    /// A file of JavaScript, or - for standard input
    #[arg(group = "what")]
    pub(crate) file: Option<PathBuf>,

    /// List what is loaded
    #[arg(long, group = "what")]
    pub(crate) list: bool,

    /// Remove all that was loaded after this number
    #[arg(long, value_name = "NUMBER", group = "what")]
    pub(crate) rollback: Option<u64>,

    /// Do not ask
    #[arg(long)]
    pub(crate) yes: bool,

    #[command(flatten)]
    pub(crate) cluster: ClusterArg,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TaskCommand {
    /// List the functions over items that run, with the time that they took so far
    List,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Items come from standard input and results go to standard output, one JSON value per line each.

Examples:
  seq 1000000 | thorp fmap 'x => x * x'
  thorp fmap summarize < orders.jsonl > summaries.jsonl
  thorp fmap 'x => x * rate' --capture rate=1.2 < prices.jsonl
  thorp fmap --native image.resize < images.jsonl

Exit codes: 0 done, 1 an item failed or something was lost, 3 no cluster.")]
pub(crate) struct FMapArgs {
    /// The name of a function that was loaded, or a function expression
    pub(crate) function: String,

    /// The value of a name in the function expression
    #[arg(long, value_name = "NAME=JSON")]
    pub(crate) capture: Vec<String>,

    /// The name is that of a function in Rust, which programs registered on their nodes
    #[arg(long, conflicts_with = "capture")]
    pub(crate) native: bool,

    /// Items are keys of this map; the function gets [key, value], where the key lives
    #[arg(long, value_name = "MAP")]
    pub(crate) keys_of: Option<String>,

    /// Print results as they are done, not in the order of the items
    #[arg(long)]
    pub(crate) unordered: bool,

    /// Go on after an item that fails; its result is a line {"error": ...}
    #[arg(long)]
    pub(crate) keep_going: bool,

    /// How long all items may take together, as in 30s or 5m
    #[arg(long, value_name = "TIME", value_parser = duration::parse)]
    pub(crate) deadline: Option<u64>,

    /// Wait for no result: end when all items were read; what fails is in the log of the node
    #[arg(long, conflicts_with = "unordered")]
    pub(crate) detach: bool,

    #[command(flatten)]
    pub(crate) cluster: ClusterArg,
}
