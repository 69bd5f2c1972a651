//! Decides which items go to which member, and which results are given out. Pure: time comes in.
//!
//! A chunk is held from the moment it is cut until its results are given out, so what is held is
//! bounded by not cutting. A chunk may be under way on several members at once; the first answer
//! counts, whatever the others say later.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use state::NodeId;

use super::cutter::Cut;
use super::{ItemError, OnError, Order, Part};
use crate::limits;
use crate::tasks::FMapError;
use crate::tasks::message::Items;
use crate::tasks::roster::{Aside, Roster, Takers};

/// Chunks and members.
#[derive(Debug)]
pub(super) struct Plan {
    order: Order,
    on_error: OnError,
    hands: BTreeMap<NodeId, Hand>,
    roster: Roster,
    /// By the index of the first item.
    chunks: BTreeMap<u64, Chunk>,
    /// Chunks that are nowhere under way and not done.
    waiting: BTreeSet<u64>,
    /// Chunks whose results are here.
    done: BTreeSet<u64>,
    held_bytes: usize,
    last_attempt: u64,
    /// The first item that is known to have failed, when that ends all.
    failed_index: Option<u64>,
}

/// A member that works.
#[derive(Debug)]
struct Hand {
    running: usize,
    window: usize,
    /// Items of its next chunk.
    wants: u64,
    /// What its items cost last.
    item_us: Option<u64>,
    /// Failures since it last gave an answer.
    failures: u32,
    rests_until_ms: u64,
}

#[derive(Debug)]
struct Chunk {
    items: u64,
    lines: Arc<str>,
    attempts: Vec<Attempt>,
    lost: u32,
    done: Option<Part>,
}

#[derive(Debug, Clone, Copy)]
struct Attempt {
    id: u64,
    on: NodeId,
    began_ms: u64,
}

/// Items on their way to a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Dispatch {
    /// Names the call.
    pub attempt: u64,
    pub member: NodeId,
    /// Whether it shall take them although it is drained.
    pub insists: bool,
    pub first_index: u64,
    pub lines: Arc<str>,
}

/// A member that gets items.
#[derive(Debug, Clone, Copy)]
struct Taker {
    member: NodeId,
    insists: bool,
}

/// A call that came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Call {
    pub attempt: u64,
    pub member: NodeId,
    pub first_index: u64,
}

impl Plan {
    pub(super) fn new(order: Order, on_error: OnError) -> Self {
        Self {
            order,
            on_error,
            hands: BTreeMap::new(),
            roster: Roster::default(),
            chunks: BTreeMap::new(),
            waiting: BTreeSet::new(),
            done: BTreeSet::new(),
            held_bytes: 0,
            last_attempt: 0,
            failed_index: None,
        }
    }

    /// These members work from now on, and no others.
    pub(super) fn set_members(&mut self, members: &BTreeSet<NodeId>) {
        self.hands.retain(|id, _| members.contains(id));
        for id in members {
            self.hands.entry(*id).or_insert_with(Hand::new);
        }
    }

    /// Whether there are members, and none of them has got the function.
    pub(super) fn is_stranded(&self) -> bool {
        let takers = self.roster.takers(self.hands.keys().copied(), 0);
        takers.members.is_empty() && !self.hands.is_empty()
    }

    /// Whether nothing is under way and nothing waits to be given out.
    pub(super) fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }

    /// Whether more items may be cut.
    pub(super) fn has_room(&self) -> bool {
        self.held_bytes < limits::HELD_BYTES_MAX
            && self.chunks.len() < limits::HELD_CHUNKS_MAX
            && self.failed_index.is_none()
    }

    /// How many items the next free member wants; none when no member is free.
    pub(super) fn wanted(&self, now_ms: u64) -> Option<u64> {
        let taker = self.free(now_ms, None)?;
        self.hands.get(&taker.member).map(|hand| hand.wants)
    }

    /// Sends something that was cut before: what was lost, or what a member is too slow with.
    pub(super) fn send_again(&mut self, now_ms: u64) -> Option<Dispatch> {
        let first = self.waiting.first().copied();
        if let Some(first) = first.filter(|first| self.matters(*first)) {
            let taker = self.free(now_ms, None)?;
            self.waiting.remove(&first);
            return self.dispatch(first, taker, now_ms);
        }
        let (first, taker) = self.straggler(now_ms)?;
        self.dispatch(first, taker, now_ms)
    }

    /// Sends new items to the next free member.
    pub(super) fn send_new(&mut self, cut: Cut, now_ms: u64) -> Option<Dispatch> {
        let Cut { first_index, items, lines } = cut;
        self.held_bytes += lines.len();
        let chunk = Chunk { items, lines, attempts: Vec::new(), lost: 0, done: None };
        self.chunks.insert(first_index, chunk);
        match self.free(now_ms, None) {
            Some(taker) => self.dispatch(first_index, taker, now_ms),
            None => {
                self.waiting.insert(first_index);
                None
            }
        }
    }

    /// Whether an answer can be one to the call.
    pub(super) fn fits(&self, call: Call, answer: &Items) -> bool {
        let asked = self.chunks.get(&call.first_index).map(|chunk| chunk.items);
        let range = call.first_index..call.first_index.saturating_add(answer.items);
        let lines = answer.lines.bytes().filter(|byte| *byte == b'\n').count();
        answer.items > 0
            && asked.is_none_or(|asked| answer.items <= asked)
            && crate::count(lines) == answer.items
            && answer.errors.is_sorted_by(|(one, _), (two, _)| one < two)
            && answer.errors.iter().all(|(index, _)| range.contains(index))
    }

    /// Takes the results of a call; gives the calls for the same items, which nobody waits for.
    pub(super) fn done(&mut self, call: Call, answer: Items, now_ms: u64) -> Vec<u64> {
        self.rate(call.member, &answer);
        let first = call.first_index;
        let next = first + answer.items;
        let Some(chunk) = self.chunks.get_mut(&first).filter(|chunk| chunk.done.is_none()) else {
            return Vec::new();
        };
        let others: Vec<Attempt> =
            chunk.attempts.drain(..).filter(|attempt| attempt.id != call.attempt).collect();
        for attempt in &others {
            if let Some(hand) = self.hands.get_mut(&attempt.on) {
                hand.running = hand.running.saturating_sub(1);
                hand.rest(now_ms);
            }
        }
        self.held_bytes -= chunk.lines.len();
        let part = part(first, answer, &chunk.lines);
        let rest = chunk.split_off(part.items);
        self.held_bytes += size(&part) + rest.as_ref().map_or(0, |rest| rest.lines.len());
        if let Some(error) = part.errors.first()
            && self.on_error == OnError::Stop
        {
            let known = self.failed_index.unwrap_or(u64::MAX);
            self.failed_index = Some(known.min(error.index));
        }
        chunk.done = Some(part);
        if let Some(rest) = rest {
            self.chunks.insert(next, rest);
            self.waiting.insert(next);
        }
        self.waiting.remove(&first);
        self.done.insert(first);
        others.into_iter().map(|attempt| attempt.id).collect()
    }

    /// A call brought nothing, and its items go to another member.
    ///
    /// # Errors
    ///
    /// [`FMapError::Lost`] when that happened too often.
    pub(super) fn lost(&mut self, call: Call, why: &str, now_ms: u64) -> Result<(), FMapError> {
        if let Some(hand) = self.hands.get_mut(&call.member) {
            hand.running = hand.running.saturating_sub(1);
            hand.rest(now_ms);
        }
        let index = call.first_index;
        let Some(chunk) = self.give_back(call) else { return Ok(()) };
        chunk.lost += 1;
        if chunk.attempts.is_empty() && chunk.lost >= limits::CHUNK_ATTEMPTS_MAX {
            let (attempts, reason) = (chunk.lost, why.to_owned());
            return Err(FMapError::Lost { index, attempts, reason });
        }
        Ok(())
    }

    /// The member does not take work, and its items go to others.
    pub(super) fn put_aside(&mut self, call: Call, why: Aside) {
        self.roster.put_aside(call.member, why);
        if let Some(hand) = self.hands.get_mut(&call.member) {
            hand.running = hand.running.saturating_sub(1);
        }
        self.give_back(call);
    }

    /// The chunk of a call that brought nothing; it waits again when it is nowhere under way.
    fn give_back(&mut self, call: Call) -> Option<&mut Chunk> {
        let index = call.first_index;
        let chunk = self.chunks.get_mut(&index).filter(|chunk| chunk.done.is_none())?;
        chunk.attempts.retain(|attempt| attempt.id != call.attempt);
        if chunk.attempts.is_empty() {
            self.waiting.insert(index);
        }
        Some(chunk)
    }

    /// The next results to give out, and what ends all after them: an item failed.
    pub(super) fn take(&mut self) -> Option<(Part, Option<FMapError>)> {
        let first = match self.order {
            Order::Input => self.chunks.keys().next().copied(),
            Order::Done => self.done.first().copied(),
        };
        let first_index = first.filter(|first| self.done.remove(first))?;
        let mut part = self.chunks.remove(&first_index)?.done?;
        self.held_bytes -= size(&part);
        let failed = part.errors.first().filter(|_| self.on_error == OnError::Stop).cloned();
        let failed = failed.map(|ItemError { index, item, text }| {
            keep_before(&mut part, index - first_index);
            FMapError::Item { index, item, text }
        });
        Some((part, failed))
    }

    /// Whether the results of the chunk will be given out.
    fn matters(&self, first: u64) -> bool {
        self.failed_index.is_none_or(|failed| first < failed)
    }

    /// The member that has most room, but not this one.
    fn free(&self, now_ms: u64, but: Option<NodeId>) -> Option<Taker> {
        let Takers { members, insists } = self.roster.takers(self.hands.keys().copied(), now_ms);
        let free = self.hands.iter().filter(|(id, hand)| {
            let has_room = hand.running < hand.window && hand.rests_until_ms <= now_ms;
            has_room && Some(**id) != but && members.contains(id)
        });
        let most = free.min_by(|(_, one), (_, two)| {
            (one.running * two.window).cmp(&(two.running * one.window))
        });
        most.map(|(id, _)| Taker { member: *id, insists })
    }

    /// The first chunk that takes too long where it is, and a member that is free for it.
    fn straggler(&self, now_ms: u64) -> Option<(u64, Taker)> {
        let slowest_us = self.hands.values().filter_map(|hand| hand.item_us).max();
        let (first, attempt, items) = self.chunks.iter().find_map(|(first, chunk)| {
            match (chunk.attempts.as_slice(), &chunk.done) {
                ([attempt], None) if self.matters(*first) => Some((*first, *attempt, chunk.items)),
                _ => None,
            }
        })?;
        let limit_ms = match slowest_us {
            None => limits::CHUNK_MS_MAX,
            Some(us) => {
                let expected_ms = us.saturating_mul(items) / 1_000;
                let patience_ms = expected_ms.saturating_mul(limits::STRAGGLER_FACTOR);
                patience_ms.max(limits::STRAGGLER_MS_MIN)
            }
        };
        if now_ms.saturating_sub(attempt.began_ms) <= limit_ms {
            return None;
        }
        self.free(now_ms, Some(attempt.on)).map(|taker| (first, taker))
    }

    fn dispatch(&mut self, first_index: u64, taker: Taker, now_ms: u64) -> Option<Dispatch> {
        let Taker { member, insists } = taker;
        let chunk = self.chunks.get_mut(&first_index)?;
        let hand = self.hands.get_mut(&member)?;
        self.last_attempt += 1;
        let attempt = self.last_attempt;
        chunk.attempts.push(Attempt { id: attempt, on: member, began_ms: now_ms });
        hand.running += 1;
        let lines = Arc::clone(&chunk.lines);
        Some(Dispatch { attempt, member, insists, first_index, lines })
    }

    /// Learns from an answer how much the member takes.
    fn rate(&mut self, member: NodeId, answer: &Items) {
        let Some(hand) = self.hands.get_mut(&member) else { return };
        hand.running = hand.running.saturating_sub(1);
        hand.failures = 0;
        hand.rests_until_ms = 0;
        let contexts = usize::try_from(answer.contexts).unwrap_or(usize::MAX).max(1);
        let window = contexts.saturating_mul(limits::WINDOW_PER_CONTEXT);
        hand.window = window.clamp(limits::WINDOW_FIRST, limits::WINDOW_MAX);
        let items = answer.items.max(1);
        hand.item_us = Some(answer.compute_ms.saturating_mul(1_000) / items);
        let most = items.saturating_mul(limits::CHUNK_GROWTH_MAX);
        let fits = (items * limits::CHUNK_MS).checked_div(answer.compute_ms).unwrap_or(most);
        let wants = fits.clamp(1, most).min(limits::CHUNK_ITEMS_MAX);
        // A chunk that was short for want of items says nothing against larger ones.
        let is_short = answer.compute_ms * 2 < limits::CHUNK_MS;
        hand.wants = if is_short { wants.max(hand.wants) } else { wants };
    }
}

impl Hand {
    fn new() -> Self {
        Self {
            running: 0,
            window: limits::WINDOW_FIRST,
            wants: limits::CHUNK_ITEMS_FIRST,
            item_us: None,
            failures: 0,
            rests_until_ms: 0,
        }
    }

    /// Gets nothing for a while.
    fn rest(&mut self, now_ms: u64) {
        let doubled = limits::REST_MS_MIN.saturating_mul(1 << self.failures.min(16));
        self.failures = self.failures.saturating_add(1);
        self.rests_until_ms = now_ms + doubled.min(limits::REST_MS_MAX);
    }
}

impl Chunk {
    /// Keeps `items` items without their text, and gives the others as a chunk that waits.
    fn split_off(&mut self, items: u64) -> Option<Self> {
        let lines = std::mem::replace(&mut self.lines, Arc::from(""));
        let left = self.items.checked_sub(items).filter(|left| *left > 0)?;
        self.items = items;
        let ends = lines.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let skip = usize::try_from(items).unwrap_or(usize::MAX).saturating_sub(1);
        let end = ends.map(|(place, _)| place + 1).nth(skip)?;
        let lines = lines.get(end..).unwrap_or_default().into();
        Some(Self { items: left, lines, attempts: Vec::new(), lost: 0, done: None })
    }
}

/// The results of items, of which those that failed say how they begin.
fn part(first_index: u64, answer: Items, asked: &str) -> Part {
    let Items { items, lines, errors, .. } = answer;
    let mut asked = (first_index..).zip(asked.split_terminator('\n'));
    let errors = errors.into_iter().map(|(index, text)| {
        let item = asked.find(|(at, _)| *at == index).map_or("", |(_, line)| line);
        ItemError { index, item: beginning(item), text }
    });
    Part { first_index, items, lines, errors: errors.collect() }
}

fn beginning(item: &str) -> String {
    let end = item.floor_char_boundary(limits::ITEM_SHOWN_BYTES_MAX);
    match item.split_at_checked(end) {
        Some((shown, rest)) if !rest.is_empty() => format!("{shown}..."),
        _ => item.to_owned(),
    }
}

/// What the results of a chunk take, in bytes.
fn size(part: &Part) -> usize {
    let errors = part.errors.iter().map(|error| error.item.len() + error.text.len());
    part.lines.len() + errors.sum::<usize>()
}

/// Leaves only the first `items` results, none of which failed.
fn keep_before(part: &mut Part, items: u64) {
    let count = usize::try_from(items).unwrap_or(usize::MAX);
    let end = part.lines.split_inclusive('\n').take(count).map(str::len).sum();
    part.lines.truncate(end);
    part.errors.clear();
    part.items = items;
}

#[cfg(test)]
mod tests;
