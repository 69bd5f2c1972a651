//! The requests of this node on their way to the leader: while some are, the next ones gather.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use structures::{Refusal, Request};
use tokio::sync::{mpsc, oneshot};

use super::Core;
use super::gather::{Gathering, Load};
use super::under_way::UnderWay;
use super::{entries, forward};
use crate::batch::Outcomes;
use crate::engine::{ProposeError, Proposed, Unavailable};
use crate::limits;

/// A request whose caller waits.
#[derive(Debug)]
pub(super) struct Waiting {
    request: Bytes,
    /// With an id it may be sent again: it is done once, as long as its session lives.
    has_id: bool,
    /// An earlier copy may have been done.
    may_be_done: bool,
    answer: oneshot::Sender<Result<Proposed, ProposeError>>,
}

pub(super) async fn propose(
    core: &Core,
    request: &Request,
    timeout: Duration,
) -> Result<Proposed, ProposeError> {
    let bytes = request.encode().map_err(ProposeError::Refused)?;
    if core.is_disk_full() {
        return Err(Unavailable::DiskFull.into());
    }
    let (answer, answered) = oneshot::channel();
    let waiting =
        Waiting { request: bytes, has_id: request.id.is_some(), may_be_done: false, answer };
    let work = async {
        if core.proposals.send(waiting).await.is_err() {
            return Err(stopped());
        }
        answered.await.unwrap_or_else(|_| Err(stopped()))
    };
    core.in_time(timeout, work).await?
}

fn stopped() -> ProposeError {
    Unavailable::Stopped { reason: "it was closed".to_owned() }.into()
}

impl Load for Waiting {
    fn requests(&self) -> usize {
        1
    }

    fn bytes(&self) -> usize {
        self.request.len()
    }
}

pub(super) async fn run(core: Arc<Core>, waiting: mpsc::Receiver<Waiting>) {
    let (mut gathering, mut under_way) = (Gathering::new(waiting), UnderWay::new(&core));
    while let Some(batch) = gathering.next().await {
        let leads = core.consensus.leader() == Some(core.node);
        if let Some(commands) = under_way.send(deliver(Arc::clone(&core), batch), leads).await {
            gathering.note(commands);
        }
    }
}

/// Brings a batch to the leader, and the answers to the callers; gives how many commands were done.
async fn deliver(core: Arc<Core>, mut batch: Vec<Waiting>) -> usize {
    loop {
        batch.retain(|waiting| !waiting.answer.is_closed());
        if batch.is_empty() {
            return 0;
        }
        let requests = batch.iter().map(|waiting| waiting.request.clone()).collect();
        let attempt = attempt(&core, requests);
        let attempted = tokio::select! {
            attempted = attempt => attempted,
            () = nobody_waits(&mut batch) => return 0,
        };
        match attempted {
            Attempt::Done(outcomes) => {
                let commands = outcomes.commands();
                answer(batch, outcomes);
                return commands;
            }
            Attempt::NotSent => {}
            Attempt::Unknown => {
                let (again, unknown) = batch.into_iter().partition(|waiting| waiting.has_id);
                batch = again;
                batch.iter_mut().for_each(|waiting| waiting.may_be_done = true);
                for waiting in Vec::from_iter::<Vec<Waiting>>(unknown) {
                    drop(waiting.answer.send(Err(ProposeError::OutcomeUnknown)));
                }
            }
            Attempt::Stopped(reason) => {
                for waiting in batch {
                    let error = Unavailable::Stopped { reason: reason.clone() };
                    drop(waiting.answer.send(Err(error.into())));
                }
                return 0;
            }
        }
        tokio::time::sleep(Duration::from_millis(limits::RETRY_MS)).await;
    }
}

/// Ends when all callers of a batch have given up.
async fn nobody_waits(batch: &mut [Waiting]) {
    for waiting in batch {
        waiting.answer.closed().await;
    }
}

fn answer(batch: Vec<Waiting>, outcomes: Outcomes) {
    let revision = outcomes.revision;
    for (waiting, outcome) in batch.into_iter().zip(outcomes.answers) {
        let is_recorded = !matches!(outcome, Err(Refusal::SessionUnknown { .. }));
        let told = if waiting.may_be_done && !is_recorded {
            // What came of the copy before ended with the session: the clock of a new leader may
            // be far ahead.
            Err(ProposeError::OutcomeUnknown)
        } else {
            Ok(Proposed { outcome, revision })
        };
        // A caller that has given up wants no answer.
        drop(waiting.answer.send(told));
    }
}

/// What came of sending a batch once.
#[derive(Debug)]
pub(super) enum Attempt {
    Done(Outcomes),
    /// It was not done, and will not be.
    NotSent,
    /// It may be done, or be done later.
    Unknown,
    Stopped(String),
}

async fn attempt(core: &Core, requests: Vec<Bytes>) -> Attempt {
    match core.consensus.leader() {
        Some(leader) if leader == core.node => entries::lead(core, requests).await,
        Some(leader) => forward::propose(core, leader, requests).await,
        None => {
            let mut changed = core.consensus.changed();
            let pause = Duration::from_millis(limits::RETRY_MS);
            // Either the leader is known, or it is time to look again.
            drop(tokio::time::timeout(pause, changed.wait()).await);
            match core.consensus.health().stopped {
                Some(reason) => Attempt::Stopped(reason),
                None => Attempt::NotSent,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a caller is told whose request was refused since its session is unknown.
    fn told(may_be_done: bool) -> Result<Proposed, ProposeError> {
        let (answer, mut answered) = oneshot::channel();
        let waiting = Waiting { request: Bytes::new(), has_id: true, may_be_done, answer };
        let unknown = Err(Refusal::SessionUnknown { client: 7 });
        super::answer(vec![waiting], Outcomes { answers: vec![unknown], revision: 3 });
        answered.try_recv().unwrap()
    }

    #[test]
    fn a_request_whose_session_ended_was_not_done_unless_it_was_sent_before() {
        let unknown = Refusal::SessionUnknown { client: 7 };
        assert_eq!(told(false).unwrap().outcome, Err(unknown));
        assert!(matches!(told(true), Err(ProposeError::OutcomeUnknown)));
    }
}
