//! `thorp map`.

use std::process::ExitCode;

use gateway::https::body::Count;
use gateway::https::body::map::{Change, Keys, Page, Put, PutQuery, ScanQuery, WatchQuery, What};
use gateway::https::body::name::Kind;
use gateway::https::body::{Freshness, Octets};
use serde_json::json;

use super::{is_read_by_people, list, print_bare, print_json, remove, shown, value};
use crate::cli::Output;
use crate::cli::structures::{MapCommand, MapPutArgs};
use crate::client::Cluster;
use crate::commands::DONE;

pub(crate) fn run(
    cluster: &Cluster,
    command: &MapCommand,
    output: Output,
) -> anyhow::Result<ExitCode> {
    match command {
        MapCommand::List => list(cluster, Kind::Map, output)?,
        MapCommand::Get { map, key, stale } => get(cluster, (map, key), *stale, output)?,
        MapCommand::Put(args) => put(cluster, args, output)?,
        MapCommand::Delete { map, keys } => delete(cluster, map, keys, output)?,
        MapCommand::Scan { map, prefix, limit, stale } => {
            let prefix = prefix.as_deref().map(Octets::from);
            let query = ScanQuery { prefix, stale: *stale, ..ScanQuery::default() };
            scan(cluster, map, query, *limit, output)?;
        }
        MapCommand::Size { map } => {
            let count: Count = cluster.get(&["maps", map]).read()?;
            println!("{}", count.count);
        }
        MapCommand::Watch { map, from, prefix } => {
            let prefix = prefix.as_deref().map(Octets::from);
            watch(cluster, map, &WatchQuery { from: *from, prefix, matching: None }, output)?;
        }
        MapCommand::Drop(args) => remove(cluster, args, output)?,
    }
    Ok(DONE)
}

fn get(
    cluster: &Cluster,
    (map, key): (&str, &str),
    stale: bool,
    output: Output,
) -> anyhow::Result<()> {
    let request = cluster.get(&["maps", map, "entries", key]).query(&Freshness { stale });
    let bytes = request.raw()?;
    match output {
        Output::Text => print_bare(&bytes),
        Output::Json => print_json(&json!({"key": key, "value": Octets(bytes.into())})),
    }
}

fn put(cluster: &Cluster, args: &MapPutArgs, output: Output) -> anyhow::Result<()> {
    let ttl_ms = args.ttl.map(i64::try_from).transpose()?;
    let query = PutQuery { ttl_ms, ..PutQuery::default() };
    let mut request = cluster.put(&["maps", &args.map, "entries", &args.key]).query(&query);
    if let Some(revision) = args.if_revision {
        request = request.header("If-Match", &format!("\"{revision}\""));
    }
    if args.if_absent {
        request = request.header("If-None-Match", "*");
    }
    let put: Put = request.bytes(value(&args.value)?).read()?;
    if output == Output::Json {
        print_json(&put)?;
    }
    Ok(())
}

fn delete(cluster: &Cluster, map: &str, keys: &[String], output: Output) -> anyhow::Result<()> {
    let keys = Keys { keys: keys.iter().map(|key| Octets::from(key.as_str())).collect() };
    let deleted: Count = cluster.post(&["maps", map, "delete"]).json(&keys).read()?;
    match output {
        Output::Text => println!("{}", deleted.count),
        Output::Json => print_json(&deleted)?,
    }
    Ok(())
}

fn scan(
    cluster: &Cluster,
    map: &str,
    mut query: ScanQuery,
    limit: u64,
    output: Output,
) -> anyhow::Result<()> {
    let mut left = limit;
    while left > 0 {
        let page: Page = cluster.get(&["maps", map, "entries"]).query(&query).read()?;
        for entry in page.entries {
            if left == 0 {
                break;
            }
            left -= 1;
            match output {
                Output::Text => println!("{}\t{}", shown(&entry.key), shown(&entry.value)),
                Output::Json => print_json(&entry)?,
            }
        }
        query.after = page.next;
        if query.after.is_none() {
            break;
        }
    }
    Ok(())
}

fn watch(cluster: &Cluster, map: &str, query: &WatchQuery, output: Output) -> anyhow::Result<()> {
    if is_read_by_people() {
        eprintln!("watching `{map}`; Ctrl-C ends it");
    }
    for event in cluster.get(&["maps", map, "watch"]).query(query).events()? {
        let event = event?;
        if event.name != "change" {
            continue;
        }
        let change: Change = serde_json::from_str(&event.data)?;
        match output {
            Output::Text => println!("{}", told(&change)),
            Output::Json => print_json(&change)?,
        }
    }
    anyhow::bail!("the node ended the watch; start it again with --from REVISION")
}

fn told(change: &Change) -> String {
    let revision = change.revision;
    match &change.what {
        What::Put { key, value } => format!("{revision}\tput\t{}\t{}", shown(key), shown(value)),
        What::Removed { key, is_expired: false } => format!("{revision}\tdeleted\t{}", shown(key)),
        What::Removed { key, is_expired: true } => format!("{revision}\texpired\t{}", shown(key)),
        What::Cleared { .. } => format!("{revision}\tcleared"),
        What::Reset => format!("{revision}\treset"),
    }
}
