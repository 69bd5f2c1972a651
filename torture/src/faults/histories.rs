//! What clients saw, thing by thing, and the check that it can be explained.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::path::Path;

use sim::linearizability::{Event, Model, check};
use sim::models::counter::{self, Counter};
use sim::models::entry::{self, MapEntry};
use sim::models::lock::{self, Lock};
use sim::models::queue;

/// The histories of all things of one kind, by name.
pub(super) type ByName<O, A> = BTreeMap<String, Vec<Event<O, A>>>;

/// What some clients saw.
#[derive(Debug, Default)]
pub(super) struct Histories {
    pub(super) entries: ByName<entry::Operation, entry::Answer>,
    pub(super) counters: ByName<counter::Operation, i64>,
    pub(super) locks: ByName<lock::Operation, lock::Answer>,
    pub(super) queues: ByName<queue::Operation, queue::Answer>,
    /// Noes for good, which nothing here calls for.
    pub(super) refused: Vec<String>,
}

impl Histories {
    /// Adds what another client saw.
    pub(super) fn absorb(&mut self, other: Self) {
        absorb(&mut self.entries, other.entries);
        absorb(&mut self.counters, other.counters);
        absorb(&mut self.locks, other.locks);
        absorb(&mut self.queues, other.queues);
        self.refused.extend(other.refused);
    }

    /// Operations that were answered, and those that were not.
    pub(super) fn counts(&self) -> (usize, usize) {
        let counts =
            [count(&self.entries), count(&self.counters), count(&self.locks), count(&self.queues)];
        counts.iter().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1))
    }

    pub(super) fn things(&self) -> usize {
        self.entries.len() + self.counters.len() + self.locks.len() + self.queues.len()
    }

    /// What cannot be explained. `remaining` are the items that are left in the queues.
    pub(super) fn violations(&self, remaining: &BTreeMap<String, Vec<u64>>) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        found.extend(self.refused.iter().map(|text| format!("refused: {text}")));
        found.extend(unexplained("entry", &MapEntry, &self.entries));
        found.extend(unexplained("counter", &Counter, &self.counters));
        found.extend(unexplained("lock", &Lock { leases_end: false }, &self.locks));
        for (name, history) in &self.queues {
            let left = remaining.get(name).map(Vec::as_slice).unwrap_or_default();
            if let Err(violation) = queue::check(history, left) {
                found.push(format!("queue {name}: {violation}"));
            }
        }
        found
    }

    /// Writes all histories into a file, a line for each operation.
    pub(super) fn save(&self, file: &Path) -> anyhow::Result<()> {
        let mut text = String::new();
        write(&mut text, &self.entries);
        write(&mut text, &self.counters);
        write(&mut text, &self.locks);
        write(&mut text, &self.queues);
        Ok(std::fs::write(file, text)?)
    }
}

fn absorb<O, A>(into: &mut ByName<O, A>, from: ByName<O, A>) {
    for (name, history) in from {
        into.entry(name).or_default().extend(history);
    }
}

fn count<O, A>(histories: &ByName<O, A>) -> (usize, usize) {
    let events = || histories.values().flatten();
    let answered = events().filter(|event| event.answer.is_some()).count();
    (answered, events().count() - answered)
}

fn unexplained<M: Model>(
    kind: &str,
    model: &M,
    histories: &ByName<M::Operation, M::Answer>,
) -> Vec<String> {
    let wrong = histories.iter().filter_map(|(name, history)| {
        let violation = check(model, history).err()?;
        Some(format!("{kind} {name}: {violation}"))
    });
    wrong.collect()
}

fn write<O: Debug, A: Debug>(text: &mut String, histories: &ByName<O, A>) {
    for (name, history) in histories {
        for Event { client, called, operation, answer } in history {
            text.push_str(&format!("{name} client {client} at {called}: {operation:?}"));
            match answer {
                Some((at, answer)) => text.push_str(&format!(" -> {answer:?} at {at}\n")),
                None => text.push_str(" -> nobody knows\n"),
            }
        }
    }
}
