//! `CLIENT TRACKING`: clients keep what they read, and hear when it is no longer so.
//!
//! Names are remembered before they are read, so no change falls between the two; an invalidation
//! may come for a value that is as new as the change, which costs one more read.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use structures::map::DEFAULT;
use structures::{Event, Notice};

use super::command::{Effect, Spec};
use super::error::ErrorReply;
use super::hub::{Heard, Invalid, Listener};
use super::reply::Reply;
use crate::limits;

/// The channel on which connections of the old protocol hear for others.
pub(super) const CHANNEL: &[u8] = b"__redis__:invalidate";

/// How a connection wants to be told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Tracking {
    pub(super) mode: Mode,
    /// Not of what it changed itself.
    pub(super) skips_own: bool,
    /// The connection that is told instead.
    pub(super) redirect: Option<u64>,
}

/// Of which names a connection is told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Mode {
    /// Those that it read.
    #[default]
    Read,
    /// Those that the command after `CLIENT CACHING YES` read.
    OptIn,
    /// Those that it read, but not by the command after `CLIENT CACHING NO`.
    OptOut,
    /// All that begin so.
    Prefixes(BTreeSet<Bytes>),
}

impl Tracking {
    /// Goes on from what was tracked before: prefixes are added to, and modes stay.
    pub(super) fn join(&mut self, before: &Self) -> Result<(), ErrorReply> {
        match (&mut self.mode, &before.mode) {
            (Mode::Prefixes(more), Mode::Prefixes(known)) => {
                for prefix in more.iter() {
                    check_apart(prefix, known, "an existing")?;
                }
                more.extend(known.iter().cloned());
                Ok(())
            }
            (Mode::Prefixes(_), _) | (_, Mode::Prefixes(_)) => Err(ErrorReply::fixed(
                "ERR You can't switch BCAST mode on/off before disabling tracking for this \
                 client, and then re-enabling it with a different mode.",
            )),
            (Mode::OptIn, Mode::OptOut) | (Mode::OptOut, Mode::OptIn) => Err(ErrorReply::fixed(
                "ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this \
                 client, and then re-enabling it with a different mode.",
            )),
            _ => Ok(()),
        }
    }
}

impl Mode {
    /// Prefixes of which none begins another.
    pub(super) fn prefixes(prefixes: &[Bytes]) -> Result<Self, ErrorReply> {
        let mut rest = prefixes;
        while let Some((prefix, others)) = rest.split_first() {
            check_apart(prefix, others, "another provided")?;
            rest = others;
        }
        // Copies: they must not keep alive what they were read from.
        let copies = prefixes.iter().map(|prefix| Bytes::copy_from_slice(prefix));
        Ok(Self::Prefixes(copies.collect()))
    }
}

/// None of two prefixes of a connection begins the other.
fn check_apart<'a>(
    new: &Bytes,
    known: impl IntoIterator<Item = &'a Bytes>,
    which: &str,
) -> Result<(), ErrorReply> {
    let overlaps = |known: &&Bytes| known.starts_with(new) || new.starts_with(known);
    match known.into_iter().find(overlaps) {
        None => Ok(()),
        Some(known) => {
            let text = |bytes: &Bytes| String::from_utf8_lossy(bytes).into_owned();
            Err(ErrorReply::new(format!(
                "ERR Prefix '{}' overlaps with {which} prefix '{}'. Prefixes for a single \
                 client must not overlap.",
                text(new),
                text(known)
            )))
        }
    }
}

/// What a connection remembers of it.
#[derive(Debug, Default)]
pub(super) struct Tracked {
    pub(super) tracking: Tracking,
    /// What `CLIENT CACHING` said of the next command.
    caching: Option<bool>,
    pub(super) own: Arc<Own>,
}

/// The last changes of one connection, by their revisions.
#[derive(Debug, Default)]
pub(super) struct Own(Mutex<VecDeque<u64>>);

impl Own {
    fn add(&self, revision: u64) {
        let mut own = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        own.truncate(limits::OWN_CHANGES_KEPT - 1);
        own.push_front(revision);
    }

    pub(super) fn has(&self, revision: u64) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(&revision)
    }
}

impl Tracked {
    pub(super) fn new(tracking: Tracking) -> Self {
        Self { tracking, ..Self::default() }
    }

    /// Takes `CLIENT CACHING`.
    pub(super) fn cache(&mut self, wanted: bool) -> Result<(), ErrorReply> {
        match (&self.tracking.mode, wanted) {
            (Mode::OptIn, true) | (Mode::OptOut, false) => {
                self.caching = Some(wanted);
                Ok(())
            }
            (Mode::OptOut, true) => Err(ErrorReply::fixed(
                "ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.",
            )),
            (Mode::OptIn, false) => Err(ErrorReply::fixed(
                "ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.",
            )),
            _ => Err(NOT_CHOOSING),
        }
    }

    /// The names that a command reads and that must be remembered.
    pub(super) fn reads(&self, spec: &Spec, words: &[Bytes]) -> Vec<Bytes> {
        let wants = match self.tracking.mode {
            Mode::Read => true,
            Mode::OptIn => self.caching == Some(true),
            Mode::OptOut => self.caching != Some(false),
            Mode::Prefixes(_) => false,
        };
        if !wants || spec.effect != Effect::Reads {
            return Vec::new();
        }
        spec.names(words).cloned().collect()
    }

    /// What was said of the next command is over with it.
    pub(super) fn forget_caching(&mut self) {
        self.caching = None;
    }

    /// The connection changed something itself.
    pub(super) fn changed(&self, revision: u64) {
        if self.tracking.skips_own {
            self.own.add(revision);
        }
    }

    /// The answer of `CLIENT TRACKINGINFO`.
    pub(super) fn info(&self, is_redirect_gone: bool) -> Reply {
        let Tracking { mode, skips_own, redirect } = &self.tracking;
        let mut flags = vec!["on"];
        match mode {
            Mode::Read => {}
            Mode::OptIn => flags.push("optin"),
            Mode::OptOut => flags.push("optout"),
            Mode::Prefixes(_) => flags.push("bcast"),
        }
        match self.caching {
            Some(true) => flags.push("caching-yes"),
            Some(false) => flags.push("caching-no"),
            None => {}
        }
        if *skips_own {
            flags.push("noloop");
        }
        if is_redirect_gone {
            flags.push("broken_redirect");
        }
        let prefixes = match mode {
            Mode::Prefixes(prefixes) => prefixes.iter().cloned().map(Reply::Bulk).collect(),
            _ => Vec::new(),
        };
        let redirect = redirect.map_or(Reply::Integer(0), Reply::unsigned);
        info(flags, redirect, prefixes)
    }
}

/// What `CLIENT CACHING` is told when there is nothing to choose.
pub(super) const NOT_CHOOSING: ErrorReply = ErrorReply::fixed(
    "ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or \
     OPTOUT mode enabled",
);

/// The answer of `CLIENT TRACKINGINFO` when nothing is tracked.
pub(super) fn no_info() -> Reply {
    info(vec!["off"], Reply::Integer(-1), Vec::new())
}

fn info(flags: Vec<&'static str>, redirect: Reply, prefixes: Vec<Reply>) -> Reply {
    Reply::Map(vec![
        (Reply::text("flags"), Reply::Set(flags.into_iter().map(Reply::text).collect())),
        (Reply::text("redirect"), redirect),
        (Reply::text("prefixes"), Reply::Array(prefixes)),
    ])
}

/// Who keeps what, of all connections of a door.
#[derive(Debug, Default)]
pub(super) struct Trackers {
    trackers: BTreeMap<u64, Tracker>,
    /// Who read a name since it changed last.
    readers: BTreeMap<Bytes, BTreeSet<u64>>,
    /// The change that was told last: that of a hash may consist of many.
    last: Option<(u64, Bytes)>,
}

/// A connection that keeps what it reads.
#[derive(Debug)]
struct Tracker {
    tracking: Tracking,
    listener: Listener,
    own: Arc<Own>,
}

impl Trackers {
    pub(super) fn is_empty(&self) -> bool {
        self.trackers.is_empty()
    }

    pub(super) fn enter(&mut self, tracked: &Tracked, listener: Listener) {
        let (tracking, own) = (tracked.tracking.clone(), Arc::clone(&tracked.own));
        self.trackers.insert(listener.client.id, Tracker { tracking, listener, own });
    }

    pub(super) fn leave(&mut self, client: u64) {
        if self.trackers.remove(&client).is_some() && self.trackers.is_empty() {
            self.readers.clear();
        }
    }

    /// Remembers that a connection reads these names.
    pub(super) fn read(&mut self, client: u64, names: Vec<Bytes>, others: &Others<'_>) {
        for name in names {
            // A copy: the name must not keep alive what it was read from.
            let name = Bytes::copy_from_slice(&name);
            self.readers.entry(name).or_default().insert(client);
        }
        while self.readers.len() > limits::TRACKED_NAMES_MAX {
            // What is forgotten is taken for changed.
            let Some((name, readers)) = self.readers.pop_first() else { return };
            self.tell(&readers, Some(&name), 0, others);
        }
    }

    /// Tells whoever keeps what changed.
    pub(super) fn notice(&mut self, notice: &Notice, others: &Others<'_>) {
        let name = match &notice.event {
            Event::Flushed => return self.forget_all(notice.revision, others),
            Event::Published { .. } | Event::PublishedApart { .. } | Event::Lost { .. } => return,
            Event::Put { key, .. } | Event::Removed { key, .. } if notice.name == DEFAULT => key,
            _ => &notice.name,
        };
        let last = Some((notice.revision, name.clone()));
        if self.last == last {
            return;
        }
        self.last = last;
        let mut told = self.readers.remove(name).unwrap_or_default();
        told.extend(self.trackers.iter().filter_map(|(id, tracker)| {
            let Mode::Prefixes(prefixes) = &tracker.tracking.mode else { return None };
            let is_meant = prefixes.is_empty()
                || prefixes.iter().any(|prefix| name.starts_with(prefix.as_ref()));
            is_meant.then_some(*id)
        }));
        self.tell(&told, Some(name), notice.revision, others);
    }

    /// Everything may have changed.
    pub(super) fn forget_all(&mut self, revision: u64, others: &Others<'_>) {
        self.readers.clear();
        let all = self.trackers.keys().copied().collect();
        self.tell(&all, None, revision, others);
    }

    fn tell(&self, told: &BTreeSet<u64>, name: Option<&Bytes>, revision: u64, others: &Others<'_>) {
        for id in told {
            let Some(tracker) = self.trackers.get(id) else { continue };
            let listener = match tracker.tracking.redirect {
                None => Some(&tracker.listener),
                Some(other) => others.and_then(|others| others.get(&other)),
            };
            let (own, is_redirected) =
                (Arc::clone(&tracker.own), tracker.tracking.redirect.is_some());
            if let Some(listener) = listener {
                let name = name.cloned();
                listener.hear(Heard::Invalid(Invalid { name, revision, own, is_redirected }));
            }
        }
    }
}

/// Those who listen to [`CHANNEL`].
pub(super) type Others<'a> = Option<&'a BTreeMap<u64, Listener>>;
