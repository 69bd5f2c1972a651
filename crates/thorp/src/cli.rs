//! The command line: what may be typed, in the words of the help texts.

pub(crate) mod cluster;
pub(crate) mod code;
mod duration;
pub(crate) mod structures;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Your own serverless data cloud: pipelines over tabular data, in one binary.
#[derive(Debug, Parser)]
#[command(name = "thorp", version, max_term_width = 100, arg_required_else_help = true)]
pub(crate) struct Cli {
    /// How results are written to standard output
    #[arg(long, global = true, value_enum, default_value_t = Output::Text)]
    pub(crate) output: Output,

    #[command(subcommand)]
    pub(crate) command: Command,
}

/// How results are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// For people
    Text,
    /// One JSON object, or one per line
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show the whole story on real data, in a temporary folder
    Demo(DemoArgs),
    /// Run pipelines
    Run(RunArgs),
    /// List the pipelines of a folder
    Pipelines(PipelinesArgs),
    /// List, explain or run single processors
    #[command(subcommand)]
    Processor(ProcessorCommand),
    /// Check a data package, a resource or a table
    Validate(ValidateArgs),
    /// Start a node, in the foreground
    Up(cluster::UpArgs),
    /// Show the cluster at a glance, and what may fail next
    Status(cluster::StatusArgs),
    /// List, drain and remove members; recover from the loss of a quorum
    Node(cluster::With<cluster::NodeCommand>),
    /// Print a line that a second machine passes to `thorp up --join`
    Token(cluster::TokenArgs),
    /// Entries under keys
    Map(cluster::With<structures::MapCommand>),
    /// Items that are taken by lease
    Queue(cluster::With<structures::QueueCommand>),
    /// Entries that are appended and followed
    Topic(cluster::With<structures::TopicCommand>),
    /// The right of one to do something
    Lock(cluster::With<structures::LockCommand>),
    /// Numbers that are added to
    Counter(cluster::With<structures::CounterCommand>),
    /// Evaluate JavaScript on every member
    Eval(code::EvalArgs),
    /// Add JavaScript to every member, now and later
    Load(code::LoadArgs),
    /// Call a function with each item of standard input, on all members
    Fmap(code::FMapArgs),
    /// What runs on the members
    Task(cluster::With<code::TaskCommand>),
    /// Show and check the settings of a node; show and change those of the cluster
    #[command(subcommand)]
    Config(cluster::ConfigCommand),
    /// Explain an error code
    Explain(ExplainArgs),
    /// Print shell completions
    Completions(CompletionsArgs),
    /// Write the reference pages of the documentation
    #[command(hide = true)]
    Reference {
        /// The folder to write them to
        folder: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// Keep the example and its results in this folder
    #[arg(long, value_name = "DIR")]
    pub(crate) keep: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  thorp run ./flights             one pipeline
  thorp run all                   every pipeline of this folder
  thorp run ./a,./b ./reports/%   some, and all whose ids begin so
  thorp run all --dirty           those whose code, parameters or inputs have changed

Exit codes: 0 done, 1 a pipeline failed, 2 nothing was started, 130 interrupted.")]
pub(crate) struct RunArgs {
    /// Pipelines: ids, prefixes that end in %, `all`, folders, or comma lists of these
    #[arg(value_name = "ID | PREFIX% | all", default_value = "all")]
    pub(crate) pipelines: Vec<String>,

    /// The project: the folder that is searched for pipeline-spec.yaml
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub(crate) dir: PathBuf,

    /// How many pipelines run at once
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(crate) concurrency: u16,

    /// Run just those whose code, parameters or inputs changed since their last success
    #[arg(long)]
    pub(crate) dirty: bool,

    /// Run even when dependencies have not run or have failed
    #[arg(long)]
    pub(crate) force: bool,

    /// Do not use the kept outputs of steps with `cache: true`
    #[arg(long, alias = "no-use-cache")]
    pub(crate) no_cache: bool,

    /// Use the kept outputs of steps (the default)
    #[arg(long, hide = true)]
    pub(crate) use_cache: bool,

    /// Print what the steps say
    #[arg(long, short)]
    pub(crate) verbose: bool,

    /// Write an HTML page about the run
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,

    /// Memory that sorting and joining steps may use before they spill, in MiB
    #[arg(long, value_name = "MIB", default_value_t = 512, value_parser = clap::value_parser!(u64).range(1..=1_048_576))]
    pub(crate) memory: u64,

    /// Also read archives that expand beyond 1 GiB and more than 200 times
    #[arg(long)]
    pub(crate) allow_large_archives: bool,

    /// Run the generators of *.source-spec.yaml files (their Python code) and their pipelines
    #[arg(long)]
    pub(crate) generate: bool,
}

#[derive(Debug, Args)]
pub(crate) struct PipelinesArgs {
    /// The project: the folder that is searched for pipeline-spec.yaml
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub(crate) dir: PathBuf,

    /// Run the generators of *.source-spec.yaml files (their Python code)
    #[arg(long)]
    pub(crate) generate: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ProcessorCommand {
    /// List all processors
    List,
    /// Show what a processor does and which parameters it takes
    Show {
        /// The name, or an older name of it
        name: String,
    },
    /// Run a processor by itself: a package of the wire protocol in, one out
    Run(ProcessorRunArgs),
}

#[derive(Debug, Args)]
pub(crate) struct ProcessorRunArgs {
    /// The name of the processor
    pub(crate) name: String,

    /// Its parameters, a JSON object
    #[arg(long, value_name = "JSON", default_value = "{}")]
    pub(crate) parameters: String,

    /// It is the first step: no stats come in
    #[arg(long)]
    pub(crate) first: bool,

    /// Hold the rows against their schemas first
    #[arg(long)]
    pub(crate) validate: bool,

    /// Also read archives that expand beyond 1 GiB and more than 200 times
    #[arg(long)]
    pub(crate) allow_large_archives: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ValidateArgs {
    /// A datapackage.json, a folder or archive with one, or a file with a table
    #[arg(value_name = "PATH")]
    pub(crate) path: String,

    /// A Table Schema for a table
    #[arg(long, value_name = "FILE")]
    pub(crate) schema: Option<PathBuf>,

    /// Stop after so many errors
    #[arg(long, value_name = "N", default_value_t = 1000)]
    pub(crate) limit_errors: usize,

    /// Also read archives that expand beyond 1 GiB and more than 200 times
    #[arg(long)]
    pub(crate) allow_large_archives: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// The code, as in `ROW_INVALID`; without one all codes are listed
    pub(crate) code: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub(crate) shell: clap_complete::Shell,
}
