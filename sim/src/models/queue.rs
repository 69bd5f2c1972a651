//! A queue whose items are taken by lease and come back unless they are acknowledged.
//!
//! A search for an order is hopeless here: every item that waits is part of the state. Like the
//! queue of Henzinger, Sezgin and Vafeiadis, "Aspect-oriented linearizability proofs" (CONCUR
//! 2013), this one is decided by patterns that a right history never has: an item from nowhere, a
//! lost one, a doubled one, one that overtook another, and an empty answer while there was one.
//! Items are told apart by their payloads, so a test pushes each number once.

mod lives;

use crate::linearizability::{Event, describe};
use lives::{Life, Lives};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// Answers `Pushed`.
    Push { item: u64 },
    /// Answers `Taken`.
    Take { lease_ms: u64 },
    /// Answers `Acknowledged`: whether the lease was still good.
    Acknowledge { item: u64, token: u64 },
    /// Gives the item back. Answers `Returned`.
    Return { item: u64, token: u64 },
    /// Takes and acknowledges at once. Answers `Popped`.
    Pop,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    Pushed,
    Taken(Option<Taken>),
    Acknowledged(bool),
    Returned(bool),
    Popped(Option<u64>),
}

/// An item on lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    pub item: u64,
    /// Tells this lease from all others.
    pub token: u64,
    /// When the lease ends, by the leader's time.
    pub expires_ms: u64,
}

pub type History = [Event<Operation, Answer>];

/// What a right queue never does.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    #[error("item {item} came out, and nobody had pushed it\n  {out}")]
    FromNowhere { item: u64, out: String },
    #[error("item {item} was pushed and is lost\n  {pushed}")]
    Lost { item: u64, pushed: String },
    #[error("item {item} was done, and came again\n  {done}\n  {again}")]
    Doubled { item: u64, done: String, again: String },
    #[error("item {item} was leased twice at the same time\n  {one}\n  {other}")]
    SharedLease { item: u64, one: String, other: String },
    #[error("item {item} was acknowledged under a lease that was over\n  {newer}\n  {done}")]
    StaleLease { item: u64, newer: String, done: String },
    #[error("an item overtook item {waiting}\n  {pushed}\n  {out}")]
    Overtaken { waiting: u64, pushed: String, out: String },
    #[error("the queue said it was empty while item {waiting} was in it\n  {pushed}\n  {empty}")]
    NotEmpty { waiting: u64, pushed: String, empty: String },
}

/// Checks a history. `remaining` are the items that are in the queue afterwards, when all leases
/// are over; dead letters count as well.
///
/// # Errors
///
/// The first [`Violation`] that was found.
pub fn check(history: &History, remaining: &[u64]) -> Result<(), Violation> {
    let lives = Lives::of(history, remaining);
    for (item, life) in &lives.items {
        not_from_nowhere(*item, life)?;
        done_once(*item, life)?;
        leases_apart(*item, life)?;
    }
    if lives.are_takes_unseen {
        // Whoever was not answered may have the item that is missed.
        return lost_at_most(&lives);
    }
    for (item, life) in &lives.items {
        if let Some(pushed) = life.pushed
            && life.is_lost()
        {
            return Err(Violation::Lost { item: *item, pushed: describe(pushed) });
        }
    }
    in_order(history, &lives)
}

/// With pops whose answer was lost, as many items may be gone.
fn lost_at_most(lives: &Lives<'_>) -> Result<(), Violation> {
    let mut lost = lives.items.iter().filter(|(_, life)| life.is_lost());
    match lost.nth(lives.pops_unseen) {
        Some((item, Life { pushed: Some(pushed), .. })) => {
            Err(Violation::Lost { item: *item, pushed: describe(pushed) })
        }
        _ => Ok(()),
    }
}

fn not_from_nowhere(item: u64, life: &Life<'_>) -> Result<(), Violation> {
    for out in life.outs() {
        let is_known = life.push_called.is_some_and(|called| called <= answered(out));
        if !is_known {
            return Err(Violation::FromNowhere { item, out: describe(out) });
        }
    }
    if life.is_remaining && life.push_called.is_none() {
        let out = "it is in the queue at the end".to_owned();
        return Err(Violation::FromNowhere { item, out });
    }
    Ok(())
}

fn done_once(item: u64, life: &Life<'_>) -> Result<(), Violation> {
    let Some(first) = life.done.first() else { return Ok(()) };
    let doubled = |again: String| Violation::Doubled { item, done: describe(first), again };
    if let Some(again) = life.done.get(1) {
        return Err(doubled(describe(again)));
    }
    if life.is_remaining {
        return Err(doubled("it is in the queue at the end".to_owned()));
    }
    match life.takes.iter().find(|(_, take)| take.called > answered(first)) {
        Some((_, again)) => Err(doubled(describe(again))),
        None => Ok(()),
    }
}

/// Each lease begins when the one before it is over or was given back.
fn leases_apart(item: u64, life: &Life<'_>) -> Result<(), Violation> {
    for ((before, one), (after, other)) in life.takes.iter().zip(life.takes.iter().skip(1)) {
        let Operation::Take { lease_ms } = other.operation else { continue };
        let began_ms = after.expires_ms.saturating_sub(lease_ms);
        let is_back = life
            .returned
            .iter()
            .any(|(token, called)| *token == before.token && *called <= answered(other));
        let is_reversed = answered(other) < one.called || before.token == after.token;
        if is_reversed || (began_ms < before.expires_ms && !is_back) {
            let (one, other) = (describe(one), describe(other));
            return Err(Violation::SharedLease { item, one, other });
        }
    }
    let Some((done, token)) = life.acknowledged else { return Ok(()) };
    let newer =
        life.takes.iter().find(|(taken, take)| taken.token > token && answered(take) < done.called);
    match newer {
        Some((_, newer)) => {
            let (newer, done) = (describe(newer), describe(done));
            Err(Violation::StaleLease { item, newer, done })
        }
        None => Ok(()),
    }
}

/// What waits the longest comes out first, and a queue in which something waits is not empty.
fn in_order(history: &History, lives: &Lives<'_>) -> Result<(), Violation> {
    for out in history {
        let item = match out.answer {
            Some((_, Answer::Taken(taken))) => taken.map(|taken| taken.item),
            Some((_, Answer::Popped(item))) => item,
            _ => continue,
        };
        let pushed_after = match item.and_then(|item| lives.items.get(&item)) {
            // What came out a second time had its place before.
            Some(life) if life.first_out() != Some(out.called) => continue,
            Some(life) => life.push_called.unwrap_or(0),
            None => out.called,
        };
        // It was in the queue before the other one was pushed, and until after it was out.
        let waiting = lives.items.iter().find(|(other, life)| {
            Some(**other) != item
                && life.pushed.is_some_and(|pushed| answered(pushed) < pushed_after)
                && life.first_out().is_none_or(|called| called > answered(out))
                && !life.is_lost()
        });
        if let Some((waiting, Life { pushed: Some(pushed), .. })) = waiting {
            let (waiting, pushed, out) = (*waiting, describe(pushed), describe(out));
            return Err(match item {
                Some(_) => Violation::Overtaken { waiting, pushed, out },
                None => Violation::NotEmpty { waiting, pushed, empty: out },
            });
        }
    }
    Ok(())
}

/// When the answer came; never counts as the end of time.
fn answered(event: &Event<Operation, Answer>) -> u64 {
    event.answer.as_ref().map_or(u64::MAX, |(at, _)| *at)
}

#[cfg(test)]
mod tests;
