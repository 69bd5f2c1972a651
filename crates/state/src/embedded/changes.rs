//! Changes of the members, and of who leads: made by the leader, asked for on any node.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::forward::{self, Asked, Replied};
use super::{Core, millis};
use crate::engine::ChangeError;
use crate::limits;
use crate::member::{Member, Members, NodeId, Role};
use crate::raft::Refused;

/// A change of the members. New ones go to the end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Change {
    Add { id: u64, member: Member },
    Voters { voters: BTreeSet<u64> },
    Remove { id: u64 },
    HandOver { to: u64 },
}

/// What came of a change. New ones go to the end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Changed {
    Done,
    /// This node does not lead: ask the one that does.
    NotLeader,
    Busy,
    Unknown(u64),
    LastVoter(u64),
    NotTaken(u64),
    /// Name or key of a new member belong to this one.
    InUse(u64),
}

/// Lets the leader make a change; asks again while there is none.
pub(super) async fn make(
    core: &Core,
    change: Change,
    timeout: Duration,
) -> Result<(), ChangeError> {
    let work = async {
        let mut turn = core.clock.monotonic_ms();
        loop {
            turn = turn.wrapping_add(1);
            let leader = core.consensus.health().leader;
            let changed = match leader.or_else(|| somebody(core, &change, turn)) {
                Some(leader) if leader == core.node => lead(core, change.clone(), timeout).await,
                Some(leader) => {
                    let asked =
                        Asked::Change { change: change.clone(), timeout_ms: millis(timeout) };
                    match forward::ask(core, leader, &asked, timeout).await {
                        Ok(Replied::Changed(changed)) => changed,
                        _ => Changed::NotLeader,
                    }
                }
                None => Changed::NotLeader,
            };
            match changed {
                Changed::Done => return Ok(()),
                Changed::NotLeader | Changed::Busy => {
                    tokio::time::sleep(Duration::from_millis(limits::RETRY_MS)).await;
                }
                Changed::Unknown(id) => return Err(ChangeError::Unknown { id: NodeId(id) }),
                Changed::LastVoter(id) => return Err(ChangeError::LastVoter { id: NodeId(id) }),
                Changed::NotTaken(id) => return Err(ChangeError::NotTaken { id: NodeId(id) }),
                Changed::InUse(id) => return Err(ChangeError::InUse { id: NodeId(id) }),
            }
        }
    };
    core.in_time(timeout, work).await?
}

/// Whom to tell where a node is that hears of no leader: one after the other, and who does not lead
/// says so. The leader does not reach a node that has come back at another address, and so the
/// node never hears who leads.
fn somebody(core: &Core, change: &Change, turn: u64) -> Option<u64> {
    let Change::Add { .. } = change else { return None };
    let members = core.consensus.health().members;
    let others: Vec<u64> =
        members.all.keys().map(|id| id.0).filter(|id| *id != core.node).collect();
    let place = turn.checked_rem(u64::try_from(others.len()).ok()?)?;
    others.get(usize::try_from(place).ok()?).copied()
}

/// Makes a change on the node that leads.
pub(super) async fn lead(core: &Core, change: Change, timeout: Duration) -> Changed {
    let members = core.consensus.health().members;
    if members.leader() != Some(NodeId(core.node)) {
        return Changed::NotLeader;
    }
    let of = match &change {
        Change::Add { .. } => None,
        Change::Voters { voters } => {
            voters.iter().find(|id| !members.all.contains_key(&NodeId(**id))).copied()
        }
        Change::Remove { id } | Change::HandOver { to: id } => {
            (!members.all.contains_key(&NodeId(*id))).then_some(*id)
        }
    };
    if let Some(id) = of {
        return match change {
            Change::Remove { .. } => is_gone(core, id).await,
            _ => Changed::Unknown(id),
        };
    }
    match change {
        Change::Add { id, member } => add(core, id, member).await,
        Change::Voters { voters } if voters.is_empty() => Changed::LastVoter(core.node),
        Change::Voters { voters } => let_vote(core, voters, timeout).await,
        Change::Remove { id } => remove(core, id, timeout).await,
        Change::HandOver { to } => hand_over(core, to, timeout).await,
    }
}

fn made(change: &Result<(), Refused>) -> Changed {
    match change {
        Ok(()) => Changed::Done,
        Err(Refused::Busy) => Changed::Busy,
        Err(_) => Changed::NotLeader,
    }
}

/// Adds a member, or tells of it anew. Only here it is certain that nobody else has its name or its
/// key: two nodes that come at the same time, or one that comes twice, ask different members.
async fn add(core: &Core, id: u64, member: Member) -> Changed {
    let Ok(_alone) = core.changing.try_lock() else { return Changed::Busy };
    match core.consensus.health().members.other_like(NodeId(id), &member) {
        Some(other) => Changed::InUse(other.0),
        None => made(&core.consensus.add(id, member).await),
    }
}

/// Lets exactly `voters` vote.
///
/// A leader without a vote must not be the one who makes the change: if it were lost before a voter
/// has it, only members without a vote would have the whole log, and those cannot be elected. So it
/// votes along, and hands over.
async fn let_vote(core: &Core, voters: BTreeSet<u64>, timeout: Duration) -> Changed {
    let mut with_leader = voters.clone();
    let leads_on = !with_leader.insert(core.node);
    let members = core.consensus.health().members;
    let caught_up = catch_up(core, &members, &with_leader);
    if tokio::time::timeout(timeout, caught_up).await.is_err() {
        return Changed::Busy;
    }
    let changed = {
        let Ok(_alone) = core.changing.try_lock() else { return Changed::Busy };
        let members = core.consensus.health().members;
        // A member may have been removed while others caught up.
        match with_leader.iter().find(|id| !members.all.contains_key(&NodeId(**id))) {
            Some(gone) => Changed::Unknown(*gone),
            None => made(&core.consensus.set_voters(with_leader).await),
        }
    };
    if changed == Changed::Done && !leads_on {
        return give_up(core, &voters, timeout).await;
    }
    changed
}

/// Waits until those of `voters` that do not vote yet have almost the whole log: a vote without it
/// would hold up writes.
async fn catch_up(core: &Core, members: &Members, voters: &BTreeSet<u64>) {
    let votes =
        |id: &u64| members.all.get(&NodeId(*id)).is_some_and(|(_, role)| *role != Role::Learner);
    let new: Vec<u64> = voters.iter().copied().filter(|id| !votes(id)).collect();
    has_almost_all(core, &new).await;
}

/// Waits until all of `nodes` have almost the whole log, or this node leads no longer.
async fn has_almost_all(core: &Core, nodes: &[u64]) {
    let mut replicated = core.consensus.replicated();
    loop {
        let health = core.consensus.health();
        let enough = Some(health.last_index.saturating_sub(limits::LAG_ENTRIES_MAX));
        let has_enough = |id: &u64| health.matched.get(id).copied().flatten() >= enough;
        if health.leader != Some(core.node) || nodes.iter().all(has_enough) {
            return;
        }
        replicated.wait().await;
    }
}

/// Whether a removal that is asked for again is done: this node leads, and it is agreed on that `id`
/// is no member. An entry that says so is not enough. It may never be agreed on, and a node that
/// led before it was cut off may not have heard of the member.
async fn is_gone(core: &Core, id: u64) -> Changed {
    if core.consensus.read_index().await.is_err() {
        return Changed::NotLeader;
    }
    let members = core.consensus.health().members;
    match members.are_agreed && !members.all.contains_key(&NodeId(id)) {
        true => Changed::Done,
        false => Changed::Busy,
    }
}

/// Removes a member; one that leads hands over first, and the new leader removes it.
async fn remove(core: &Core, id: u64, timeout: Duration) -> Changed {
    let mut voters = forward::voters(core);
    let votes = voters.remove(&id);
    if votes && voters.is_empty() {
        return Changed::LastVoter(id);
    }
    if votes && id == core.node {
        let until_ms = core.clock.monotonic_ms() + limits::GOING_MS;
        core.going_until_ms.store(until_ms, Ordering::Relaxed);
        return give_up(core, &voters, timeout).await;
    }
    // First it is told that it does not vote, so that it does not ask for votes when it is alone.
    // Nobody gives it its vote back meanwhile, as an autopilot would.
    let Ok(_alone) = core.changing.try_lock() else { return Changed::Busy };
    if votes {
        let unvoted = made(&core.consensus.set_voters(voters).await);
        if unvoted != Changed::Done {
            return unvoted;
        }
    }
    made(&core.consensus.remove(id).await)
}

/// Whether this node is about to be removed, and so does not take over: a witness that leads for a
/// moment, so that the leader can be removed, would give the leadership back.
pub(super) fn is_going(core: &Core) -> bool {
    core.clock.monotonic_ms() < core.going_until_ms.load(Ordering::Relaxed)
}

/// Hands over to the first of `voters` that takes it, so that somebody else may go on.
async fn give_up(core: &Core, voters: &BTreeSet<u64>, timeout: Duration) -> Changed {
    let members = core.consensus.health().members;
    let is_witness =
        |id: &u64| members.all.get(&NodeId(*id)).is_some_and(|(member, _)| member.is_witness);
    let (witnesses, serving): (Vec<u64>, Vec<u64>) = voters.iter().copied().partition(is_witness);
    // A witness would hand the leadership on.
    for to in serving.into_iter().chain(witnesses) {
        if hand_over(core, to, timeout).await == Changed::Done {
            return Changed::NotLeader;
        }
    }
    Changed::NotTaken(core.node)
}

/// Holds proposals, waits until `to` has the whole log, and lets it start an election.
async fn hand_over(core: &Core, to: u64, timeout: Duration) -> Changed {
    if to == core.node {
        return Changed::Done;
    }
    let members = core.consensus.health().members;
    if members.all.get(&NodeId(to)).is_none_or(|(_, role)| *role == Role::Learner) {
        return Changed::Unknown(to);
    }
    let most = timeout.min(Duration::from_millis(limits::HAND_OVER_MS));
    // Proposals are held only for the last few entries.
    if tokio::time::timeout(most, has_almost_all(core, &[to])).await.is_err() {
        return Changed::NotTaken(to);
    }
    let work = async {
        let _held = core.gate.write().await;
        let mut replicated = core.consensus.replicated();
        let upto = loop {
            let health = core.consensus.health();
            let matched = health.matched.get(&to).copied().flatten();
            if health.leader != Some(core.node) {
                return Changed::NotTaken(to);
            }
            if matched >= Some(health.last_index) {
                break health.last_index;
            }
            replicated.wait().await;
        };
        let mut changed = core.consensus.changed();
        let pause = Duration::from_millis(limits::HEARTBEAT_MS);
        loop {
            let health = core.consensus.health();
            if health.leader == Some(to) {
                return Changed::Done;
            }
            // Without all entries it cannot win, and would only depose who leads now, again and
            // again.
            if health.last_index > upto {
                return Changed::NotTaken(to);
            }
            // A vote that was lost is asked for again.
            match forward::ask(core, to, &Asked::Elect, pause).await {
                Ok(Replied::NotSent) => return Changed::NotTaken(to),
                Ok(_) => {}
                Err(_) => tokio::time::sleep(Duration::from_millis(limits::RETRY_MS)).await,
            }
            let led = async {
                while core.consensus.health().leader != Some(to) {
                    changed.wait().await;
                }
            };
            drop(tokio::time::timeout(pause * 2, led).await);
        }
    };
    tokio::time::timeout(most, work).await.unwrap_or(Changed::NotTaken(to))
}
