//! Data structures from the shell: what is common to `thorp map`, `queue`, `topic`, `lock` and `counter`.

pub(super) mod counter;
pub(super) mod lock;
pub(super) mod map;
pub(super) mod queue;
pub(super) mod topic;

use std::io::{IsTerminal, Read, Write};

use gateway::https::body::Octets;
use gateway::https::body::name::{Kind, Page, ScanQuery};
use serde::Serialize;
use serde_json::json;

use crate::cli::Output;
use crate::cli::structures::{DropArgs, ValueArg};
use crate::client::Cluster;
use crate::console::{NotStarted, confirmed};

/// Prints one JSON object on a line of its own.
fn print_json(value: &impl Serialize) -> anyhow::Result<()> {
    println!("{}", serde_json::to_string(value)?);
    Ok(())
}

/// Prints bytes as they are, and the end of the line.
fn print_bare(bytes: &[u8]) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(bytes)?;
    out.write_all(b"\n")?;
    Ok(())
}

/// The value that was typed, or what standard input holds.
fn value(arg: &ValueArg) -> anyhow::Result<Vec<u8>> {
    match arg.value.as_deref() {
        Some(text) if text != "-" => Ok(text.as_bytes().to_vec()),
        _ => {
            let mut bytes = Vec::new();
            // One byte more than a value may have: then the node says that it is too large.
            let limit = u64::try_from(structures::limits::VALUE_BYTES_MAX).unwrap_or(u64::MAX);
            std::io::stdin().lock().take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
            Ok(bytes)
        }
    }
}

/// Prints the names of all structures of a kind, with their sizes.
fn list(cluster: &Cluster, kind: Kind, output: Output) -> anyhow::Result<()> {
    let mut after = None;
    loop {
        let query = ScanQuery { kind: Some(kind), after, ..ScanQuery::default() };
        let page: Page = cluster.get(&["names"]).query(&query).read()?;
        for name in &page.names {
            match output {
                Output::Text => print_bare(&name.name.0)?,
                Output::Json => print_json(name)?,
            }
        }
        after = page.next;
        if after.is_none() {
            return Ok(());
        }
    }
}

/// Deletes a whole structure, once it is confirmed.
fn remove(cluster: &Cluster, args: &DropArgs, output: Output) -> anyhow::Result<()> {
    if !args.yes && !confirmed(&format!("delete `{}` with all it holds?", args.name))? {
        let help = "pass --yes".to_owned();
        let text = format!("`{}` was not deleted", args.name);
        return Err(NotStarted { text, help: Some(help) }.into());
    }
    cluster.delete(&["names", &args.name]).done()?;
    if output == Output::Json {
        print_json(&json!({"dropped": args.name}))?;
    }
    Ok(())
}

/// Bytes as a terminal may show them.
fn shown(octets: &Octets) -> String {
    String::from_utf8_lossy(&octets.0).escape_debug().to_string()
}

/// A line for people who read, and bytes as they are for programs that do.
fn is_read_by_people() -> bool {
    std::io::stdout().is_terminal()
}
