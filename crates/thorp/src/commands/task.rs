//! `thorp task`: what runs on the members.

use std::process::ExitCode;

use gateway::https::body::task::{Task, Tasks};

use super::{DONE, seconds};
use crate::cli::Output;
use crate::cli::code::TaskCommand;
use crate::client::Cluster;
use crate::table::Table;

pub(crate) fn run(
    cluster: &Cluster,
    command: &TaskCommand,
    output: Output,
) -> anyhow::Result<ExitCode> {
    match command {
        TaskCommand::List => list(cluster, output),
    }
}

fn list(cluster: &Cluster, output: Output) -> anyhow::Result<ExitCode> {
    let Tasks { tasks, silent } = cluster.get(&["tasks"]).read()?;
    match output {
        Output::Json => {
            for task in &tasks {
                println!("{}", serde_json::to_string(task)?);
            }
        }
        Output::Text => print!("{}", table(&tasks)),
    }
    for member in &silent {
        eprintln!("[{member}] did not answer");
    }
    Ok(if silent.is_empty() { DONE } else { ExitCode::FAILURE })
}

fn table(tasks: &[Task]) -> Table<7> {
    let mut table =
        Table::new(["member", "task", "function", "items", "seconds", "compute", "transport"]);
    for task in tasks {
        let in_seconds = |milliseconds| format!("{:.1}", seconds(milliseconds));
        table.row([
            &task.member,
            &task.id.to_string(),
            &task.function,
            &task.items.to_string(),
            &in_seconds(task.runs_ms),
            &in_seconds(task.compute_ms),
            &in_seconds(task.transport_ms),
        ]);
    }
    table
}
