//! `thorp counter`.

use std::process::ExitCode;

use gateway::https::body::counter::{Add, Value};
use gateway::https::body::name::Kind;

use super::{list, print_json, remove};
use crate::cli::Output;
use crate::cli::structures::CounterCommand;
use crate::client::Cluster;
use crate::commands::DONE;

pub(crate) fn run(
    cluster: &Cluster,
    command: &CounterCommand,
    output: Output,
) -> anyhow::Result<ExitCode> {
    let print = |value: Value| match output {
        Output::Text => {
            println!("{}", value.value);
            Ok(())
        }
        Output::Json => print_json(&value),
    };
    match command {
        CounterCommand::List => list(cluster, Kind::Counter, output)?,
        CounterCommand::Get { counter } => print(cluster.get(&["counters", counter]).read()?)?,
        CounterCommand::Add { counter, by } => {
            print(cluster.post(&["counters", counter, "add"]).json(&Add { by: *by }).read()?)?;
        }
        CounterCommand::Set { counter, value } => {
            cluster.put(&["counters", counter]).json(&Value { value: *value }).done()?;
        }
        CounterCommand::Drop(args) => remove(cluster, args, output)?,
    }
    Ok(DONE)
}
