//! Who on this node waits for a name to grow, and who listens to which channel.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use structures::{Event, Notice, glob};
use tokio::sync::{Notify, mpsc};

use super::clients::Client;
use super::tracking::{self, Others, Own, Tracked, Trackers};
use crate::limits;

/// Everybody on this node who wants to be told of something.
#[derive(Debug, Default)]
pub(super) struct Hub {
    ears: Mutex<Ears>,
    /// Whether somebody keeps what he reads.
    tracks: AtomicBool,
}

#[derive(Debug, Default)]
struct Ears {
    waiting: BTreeMap<Bytes, VecDeque<Arc<Waiting>>>,
    channels: BTreeMap<Bytes, BTreeMap<u64, Listener>>,
    patterns: BTreeMap<Bytes, BTreeMap<u64, Listener>>,
    shards: BTreeMap<Bytes, BTreeMap<u64, Listener>>,
    trackers: Trackers,
}

/// A command that waits for a name.
#[derive(Debug)]
struct Waiting {
    woken: Notify,
    was_woken: AtomicBool,
    lane: Lane,
}

/// Who stands in whose way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Lane {
    /// What comes is for all, and does not go away.
    Shared,
    /// Those who pop from lists take from each other,
    List,
    /// so do those who pop from sorted sets,
    SortedSet,
    /// and the consumers of one group.
    Group(Bytes),
}

impl Waiting {
    fn wake(&self) {
        self.was_woken.store(true, Ordering::Relaxed);
        self.woken.notify_one();
    }
}

/// A connection that listens.
#[derive(Debug, Clone)]
pub(super) struct Listener {
    pub(super) client: Arc<Client>,
    pub(super) messages: mpsc::Sender<Heard>,
    /// Bytes of the messages that wait for it.
    pub(super) waiting_bytes: Arc<AtomicUsize>,
}

impl Listener {
    pub(super) fn hear(&self, message: Heard) {
        let bytes = message.bytes();
        let waiting = self.waiting_bytes.fetch_add(bytes, Ordering::Relaxed);
        let is_too_much = waiting + bytes > limits::MESSAGES_BYTES_MAX;
        if is_too_much || self.messages.try_send(message).is_err() {
            // Whoever does not listen must not keep others waiting, nor fill the memory.
            self.client.cut();
        }
    }
}

/// What a listener hears.
#[derive(Debug, Clone)]
pub(super) enum Heard {
    Message(Message),
    Invalid(Invalid),
}

impl Heard {
    /// What it takes of the memory that messages may take.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Message(message) => message.message.len(),
            Self::Invalid(invalid) => invalid.name.as_ref().map_or(0, Bytes::len),
        }
    }
}

/// What was read under a name is not so any more.
#[derive(Debug, Clone)]
pub(super) struct Invalid {
    /// None: under any name.
    pub(super) name: Option<Bytes>,
    pub(super) revision: u64,
    /// The changes of the connection that read it.
    pub(super) own: Arc<Own>,
    /// Whether another connection read it.
    pub(super) is_redirected: bool,
}

/// What is said on a channel.
#[derive(Debug, Clone)]
pub(super) struct Message {
    pub(super) kind: Kind,
    /// The pattern by which it heard it.
    pub(super) pattern: Option<Bytes>,
    pub(super) channel: Bytes,
    pub(super) message: Bytes,
}

/// The ways to listen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Channel,
    Pattern,
    /// A channel of a name space of its own.
    Shard,
}

impl Kind {
    pub(super) const ALL: [Self; 3] = [Self::Channel, Self::Pattern, Self::Shard];
}

impl Hub {
    fn ears(&self) -> MutexGuard<'_, Ears> {
        self.ears.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells everybody what changed.
    pub(super) fn tell(&self, notices: &[Notice]) {
        let mut ears = None;
        let tracks = self.tracks.load(Ordering::Acquire);
        for notice in notices {
            let interests = matches!(
                notice.event,
                Event::Grown
                    | Event::Dropped { .. }
                    | Event::GroupDropped { .. }
                    | Event::Published { .. }
                    | Event::PublishedApart { .. }
            );
            if interests {
                ears.get_or_insert_with(|| self.ears()).tell(notice);
            }
            if tracks {
                ears.get_or_insert_with(|| self.ears()).invalidate(|trackers, others| {
                    trackers.notice(notice, &others);
                });
            }
        }
    }

    /// Some changes were missed: whoever waits must look for himself.
    pub(super) fn wake_all(&self) {
        let mut ears = self.ears();
        ears.waiting.values().flatten().for_each(|waiting| waiting.wake());
        ears.invalidate(|trackers, others| trackers.forget_all(0, &others));
    }

    /// Waits in line for any of these names to grow.
    pub(super) fn wait(&self, names: &[Bytes], lane: Lane) -> Waiter<'_> {
        let (woken, was_woken) = (Notify::new(), AtomicBool::new(false));
        let waiting = Arc::new(Waiting { woken, was_woken, lane });
        // Copies: the names must not keep alive what the connection read them from.
        let names: Vec<Bytes> = names.iter().map(|name| Bytes::copy_from_slice(name)).collect();
        let mut ears = self.ears();
        for name in &names {
            ears.waiting.entry(name.clone()).or_default().push_back(Arc::clone(&waiting));
        }
        drop(ears);
        Waiter { hub: self, names, waiting }
    }

    /// Tells a connection from now on when what it read has changed.
    pub(super) fn track(&self, tracked: &Tracked, listener: Listener) {
        let mut ears = self.ears();
        ears.trackers.enter(tracked, listener);
        self.tracks.store(true, Ordering::Release);
    }

    pub(super) fn untrack(&self, client: u64) {
        let mut ears = self.ears();
        ears.trackers.leave(client);
        self.tracks.store(!ears.trackers.is_empty(), Ordering::Release);
    }

    /// Remembers that a connection reads these names now.
    pub(super) fn reads(&self, client: u64, names: Vec<Bytes>) {
        self.ears().invalidate(|trackers, others| trackers.read(client, names, &others));
    }

    pub(super) fn listen(&self, kind: Kind, name: &Bytes, listener: Listener) {
        let id = listener.client.id;
        self.ears().of(kind).entry(name.clone()).or_default().insert(id, listener);
    }

    pub(super) fn ignore(&self, kind: Kind, name: &Bytes, client: u64) {
        let mut ears = self.ears();
        let of = ears.of(kind);
        if let Some(listeners) = of.get_mut(name) {
            listeners.remove(&client);
            if listeners.is_empty() {
                of.remove(name);
            }
        }
    }

    /// How many hear what is said on a channel; by each pattern once more.
    pub(super) fn listeners(&self, channel: &Bytes) -> usize {
        self.ears().hearing(channel).count()
    }

    /// The channels of a kind that somebody listens to.
    pub(super) fn channels(&self, kind: Kind, matching: Option<&[u8]>) -> Vec<Bytes> {
        let mut ears = self.ears();
        let matches =
            |channel: &&Bytes| matching.is_none_or(|pattern| glob::matches(pattern, channel));
        ears.of(kind).keys().filter(matches).cloned().collect()
    }

    pub(super) fn subscribers(&self, kind: Kind, channel: &Bytes) -> usize {
        self.ears().of(kind).get(channel).map_or(0, BTreeMap::len)
    }

    pub(super) fn patterns(&self) -> usize {
        self.ears().patterns.len()
    }
}

impl Ears {
    fn of(&mut self, kind: Kind) -> &mut BTreeMap<Bytes, BTreeMap<u64, Listener>> {
        match kind {
            Kind::Channel => &mut self.channels,
            Kind::Pattern => &mut self.patterns,
            Kind::Shard => &mut self.shards,
        }
    }

    /// Lets those who keep what they read know something.
    fn invalidate(&mut self, tell: impl FnOnce(&mut Trackers, Others<'_>)) {
        let Self { trackers, channels, .. } = self;
        if !trackers.is_empty() {
            tell(trackers, channels.get(tracking::CHANNEL));
        }
    }

    fn tell(&self, notice: &Notice) {
        match &notice.event {
            Event::Published { message } => {
                for (pattern, listener) in self.hearing(&notice.name) {
                    let (channel, message) = (notice.name.clone(), message.clone());
                    let kind = if pattern.is_some() { Kind::Pattern } else { Kind::Channel };
                    let pattern = pattern.cloned();
                    listener.hear(Heard::Message(Message { kind, pattern, channel, message }));
                }
            }
            Event::PublishedApart { message } => {
                let listeners = self.shards.get(&notice.name).into_iter().flatten();
                for (_, listener) in listeners {
                    let (channel, message) = (notice.name.clone(), message.clone());
                    let (kind, pattern) = (Kind::Shard, None);
                    listener.hear(Heard::Message(Message { kind, pattern, channel, message }));
                }
            }
            Event::Dropped { .. } | Event::GroupDropped { .. } => {
                let waiting = self.waiting.get(&notice.name).into_iter().flatten();
                waiting.for_each(|waiting| waiting.wake());
            }
            _ => self.wake(&notice.name),
        }
    }

    /// Wakes all who share what came, and the first in each lane of those who take it away.
    fn wake(&self, name: &Bytes) {
        let mut lanes: Vec<&Lane> = Vec::new();
        for waiting in self.waiting.get(name).into_iter().flatten() {
            if waiting.lane == Lane::Shared {
                waiting.wake();
            } else if !lanes.contains(&&waiting.lane) {
                lanes.push(&waiting.lane);
                waiting.wake();
            }
        }
    }

    /// Who hears what is said on a channel, and by which pattern.
    fn hearing<'a>(
        &'a self,
        channel: &'a Bytes,
    ) -> impl Iterator<Item = (Option<&'a Bytes>, &'a Listener)> {
        let direct = self.channels.get(channel).into_iter().flat_map(BTreeMap::values);
        let patterns = self.patterns.iter().filter(|(pattern, _)| glob::matches(pattern, channel));
        let by_pattern = patterns.flat_map(|(pattern, listeners)| {
            listeners.values().map(move |listener| (Some(pattern), listener))
        });
        direct.map(|listener| (None, listener)).chain(by_pattern)
    }
}

/// A place in the lines of some names; it is left when this is dropped.
#[derive(Debug)]
pub(super) struct Waiter<'a> {
    hub: &'a Hub,
    names: Vec<Bytes>,
    waiting: Arc<Waiting>,
}

impl Waiter<'_> {
    /// Ends when one of the names has grown since the last time.
    pub(super) async fn woken(&self) {
        self.waiting.woken.notified().await;
    }
}

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        let mut ears = self.hub.ears();
        let lane = &self.waiting.lane;
        let passes_on = *lane != Lane::Shared && self.waiting.was_woken.load(Ordering::Relaxed);
        for name in &self.names {
            let Some(line) = ears.waiting.get_mut(name) else { continue };
            line.retain(|waiting| !Arc::ptr_eq(waiting, &self.waiting));
            // One who was woken may have left something, or have gone without looking.
            let next = line.iter().find(|waiting| waiting.lane == *lane);
            if let Some(next) = next.filter(|_| passes_on) {
                next.wake();
            }
            if line.is_empty() {
                ears.waiting.remove(name);
            }
        }
    }
}
