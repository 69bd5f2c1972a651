//! Log entries, on the node that leads: what several members bring at about the same time shares one.

use std::sync::Arc;

use bytes::Bytes;
use structures::Stamp;
use tokio::sync::{mpsc, oneshot};

use super::Core;
use super::gather::{Gathering, Load};
use super::proposer::Attempt;
use super::under_way::UnderWay;
use crate::batch::{Batch, Outcomes};
use crate::raft::Refused;

/// The requests of one member, which waits for what comes of them.
#[derive(Debug)]
pub(super) struct Part {
    requests: Vec<Bytes>,
    answer: oneshot::Sender<Attempt>,
}

impl Load for Part {
    fn requests(&self) -> usize {
        self.requests.len()
    }

    fn bytes(&self) -> usize {
        self.requests.iter().map(Bytes::len).sum()
    }
}

/// Proposes the requests of one member, if this node leads.
pub(super) async fn lead(core: &Core, requests: Vec<Bytes>) -> Attempt {
    let (answer, answered) = oneshot::channel();
    match core.entries.send(Part { requests, answer }).await {
        Ok(()) => answered.await.unwrap_or(Attempt::Unknown),
        Err(_) => Attempt::NotSent,
    }
}

pub(super) async fn run(core: Arc<Core>, waiting: mpsc::Receiver<Part>) {
    let (mut gathering, mut under_way) = (Gathering::new(waiting), UnderWay::new(&core));
    while let Some(mut parts) = gathering.next().await {
        parts.retain(|part| !part.answer.is_closed());
        if parts.is_empty() {
            continue;
        }
        let entry = lead_together(Arc::clone(&core), parts);
        if let Some(commands) = under_way.send(entry, true).await {
            gathering.note(commands);
        }
    }
}

/// Makes one entry of what several members bring; gives how many commands were done.
async fn lead_together(core: Arc<Core>, parts: Vec<Part>) -> usize {
    let (mut requests, mut waiters) = (Vec::new(), Vec::new());
    for mut part in parts {
        waiters.push((part.requests.len(), part.answer));
        requests.append(&mut part.requests);
    }
    let attempted = propose(&core, requests).await;
    let commands = match &attempted {
        Attempt::Done(outcomes) => outcomes.commands(),
        _ => 0,
    };
    answer(waiters, attempted);
    commands
}

async fn propose(core: &Core, requests: Vec<Bytes>) -> Attempt {
    let _open = core.gate.read().await;
    if core.consensus.leader() != Some(core.node) {
        return Attempt::NotSent;
    }
    let stamp = Stamp { now_ms: core.now_ms() };
    match core.consensus.propose(Batch { stamp, requests }.encode(core.format)).await {
        Ok(outcomes) => Attempt::Done(outcomes),
        Err(Refused::Stopped(reason)) => Attempt::Stopped(reason),
        Err(_) => Attempt::Unknown,
    }
}

/// Gives each member what is its own.
fn answer(waiters: Vec<(usize, oneshot::Sender<Attempt>)>, attempted: Attempt) {
    let mut attempted = attempted;
    for (count, waiter) in waiters {
        let own = match &mut attempted {
            Attempt::Done(Outcomes { answers, revision }) => {
                let rest = answers.split_off(count.min(answers.len()));
                let answers = std::mem::replace(answers, rest);
                Attempt::Done(Outcomes { answers, revision: *revision })
            }
            Attempt::NotSent => Attempt::NotSent,
            Attempt::Unknown => Attempt::Unknown,
            Attempt::Stopped(reason) => Attempt::Stopped(reason.clone()),
        };
        // Who has given up wants no answer.
        drop(waiter.send(own));
    }
}
