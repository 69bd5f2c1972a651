//! What may be typed about nodes and clusters.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::config::{Value, keys};

/// A flag that sets a key, for this process.
type FlagValue = (&'static str, &'static str, Value);

#[derive(Debug, Args)]
#[command(after_help = "\
Each flag is also a setting of thorp.toml and a variable THORP__SECTION__KEY; `thorp config show`
tells which value counts and where it comes from.

When its doors accept, one line for each is printed: https HOST:PORT, peers HOST:PORT, redis HOST:PORT.
A node that was a member starts again from its data, without --join.")]
pub(crate) struct UpArgs {
    /// The folder of this node
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,

    /// The name of the cluster
    #[arg(long, value_name = "NAME")]
    cluster: Option<String>,

    /// The name of this node among the members
    #[arg(long, value_name = "NAME")]
    name: Option<String>,

    /// Where the HTTPS door listens
    #[arg(long, value_name = "ADDR")]
    listen: Option<String>,

    /// Where other members call
    #[arg(long, value_name = "ADDR")]
    peer_listen: Option<String>,

    /// Where the Redis door listens
    #[arg(long, value_name = "ADDR")]
    redis_listen: Option<String>,

    /// Where to look for a cluster: HOST:PORT, a token line, multicast, file:PATH, dir:PATH
    #[arg(long, value_name = "METHOD")]
    join: Vec<String>,

    /// The address by which others reach the peers port
    #[arg(long, value_name = "ADDR")]
    advertise: Option<String>,

    /// The file with the secret of the cluster
    #[arg(long, value_name = "FILE")]
    secret_file: Option<PathBuf>,

    /// Vote and keep a copy, open no data door
    #[arg(long)]
    witness: bool,

    /// Write what nodes of the version before can read, while they are updated one by one
    #[arg(long, hide = true)]
    pub(crate) previous_format: bool,

    /// A file with settings, instead of ./thorp.toml
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

impl UpArgs {
    /// What the flags set.
    pub(crate) fn values(&self) -> Vec<FlagValue> {
        let path = |path: &PathBuf| path.to_string_lossy().into_owned();
        let texts = [
            (keys::DATA, "--data", self.data.as_ref().map(path)),
            (keys::CLUSTER, "--cluster", self.cluster.clone()),
            (keys::NAME, "--name", self.name.clone()),
            (keys::HTTPS_LISTEN, "--listen", self.listen.clone()),
            (keys::PEERS_LISTEN, "--peer-listen", self.peer_listen.clone()),
            (keys::REDIS_LISTEN, "--redis-listen", self.redis_listen.clone()),
            (keys::ADVERTISE, "--advertise", self.advertise.clone()),
            (keys::SECRET_FILE, "--secret-file", self.secret_file.as_ref().map(path)),
        ];
        let texts =
            texts.into_iter().filter_map(|(key, flag, text)| Some((key, flag, Value::Text(text?))));
        // A token line may hold commas; each flag is one place.
        let join = (!self.join.is_empty()).then(|| Value::List(self.join.clone()));
        let witness = self.witness.then_some(Value::Flag(true));
        texts
            .chain(join.map(|value| (keys::JOIN, "--join", value)))
            .chain(witness.map(|value| (keys::WITNESS, "--witness", value)))
            .collect()
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Show the settings of a node that count here, and where each comes from
    Show,
    /// Check a file with settings of a node
    Check {
        /// The file
        #[arg(value_name = "FILE", default_value = "thorp.toml")]
        file: PathBuf,
    },
    /// List all settings of a node with their defaults
    Schema,
    /// Show the settings of the cluster
    Get(ConfigGetArgs),
    /// Change a setting of the cluster, on all members at once
    Set(ConfigSetArgs),
    /// Show what differs from the defaults, or from the settings of a number
    Diff(ConfigDiffArgs),
    /// Give all settings of the cluster the values that they had at a number
    Rollback(ConfigRollbackArgs),
}

#[derive(Debug, Args)]
#[command(after_help = "\
Each change of the settings has a number; --history lists them.")]
pub(crate) struct ConfigGetArgs {
    /// Print the value of this one alone
    #[arg(value_name = "KEY")]
    pub(crate) key: Option<String>,

    /// List the changes that are kept, the oldest first
    #[arg(long, conflicts_with = "key")]
    pub(crate) history: bool,

    #[command(flatten)]
    pub(crate) cluster: ClusterArg,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  thorp config set queues.lease 2m
  thorp config set maps.history_bytes 64MiB
  thorp config set queues.lease default

The number of the settings is printed: what `thorp config diff` and `rollback` take.")]
pub(crate) struct ConfigSetArgs {
    /// Which; `thorp config get` lists them
    #[arg(value_name = "KEY")]
    pub(crate) key: String,

    /// A number, a time as 30s or 5m, a size as 16MiB, or `default`
    #[arg(value_name = "VALUE")]
    pub(crate) value: String,

    /// Change it only while the settings have this number
    #[arg(long, value_name = "NUMBER")]
    pub(crate) if_number: Option<u64>,

    #[command(flatten)]
    pub(crate) cluster: ClusterArg,
}

#[derive(Debug, Args)]
pub(crate) struct ConfigDiffArgs {
    /// The number; 0, which is the default, stands for the defaults
    #[arg(value_name = "NUMBER", default_value_t = 0)]
    pub(crate) number: u64,

    #[command(flatten)]
    pub(crate) cluster: ClusterArg,
}

#[derive(Debug, Args)]
#[command(after_help = "\
This is a change with a number of its own, so it can be gone back from.")]
pub(crate) struct ConfigRollbackArgs {
    /// The number; 0 stands for the defaults
    #[arg(value_name = "NUMBER")]
    pub(crate) number: u64,

    /// Do not ask
    #[arg(long)]
    pub(crate) yes: bool,

    #[command(flatten)]
    pub(crate) cluster: ClusterArg,
}

/// Which cluster a command talks to.
#[derive(Debug, Args)]
pub(crate) struct ClusterArg {
    /// The URL of a node; by default THORP_CLUSTER, or the nodes of this user
    #[arg(long = "cluster", value_name = "URL", global = true)]
    pub(crate) url: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct StatusArgs {
    /// List the background work of the node that answers
    #[arg(long)]
    pub(crate) tasks: bool,

    #[command(flatten)]
    pub(crate) cluster: ClusterArg,
}

#[derive(Debug, Args)]
pub(crate) struct TokenArgs {
    #[command(flatten)]
    pub(crate) cluster: ClusterArg,
}

/// A command with subcommands that talks to a cluster.
#[derive(Debug, Args)]
pub(crate) struct With<C: Subcommand> {
    #[command(subcommand)]
    pub(crate) command: C,

    #[command(flatten)]
    pub(crate) cluster: ClusterArg,
}

#[derive(Debug, Subcommand)]
pub(crate) enum NodeCommand {
    /// List the members
    List,
    /// Remove a member for good, the leader too
    Remove {
        /// Its name
        name: String,
    },
    /// Prepare a member for being stopped: it leads and votes no longer, and takes no new work
    Drain {
        /// Its name; by default the node that answers
        name: Option<String>,
    },
    /// Take a drained member back, as a restart does
    Undrain {
        /// Its name; by default the node that answers
        name: Option<String>,
    },
    /// Make a survivor a cluster of one, when the quorum is lost for good
    Recover(RecoverArgs),
}

#[derive(Debug, Args)]
#[command(after_help = "\
The node must not run. It keeps all that it holds. The members that it forgets cannot come back with
their old state; they join again with an empty folder.")]
pub(crate) struct RecoverArgs {
    /// The folder of the node, as for `thorp up`
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,

    /// Do it without asking
    #[arg(long)]
    pub(crate) yes: bool,
}
