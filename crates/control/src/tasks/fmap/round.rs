//! A chunk of keys, each to the member where it lives.
//!
//! To the plan all members together are one: it says how many keys are under way, and in which
//! order results are given out. A round divides a chunk among the members; what a member cannot do
//! goes to those that come next for its keys, and nobody else has them meanwhile.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::future::join_all;
use model::clock::Clock;
use model::fault::Kind;
use net::transport::Refusal;
use state::NodeId;

use crate::limits;
use crate::tasks::crew::{Crew, Mate, may_be_tried_again};
use crate::tasks::errand::Errand;
use crate::tasks::error::{LIMIT, UNKNOWN};
use crate::tasks::message::{Chunk, Items};
use crate::tasks::roster::{Aside, Roster, Takers};
use crate::tasks::{Function, keys};

/// A chunk of keys under way.
pub(super) struct Round {
    pub crew: Arc<Crew>,
    pub mates: Vec<Mate>,
    /// What members said, the same for all rounds of a task.
    pub roster: Arc<Mutex<Roster>>,
    pub function: Function,
    pub map: String,
    pub chunk: Chunk,
    pub timeout: Duration,
    pub clock: Arc<dyn Clock>,
}

/// The result of a key.
type Done = Result<String, String>;

/// Results by the place of their keys, and what they cost.
struct Tally {
    done: Vec<Option<Done>>,
    stop_at_error: bool,
    compute_ms: u64,
    contexts: u32,
}

impl Round {
    /// The results of the first keys: of all, unless members were lost or a key has failed.
    pub(super) async fn run(self) -> Result<Items, Refusal> {
        let lines = Arc::clone(&self.chunk.lines);
        let keys: Vec<&str> = lines.lines().collect();
        let mut tally = Tally::new(keys.len(), self.chunk.stop_at_error);
        let mut lost = BTreeMap::new();
        loop {
            let open = tally.open();
            let Takers { mut members, insists } = self.takers();
            members.retain(|id| !lost.contains_key(id));
            if open.is_empty() || members.is_empty() {
                break;
            }
            let groups = self.divided(&open, &keys, &members);
            let asked = groups.into_iter().filter_map(|(member, places)| {
                let errand = self.errand(member, &places, &keys, insists)?;
                Some(async move { (member, places, errand.run().await) })
            });
            for (member, places, result) in join_all(asked).await {
                if let Some(refusal) = self.settle(&mut tally, member, &places, result)? {
                    lost.insert(member, refusal);
                }
            }
        }
        let items = tally.items(self.chunk.first_index);
        let why = lost.into_values().next();
        if items.items > 0 { Ok(items) } else { Err(why.unwrap_or_else(|| self.nobody())) }
    }

    fn takers(&self) -> Takers {
        let roster = self.roster.lock().unwrap_or_else(PoisonError::into_inner);
        roster.takers(self.mates.iter().map(|mate| mate.id), self.clock.monotonic_ms())
    }

    /// Which keys live where.
    fn divided(
        &self,
        open: &[usize],
        keys: &[&str],
        members: &BTreeSet<NodeId>,
    ) -> BTreeMap<NodeId, Vec<usize>> {
        let mut groups: BTreeMap<NodeId, Vec<usize>> = BTreeMap::new();
        for place in open {
            let home = keys.get(*place).and_then(|key| keys::home(&self.map, key, members));
            if let Some(home) = home {
                groups.entry(home).or_default().push(*place);
            }
        }
        groups
    }

    fn errand(
        &self,
        member: NodeId,
        places: &[usize],
        keys: &[&str],
        insists: bool,
    ) -> Option<Errand> {
        let mate = self.mates.iter().find(|mate| mate.id == member)?;
        let keys = places.iter().filter_map(|place| keys.get(*place).copied());
        let lines: String = keys.flat_map(|key| [key, "\n"]).collect();
        Some(Errand {
            crew: Arc::clone(&self.crew),
            mate: mate.clone(),
            function: self.function.clone(),
            insists,
            keys_of: Some(self.map.clone()),
            chunk: Chunk { lines: lines.into(), ..self.chunk.clone() },
            timeout: self.timeout,
        })
    }

    /// Takes what a member answered; gives the reason when it was lost.
    fn settle(
        &self,
        tally: &mut Tally,
        member: NodeId,
        places: &[usize],
        result: Result<Items, Refusal>,
    ) -> Result<Option<Refusal>, Refusal> {
        let now_ms = self.clock.monotonic_ms();
        let refusal = match result {
            Ok(items) if tally.take(places, &items, self.chunk.first_index) => return Ok(None),
            Ok(_) => {
                let text = "the answer does not fit the keys".to_owned();
                Refusal::new("PEER_UNANSWERED", Kind::Unavailable, text)
            }
            Err(refusal) if refusal.code == LIMIT => {
                tally.fail(places, refusal.text);
                return Ok(None);
            }
            Err(refusal) => refusal,
        };
        let mut roster = self.roster.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(aside) = Aside::told(&refusal, &self.function, now_ms) {
            roster.put_aside(member, aside);
            return Ok(None);
        }
        if !may_be_tried_again(&refusal) {
            return Err(refusal);
        }
        tracing::debug!(%member, code = refusal.code, "a member lost its keys");
        let until_ms = now_ms + limits::KEYS_LOST_MS;
        roster.put_aside(member, Aside::Away { until_ms });
        Ok(Some(refusal))
    }

    /// What is said when there is nobody to ask.
    fn nobody(&self) -> Refusal {
        match &self.function {
            Function::Native(name) => {
                let text = format!("no member has registered `{}`", name.as_str());
                Refusal::new(UNKNOWN, Kind::NotFound, text)
            }
            Function::Script(_) => {
                let text = "no member takes work".to_owned();
                Refusal::new("PEER_UNANSWERED", Kind::Unavailable, text)
            }
        }
    }
}

impl Tally {
    fn new(keys: usize, stop_at_error: bool) -> Self {
        Self { done: vec![None; keys], stop_at_error, compute_ms: 0, contexts: u32::MAX }
    }

    /// The places of the keys that are still to be done.
    fn open(&self) -> Vec<usize> {
        let until_error = self
            .done
            .iter()
            .position(|done| self.stop_at_error && done.as_ref().is_some_and(Result::is_err));
        let all = self.done.iter().take(until_error.unwrap_or(self.done.len())).enumerate();
        all.filter(|(_, done)| done.is_none()).map(|(place, _)| place).collect()
    }

    /// Takes the results of the first of some keys; whether there are any.
    fn take(&mut self, places: &[usize], items: &Items, first_index: u64) -> bool {
        self.compute_ms += items.compute_ms;
        self.contexts = self.contexts.min(items.contexts);
        let count = usize::try_from(items.items).unwrap_or(usize::MAX);
        let mut errors = items.errors.iter().peekable();
        let lines = items.lines.lines().take(count);
        for ((index, place), line) in (first_index..).zip(places).zip(lines) {
            let error = errors.next_if(|(at, _)| *at == index);
            let done = error.map_or_else(|| Ok(line.to_owned()), |(_, text)| Err(text.clone()));
            if let Some(open) = self.done.get_mut(*place) {
                *open = Some(done);
            }
        }
        count > 0 && !items.lines.is_empty()
    }

    /// The first of some keys has broken a limit.
    fn fail(&mut self, places: &[usize], text: String) {
        if let Some(open) = places.first().and_then(|place| self.done.get_mut(*place)) {
            *open = Some(Err(text));
        }
    }

    /// The results of the first keys, up to one that is open, or that failed and ends all.
    fn items(self, first_index: u64) -> Items {
        let contexts = if self.contexts == u32::MAX { 1 } else { self.contexts };
        let mut items = Items { compute_ms: self.compute_ms, contexts, ..Items::default() };
        for (index, done) in (first_index..).zip(self.done.into_iter().map_while(|done| done)) {
            items.items += 1;
            let has_failed = done.is_err();
            match done {
                Ok(line) => items.lines.push_str(&line),
                Err(text) => items.errors.push((index, text)),
            }
            items.lines.push('\n');
            if has_failed && self.stop_at_error {
                break;
            }
        }
        items
    }
}

#[cfg(test)]
mod tests;
