//! What happened to each item of a history.

use std::collections::BTreeMap;

use super::{Answer, Event, History, Operation, Taken};

type One = Event<Operation, Answer>;

#[derive(Debug, Default)]
pub(super) struct Lives<'a> {
    pub(super) items: BTreeMap<u64, Life<'a>>,
    /// Whether an item may have come out without anybody seeing which.
    pub(super) are_takes_unseen: bool,
    pub(super) pops_unseen: usize,
}

/// What happened to one item.
#[derive(Debug, Default)]
pub(super) struct Life<'a> {
    /// The push, when it was answered.
    pub(super) pushed: Option<&'a One>,
    pub(super) push_called: Option<u64>,
    /// The leases in the order of their tokens.
    pub(super) takes: Vec<(Taken, &'a One)>,
    /// What ended it for good: acknowledgements and pops.
    pub(super) done: Vec<&'a One>,
    /// The acknowledgement that counted, and the token it named.
    pub(super) acknowledged: Option<(&'a One, u64)>,
    /// Whether it may have been acknowledged without an answer.
    is_maybe_done: bool,
    /// Tokens of leases that may have been given back, and from when on.
    pub(super) returned: Vec<(u64, u64)>,
    pub(super) is_remaining: bool,
}

impl<'a> Lives<'a> {
    pub(super) fn of(history: &'a History, remaining: &[u64]) -> Self {
        let mut lives = Self::default();
        for event in history {
            lives.add(event);
        }
        for item in remaining {
            lives.life(*item).is_remaining = true;
        }
        for life in lives.items.values_mut() {
            life.takes.sort_by_key(|(taken, _)| taken.token);
        }
        lives
    }

    fn life(&mut self, item: u64) -> &mut Life<'a> {
        self.items.entry(item).or_default()
    }

    fn add(&mut self, event: &'a One) {
        let answer = event.answer.map(|(_, answer)| answer);
        match (event.operation, answer) {
            (Operation::Push { item }, answer) => {
                let life = self.life(item);
                life.push_called = Some(event.called);
                life.pushed = answer.map(|_| event);
            }
            (Operation::Take { .. }, Some(Answer::Taken(Some(taken)))) => {
                self.life(taken.item).takes.push((taken, event));
            }
            (Operation::Take { .. }, None) => self.are_takes_unseen = true,
            (Operation::Acknowledge { item, token }, Some(Answer::Acknowledged(true))) => {
                let life = self.life(item);
                life.done.push(event);
                life.acknowledged = Some((event, token));
            }
            (Operation::Acknowledge { item, .. }, None) => self.life(item).is_maybe_done = true,
            (Operation::Return { item, token }, None | Some(Answer::Returned(true))) => {
                self.life(item).returned.push((token, event.called));
            }
            (Operation::Pop, Some(Answer::Popped(Some(item)))) => self.life(item).done.push(event),
            (Operation::Pop, None) => {
                self.are_takes_unseen = true;
                self.pops_unseen += 1;
            }
            _ => {}
        }
    }
}

impl<'a> Life<'a> {
    /// All times that the item came out.
    pub(super) fn outs(&self) -> impl Iterator<Item = &'a One> {
        let takes = self.takes.iter().map(|(_, take)| *take);
        let pops = self.done.iter().copied().filter(|done| done.operation == Operation::Pop);
        takes.chain(pops)
    }

    /// When the first call that got the item began.
    pub(super) fn first_out(&self) -> Option<u64> {
        self.outs().map(|out| out.called).min()
    }

    /// It was pushed for certain, is not there, and nobody can have ended it.
    pub(super) fn is_lost(&self) -> bool {
        self.pushed.is_some() && self.done.is_empty() && !self.is_remaining && !self.is_maybe_done
    }
}
