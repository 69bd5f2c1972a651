//! What may be typed about data structures.

use clap::{Args, Subcommand};

use super::duration;

/// A value on the command line, or on standard input.
#[derive(Debug, Args)]
pub(crate) struct ValueArg {
    /// The value; without one, or with -, it is read from standard input
    #[arg(value_name = "VALUE")]
    pub(crate) value: Option<String>,
}

/// The name of a structure that is to go.
#[derive(Debug, Args)]
pub(crate) struct DropArgs {
    /// Its name
    pub(crate) name: String,

    /// Do not ask
    #[arg(long)]
    pub(crate) yes: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum MapCommand {
    /// List all maps
    List,
    /// Print the value of a key
    Get {
        map: String,
        key: String,
        /// Answer from this node alone: perhaps old, also without a quorum
        #[arg(long)]
        stale: bool,
    },
    /// Write the value of a key
    Put(MapPutArgs),
    /// Delete keys
    Delete {
        map: String,
        #[arg(required = true)]
        keys: Vec<String>,
    },
    /// Print entries, in the order of their keys
    Scan {
        map: String,
        /// Only keys that begin so
        #[arg(long)]
        prefix: Option<String>,
        /// At most so many
        #[arg(long, value_name = "N", default_value_t = u64::MAX, hide_default_value = true)]
        limit: u64,
        /// Answer from this node alone
        #[arg(long)]
        stale: bool,
    },
    /// Count the entries
    Size { map: String },
    /// Print changes as they happen
    Watch {
        map: String,
        /// Go on after this revision, without a gap
        #[arg(long, value_name = "REVISION")]
        from: Option<u64>,
        /// Only keys that begin so
        #[arg(long)]
        prefix: Option<String>,
    },
    /// Delete a whole map
    Drop(DropArgs),
}

#[derive(Debug, Args)]
pub(crate) struct MapPutArgs {
    pub(crate) map: String,
    pub(crate) key: String,
    #[command(flatten)]
    pub(crate) value: ValueArg,

    /// The entry ends after this time, as in 500ms, 30s, 5m, 2h, 7d
    #[arg(long, value_name = "TIME", value_parser = duration::parse)]
    pub(crate) ttl: Option<u64>,

    /// Only when the entry has this revision
    #[arg(long, value_name = "REVISION", conflicts_with = "if_absent")]
    pub(crate) if_revision: Option<u64>,

    /// Only when there is no such entry
    #[arg(long)]
    pub(crate) if_absent: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum QueueCommand {
    /// List all queues
    List,
    /// Put an item
    Put {
        queue: String,
        #[command(flatten)]
        value: ValueArg,
        /// Higher ones go first, 0 to 255
        #[arg(long, default_value_t = 0)]
        priority: u8,
        /// How long it cannot be taken yet
        #[arg(long, value_name = "TIME", value_parser = duration::parse, default_value = "0")]
        delay: u64,
    },
    /// Take items by lease: they come back unless they are acknowledged in time
    Lease {
        queue: String,
        /// How many
        #[arg(long, value_name = "N", default_value_t = 1)]
        count: u64,
        /// How long they are leased
        #[arg(long, value_name = "TIME", value_parser = duration::parse)]
        lease: Option<u64>,
        /// How long to wait for the first one
        #[arg(long, value_name = "TIME", value_parser = duration::parse, default_value = "0")]
        wait: u64,
    },
    /// Say that a leased item is done
    Ack { queue: String, number: u64, token: u64 },
    /// Give a leased item back
    Nack {
        queue: String,
        number: u64,
        token: u64,
        /// How long it rests
        #[arg(long, value_name = "TIME", value_parser = duration::parse, default_value = "0")]
        delay: u64,
    },
    /// Take and acknowledge items
    Pop {
        queue: String,
        /// How many
        #[arg(long, value_name = "N", default_value_t = 1)]
        count: u64,
    },
    /// Count the items by their state
    Status { queue: String },
    /// Print dead letters
    Dead { queue: String },
    /// Give all dead letters another life
    Revive { queue: String },
    /// Delete a whole queue
    Drop(DropArgs),
}

#[derive(Debug, Subcommand)]
pub(crate) enum CounterCommand {
    /// List all counters
    List,
    /// Print a counter
    Get { counter: String },
    /// Add to a counter, and print what it is then
    Add {
        counter: String,
        /// May be negative
        #[arg(default_value_t = 1, allow_negative_numbers = true)]
        by: i64,
    },
    /// Set a counter
    Set {
        counter: String,
        #[arg(allow_negative_numbers = true)]
        value: i64,
    },
    /// Delete a counter
    Drop(DropArgs),
}

#[derive(Debug, Subcommand)]
pub(crate) enum LockCommand {
    /// List all locks
    List,
    /// Take a lock, and print its fencing token
    Acquire {
        lock: String,
        /// Tells this holder from others; the same one gets its lease renewed
        #[arg(long)]
        owner: Option<String>,
        /// How long it is held unless it is renewed
        #[arg(long, value_name = "TIME", value_parser = duration::parse, default_value = "30s")]
        lease: u64,
        /// How long to stand in line
        #[arg(long, value_name = "TIME", value_parser = duration::parse, default_value = "0")]
        wait: u64,
    },
    /// Let the lease of a lock end later
    Renew {
        lock: String,
        token: u64,
        /// How long it is held from now on
        #[arg(long, value_name = "TIME", value_parser = duration::parse, default_value = "30s")]
        lease: u64,
    },
    /// Give a lock to the next one in line
    Release { lock: String, token: u64 },
    /// Print who holds a lock, and who waits
    Status { lock: String },
}

#[derive(Debug, Subcommand)]
pub(crate) enum TopicCommand {
    /// List all topics
    List,
    /// Append an entry, and print its id
    Append {
        topic: String,
        /// The fields of the entry, as FIELD=VALUE
        #[arg(required = true, value_name = "FIELD=VALUE", value_parser = pair)]
        fields: Vec<(String, String)>,
    },
    /// Print entries, oldest first
    Read {
        topic: String,
        /// Only entries after this id
        #[arg(long, value_name = "ID")]
        after: Option<String>,
        /// At most so many
        #[arg(long, value_name = "N", default_value_t = 100)]
        limit: u64,
    },
    /// Print entries as they are appended
    Follow {
        topic: String,
        /// Begin after this id; 0 is the beginning
        #[arg(long, value_name = "ID")]
        after: Option<String>,
    },
    /// Delete a whole topic
    Drop(DropArgs),
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (field, value) = text.split_once('=').ok_or("expected FIELD=VALUE")?;
    Ok((field.to_owned(), value.to_owned()))
}
