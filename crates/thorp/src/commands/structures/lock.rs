//! `thorp lock`.

use std::process::ExitCode;

use gateway::https::body::Octets;
use gateway::https::body::lock::{Acquire, Grant, Release, Renew, Status};
use gateway::https::body::name::Kind;

use super::{list, print_json, shown};
use crate::cli::Output;
use crate::cli::structures::LockCommand;
use crate::client::Cluster;
use crate::commands::DONE;

pub(crate) fn run(
    cluster: &Cluster,
    command: &LockCommand,
    output: Output,
) -> anyhow::Result<ExitCode> {
    match command {
        LockCommand::List => list(cluster, Kind::Lock, output)?,
        LockCommand::Acquire { lock, owner, lease, wait } => {
            let owner = owner.clone().unwrap_or_else(unique);
            let owner = Octets::from(owner.as_str());
            let wanted = Acquire { owner, lease_ms: *lease, wait_ms: *wait };
            let request = cluster.post(&["locks", lock, "acquire"]).json(&wanted);
            print(request.patient(*wait).read()?, output)?;
        }
        LockCommand::Renew { lock, token, lease } => {
            let renew = Renew { token: *token, lease_ms: *lease };
            print(cluster.post(&["locks", lock, "renew"]).json(&renew).read()?, output)?;
        }
        LockCommand::Release { lock, token } => {
            cluster.post(&["locks", lock, "release"]).json(&Release { token: *token }).done()?;
        }
        LockCommand::Status { lock } => {
            let status: Status = cluster.get(&["locks", lock]).read()?;
            match output {
                Output::Text => {
                    let Status { owner, token, waiters, .. } = &status;
                    println!("held by {} with token {token}, {waiters} wait", shown(owner));
                }
                Output::Json => print_json(&status)?,
            }
        }
    }
    Ok(DONE)
}

fn print(grant: Grant, output: Output) -> anyhow::Result<()> {
    match output {
        Output::Text => println!("{}", grant.token),
        Output::Json => print_json(&grant)?,
    }
    Ok(())
}

/// An owner that nobody else is.
fn unique() -> String {
    let bytes: [u8; 16] = net::secret::random();
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
