//! `thorp queue`.

use std::process::ExitCode;

use gateway::https::body::list::Values;
use gateway::https::body::name::Kind;
use gateway::https::body::queue::{
    Ack, Chosen, DeadQuery, Item, Items, Lease, Nack, Numbers, Pop, PutQuery, Receipt, Status,
};
use gateway::https::body::{Count, Freshness};
use serde_json::json;

use super::{list, print_bare, print_json, remove, shown, value};
use crate::cli::Output;
use crate::cli::structures::QueueCommand;
use crate::client::Cluster;
use crate::commands::DONE;

pub(crate) fn run(
    cluster: &Cluster,
    command: &QueueCommand,
    output: Output,
) -> anyhow::Result<ExitCode> {
    match command {
        QueueCommand::List => list(cluster, Kind::Queue, output)?,
        QueueCommand::Put { queue, value: arg, priority, delay } => {
            let query = PutQuery { priority: *priority, delay_ms: *delay };
            let request = cluster.post(&["queues", queue, "items"]).query(&query);
            let numbers: Numbers = request.bytes(value(arg)?).read()?;
            if output == Output::Json {
                print_json(&json!({"number": numbers.numbers.first()}))?;
            }
        }
        QueueCommand::Lease { queue, count, lease, wait } => {
            let wanted = Lease { count: *count, lease_ms: *lease, wait_ms: *wait };
            let request = cluster.post(&["queues", queue, "lease"]).json(&wanted);
            let items: Items = request.patient(*wait).read()?;
            return taken(&items.items, output);
        }
        QueueCommand::Ack { queue, number, token } => {
            let receipts = vec![Receipt { number: *number, token: *token }];
            let done: Count =
                cluster.post(&["queues", queue, "ack"]).json(&Ack { receipts }).read()?;
            anyhow::ensure!(
                done.count == 1,
                "item {number} of `{queue}` is not leased with token {token}"
            );
        }
        QueueCommand::Nack { queue, number, token, delay } => {
            let nack = Nack { number: *number, token: *token, delay_ms: *delay };
            cluster.post(&["queues", queue, "nack"]).json(&nack).done()?;
        }
        QueueCommand::Pop { queue, count } => {
            let pop = Pop { count: *count };
            let popped: Values = cluster.post(&["queues", queue, "pop"]).json(&pop).read()?;
            for value in &popped.values {
                match output {
                    Output::Text => print_bare(&value.0)?,
                    Output::Json => print_json(&json!({"payload": value}))?,
                }
            }
            return Ok(if popped.values.is_empty() { ExitCode::FAILURE } else { DONE });
        }
        QueueCommand::Status { queue } => status(cluster, queue, output)?,
        QueueCommand::Dead { queue } => dead(cluster, queue, output)?,
        QueueCommand::Revive { queue } => {
            let all = Chosen::First(u64::MAX);
            let revived: Count =
                cluster.post(&["queues", queue, "dead", "revive"]).json(&all).read()?;
            println!("{}", revived.count);
        }
        QueueCommand::Drop(args) => remove(cluster, args, output)?,
    }
    Ok(DONE)
}

/// Leased items: number, token and payload; exit code 1 when there is none.
fn taken(items: &[Item], output: Output) -> anyhow::Result<ExitCode> {
    for item in items {
        match output {
            Output::Text => {
                let token = item.token.unwrap_or_default();
                println!("{}\t{token}\t{}", item.number, shown(&item.payload));
            }
            Output::Json => print_json(item)?,
        }
    }
    Ok(if items.is_empty() { ExitCode::FAILURE } else { DONE })
}

fn status(cluster: &Cluster, queue: &str, output: Output) -> anyhow::Result<()> {
    let status: Status = cluster.get(&["queues", queue]).query(&Freshness::default()).read()?;
    match output {
        Output::Text => {
            let Status { ready, delayed, leased, dead, settings } = status;
            println!("ready {ready}, delayed {delayed}, leased {leased}, dead {dead}");
            println!(
                "lease {} ms, {} attempts, retry after {} ms",
                settings.lease_ms, settings.attempts_max, settings.retry_delay_ms
            );
            Ok(())
        }
        Output::Json => print_json(&status),
    }
}

fn dead(cluster: &Cluster, queue: &str, output: Output) -> anyhow::Result<()> {
    let mut after = None;
    loop {
        let query = DeadQuery { after, ..DeadQuery::default() };
        let page: Items = cluster.get(&["queues", queue, "dead"]).query(&query).read()?;
        for item in &page.items {
            match output {
                Output::Text => {
                    println!(
                        "{}\t{} attempts\t{}",
                        item.number,
                        item.attempts,
                        shown(&item.payload)
                    );
                }
                Output::Json => print_json(item)?,
            }
        }
        match page.items.last() {
            Some(last) => after = Some(last.number),
            None => return Ok(()),
        }
    }
}
