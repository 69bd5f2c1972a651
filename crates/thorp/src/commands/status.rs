//! `thorp status`, `thorp node`, `thorp token`: the cluster and its members.

use std::process::ExitCode;

use gateway::https::body::cluster::{JoinToken, Member, Members, Role, Status, StatusQuery};

use crate::cli::Output;
use crate::cli::cluster::NodeCommand;
use crate::client::{Cluster, NotFound};
use crate::table::Table;

/// The cluster at a glance.
pub(crate) fn show(cluster: &Cluster, tasks: bool, output: Output) -> anyhow::Result<ExitCode> {
    let status: Status = cluster.get(&["status"]).query(&StatusQuery { tasks }).read()?;
    match output {
        Output::Json => println!("{}", serde_json::to_string(&status)?),
        Output::Text => {
            let leader = status.leader.as_deref().unwrap_or("nobody");
            println!("cluster {}, led by {leader}, seen from {}", status.cluster, status.node);
            list(&status.members);
            for line in &status.advice {
                println!("{line}");
            }
            if status.state.disk_full {
                println!("the disk of {} is full: it takes no writes", status.node);
            }
            for task in status.tasks.iter().flatten() {
                println!("task {}", task.name);
            }
        }
    }
    Ok(super::DONE)
}

pub(crate) fn node(
    find: impl Fn() -> Result<Cluster, NotFound>,
    command: &NodeCommand,
    output: Output,
) -> anyhow::Result<ExitCode> {
    match command {
        NodeCommand::List => {
            let members: Members = find()?.get(&["members"]).read()?;
            match output {
                Output::Text => list(&members.members),
                Output::Json => {
                    for member in &members.members {
                        println!("{}", serde_json::to_string(member)?);
                    }
                }
            }
        }
        NodeCommand::Remove { name } => find()?.delete(&["members", name]).done()?,
        NodeCommand::Drain { name } => {
            let cluster = find()?;
            let name = or_own(&cluster, name.as_deref())?;
            cluster.post(&["members", &name, "drain"]).done()?;
        }
        NodeCommand::Undrain { name } => {
            let cluster = find()?;
            let name = or_own(&cluster, name.as_deref())?;
            cluster.delete(&["members", &name, "drain"]).done()?;
        }
        // The node does not run: there is no cluster to talk to.
        NodeCommand::Recover(args) => return super::recover::run(args, output),
    }
    Ok(super::DONE)
}

pub(crate) fn token(cluster: &Cluster, output: Output) -> anyhow::Result<ExitCode> {
    let token: JoinToken = cluster.post(&["join-tokens"]).read()?;
    match output {
        Output::Text => println!("{}", token.token),
        Output::Json => println!("{}", serde_json::to_string(&token)?),
    }
    Ok(super::DONE)
}

/// The member that was named, or the one that answers.
fn or_own(cluster: &Cluster, name: Option<&str>) -> anyhow::Result<String> {
    match name {
        Some(name) => Ok(name.to_owned()),
        None => Ok(cluster.get(&["status"]).read::<Status>()?.node),
    }
}

fn list(members: &[Member]) {
    let mut table = Table::new(["name", "peers", "role", "reachable"]);
    for member in members {
        let reachable = match member.reachable {
            Some(true) => "yes",
            Some(false) => "no",
            None => "",
        };
        table.row([&member.name, &member.peers, role(member.role), reachable]);
    }
    print!("{table}");
}

fn role(role: Role) -> &'static str {
    match role {
        Role::Leader => "leader",
        Role::Follower => "follower",
        Role::Voter => "voter",
        Role::Learner => "learner",
        Role::Witness => "witness",
    }
}
