//! The desk of commands that are applied together: what they read, what they have changed so far,
//! whom they tell.

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::changes::{Change, Changes, Overlay, Replaced};
use crate::encoding;
use crate::expiry::Target;
use crate::kind::{Body, Header, Kind};
use crate::limits;
use crate::map::{self, Kept, Unwritten};
use crate::notice::{Cause, Event, Notice};
use crate::refusal::{Counted, Refusal};
use crate::rows;
use crate::session;
use crate::summary::{Stamp, Summary};
use crate::view::{Direction, Row, View, ViewError};

/// Why a command stops: it is refused, or the node cannot read its state.
#[derive(Debug)]
pub(crate) enum Stop {
    Refused(Refusal),
    View(ViewError),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<ViewError> for Stop {
    fn from(error: ViewError) -> Self {
        Self::View(error)
    }
}

/// Reads names and rows of structures.
#[derive(Clone, Copy)]
pub(crate) struct Reading<'a> {
    pub view: &'a dyn View,
    pub summary: Summary,
}

impl<'a> Reading<'a> {
    pub(crate) fn new(view: &'a dyn View) -> Result<Self, ViewError> {
        Ok(Self { view, summary: Summary::read(view)? })
    }

    pub(crate) fn header(&self, name: &[u8]) -> Result<Option<Header>, ViewError> {
        self.row(&rows::name(self.summary.epoch, name))
    }

    /// The header of `name`, which must be of this kind when it exists.
    pub(crate) fn find(&self, name: &Bytes, wanted: Kind) -> Result<Option<Header>, Stop> {
        let header = self.header(name)?;
        if let Some(header) = &header {
            require(name, header.body.kind(), wanted)?;
        }
        Ok(header)
    }

    pub(crate) fn row<T: DeserializeOwned>(&self, key: &[u8]) -> Result<Option<T>, ViewError> {
        self.view.get(key)?.map(|bytes| encoding::shared_row(key, bytes)).transpose()
    }

    /// Shows `visit` the rows of a span in order, until it has enough.
    pub(crate) fn walk(
        &self,
        span: Span,
        mut visit: impl FnMut(Row) -> Result<Walk, Stop>,
    ) -> Result<(), Stop> {
        let Span { mut from, mut to, direction } = span;
        let mut page_rows = FIRST_PAGE_ROWS;
        loop {
            let rows = self.view.scan(&from, &to, direction, page_rows)?;
            let is_last = rows.len() < page_rows;
            if let Some((key, _)) = rows.last() {
                match direction {
                    Direction::Up => from = encoding::after(key),
                    Direction::Down => to = key.clone(),
                }
            }
            for row in rows {
                if visit(row)? == Walk::Stop {
                    return Ok(());
                }
            }
            if is_last {
                return Ok(());
            }
            page_rows = (page_rows * 2).min(limits::ROWS_AT_ONCE);
        }
    }
}

/// Rows read first when it is not known how many are wanted.
const FIRST_PAGE_ROWS: usize = 32;

/// The rows with `from <= key < to`, and from which end they are walked.
#[derive(Debug, Clone)]
pub(crate) struct Span {
    pub from: Bytes,
    pub to: Bytes,
    pub direction: Direction,
}

impl Span {
    pub(crate) fn of_prefix(prefix: Bytes) -> Self {
        let to = encoding::after_prefix(&prefix);
        Self { from: prefix, to, direction: Direction::Up }
    }
}

/// Whether a walk goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Walk {
    On,
    Stop,
}

pub(crate) fn require(name: &Bytes, found: Kind, wanted: Kind) -> Result<(), Refusal> {
    if found == wanted {
        return Ok(());
    }
    Err(Refusal::WrongKind { name: name.clone(), found, wanted })
}

pub(crate) struct Work<'a> {
    base: &'a dyn View,
    changes: Changes,
    pub summary: Summary,
    pub now_ms: u64,
    /// The revision that this command makes, if it changes anything.
    pub revision: u64,
    notices: Vec<Notice>,
    /// Notices of what is attempted now begin here.
    told_before: usize,
    /// How many attempts are under way, one within the other.
    attempts: usize,
    /// What the changes said before an attempt changed them, the oldest first.
    undo: Vec<Replaced>,
    /// What was read; when nothing else changes, it is written only if this did.
    found: Summary,
    /// Changes of maps that are in no row yet.
    unwritten: Unwritten,
    /// Whether this command changed anything.
    is_changed: bool,
    pub sessions: session::Desk,
}

impl View for Work<'_> {
    fn get(&self, key: &[u8]) -> Result<Option<Bytes>, ViewError> {
        Overlay::new(self.base, &self.changes).get(key)
    }

    fn scan(
        &self,
        from: &[u8],
        to: &[u8],
        direction: Direction,
        limit: usize,
    ) -> Result<Vec<Row>, ViewError> {
        Overlay::new(self.base, &self.changes).scan(from, to, direction, limit)
    }
}

/// What is left when the work is done.
#[derive(Debug)]
pub(crate) struct Finished {
    pub changes: Changes,
    pub notices: Vec<Notice>,
    pub deadline_ms: Option<u64>,
}

impl<'a> Work<'a> {
    pub(crate) fn new(base: &'a dyn View, stamp: Stamp) -> Result<Self, ViewError> {
        let mut summary = Summary::read(base)?;
        summary.now_ms = summary.now_ms.max(stamp.now_ms);
        let (now_ms, revision) = (summary.now_ms, summary.revision + 1);
        Ok(Self {
            base,
            changes: Changes::default(),
            summary,
            now_ms,
            revision,
            notices: Vec::new(),
            told_before: 0,
            attempts: 0,
            undo: Vec::new(),
            found: summary,
            unwritten: Unwritten::default(),
            is_changed: false,
            sessions: session::Desk::default(),
        })
    }

    /// Begins with another command.
    pub(crate) fn begin(&mut self) {
        self.revision = self.summary.revision + 1;
        self.told_before = self.notices.len();
        self.is_changed = false;
    }

    /// Ends a command, and says of which revision the state is now.
    pub(crate) fn end(&mut self) -> u64 {
        if self.is_changed {
            self.summary.revision = self.revision;
        }
        self.summary.revision
    }

    /// Takes note that this command changed something of which no row tells yet.
    pub(crate) fn change_made(&mut self) {
        self.is_changed = true;
    }

    /// Does `act` wholly, or not at all when it is refused.
    pub(crate) fn attempt<T>(
        &mut self,
        act: impl FnOnce(&mut Work<'_>) -> Result<T, Stop>,
    ) -> Result<Result<T, Refusal>, ViewError> {
        let (summary, notices, changed) = (self.summary, self.notices.len(), self.undo.len());
        let (unwritten, is_changed) = (self.unwritten.len(), self.is_changed);
        let told_before = std::mem::replace(&mut self.told_before, notices);
        self.attempts += 1;
        let result = act(self);
        self.attempts -= 1;
        self.told_before = told_before;
        match result {
            Ok(value) => {
                if self.attempts == 0 {
                    self.undo.clear();
                }
                Ok(Ok(value))
            }
            Err(Stop::Refused(refusal)) => {
                self.summary = summary;
                self.notices.truncate(notices);
                self.unwritten.truncate(unwritten);
                self.is_changed = is_changed;
                for replaced in self.undo.drain(changed..).rev() {
                    self.changes.restore(replaced);
                }
                Ok(Err(refusal))
            }
            Err(Stop::View(error)) => Err(error),
        }
    }

    /// Takes note of a change of a map.
    pub(crate) fn keep(&mut self, change: &Kept) {
        self.unwritten.add(change);
        self.is_changed = true;
    }

    /// Lets questions find the changes of maps that were made so far. Not within an attempt that
    /// began after some of them: what it undoes is what it did.
    pub(crate) fn write_history(&mut self) -> Result<(), ViewError> {
        let changes = std::mem::take(&mut self.unwritten);
        if changes.len() == 0 { Ok(()) } else { map::write_history(self, &changes) }
    }

    pub(crate) fn finish(mut self) -> Result<Finished, ViewError> {
        self.write_history()?;
        self.sessions.write(&mut self.changes);
        // A deadline that moved is kept also when nothing ended, or the leader would ask for ever;
        // that time went on alone is not worth a row.
        let is_same_but_time = Summary { now_ms: self.found.now_ms, ..self.summary } == self.found;
        if !is_same_but_time {
            self.changes.replace(self.summary.row());
        }
        let deadline_ms = self.summary.next_deadline();
        Ok(Finished { changes: self.changes, notices: self.notices, deadline_ms })
    }

    pub(crate) fn reading(&self) -> Reading<'_> {
        Reading { view: self, summary: self.summary }
    }

    pub(crate) fn find(&self, name: &Bytes, wanted: Kind) -> Result<Option<Header>, Stop> {
        self.reading().find(name, wanted)
    }

    pub(crate) fn row<T: DeserializeOwned>(&self, key: &[u8]) -> Result<Option<T>, ViewError> {
        self.reading().row(key)
    }

    pub(crate) fn put<T: Serialize>(&mut self, key: &[u8], value: &T) {
        self.change(encoding::encode_row(key, value));
    }

    pub(crate) fn put_bytes(&mut self, key: &[u8], value: &[u8]) {
        self.change(Change::put(key, value));
    }

    pub(crate) fn delete(&mut self, key: &[u8]) {
        self.change(Change::delete(key));
    }

    fn change(&mut self, change: Change) {
        self.is_changed = true;
        let replaced = self.changes.replace(change);
        if self.attempts > 0 {
            self.undo.push(replaced);
        }
    }

    /// Makes a structure under a name that is free.
    pub(crate) fn create(&mut self, name: &Bytes, body: Body) -> Result<Header, Refusal> {
        check_key(name)?;
        let mut header = Header {
            id: 0,
            created: self.revision,
            revision: self.revision,
            expires_ms: None,
            body,
        };
        self.summary.names += 1;
        if header.body.kind() == Kind::Value {
            self.summary.values += 1;
        } else {
            header.id = self.token();
            self.put(&rows::id(header.id), name);
        }
        Ok(header)
    }

    /// Writes the row of a name that this command changes.
    pub(crate) fn save(&mut self, name: &Bytes, header: &mut Header) {
        header.revision = self.revision;
        self.put(&rows::name(self.summary.epoch, name), header);
    }

    /// Writes the row, and tells that `event` happened.
    pub(crate) fn save_with(&mut self, name: &Bytes, header: &mut Header, event: Event) {
        self.save(name, header);
        self.tell(name, header.body.kind(), event);
    }

    /// Writes the row when elements went: without any left the name goes too.
    pub(crate) fn save_shrunk(
        &mut self,
        name: &Bytes,
        header: &mut Header,
    ) -> Result<(), ViewError> {
        if header.body.len() == 0 {
            return self.drop(name, header, Cause::Removed);
        }
        self.save_with(name, header, Event::Changed);
        Ok(())
    }

    /// Removes a name and everything in it; many rows are left to be swept.
    pub(crate) fn drop(
        &mut self,
        name: &Bytes,
        header: &Header,
        cause: Cause,
    ) -> Result<(), ViewError> {
        self.delete(&rows::name(self.summary.epoch, name));
        self.summary.names -= 1;
        if let Some(at_ms) = header.expires_ms {
            self.unschedule(at_ms, &Target::Name { name: name.clone() });
        }
        if let Body::Value(old) = &header.body {
            self.summary.values -= 1;
            map::removed(self, &map::default(), name, (old.clone(), cause));
            return Ok(());
        }
        if header.body.kind() == Kind::Map {
            map::cleared(self, name, cause == Cause::Expired);
        }
        self.tell(name, header.body.kind(), Event::Dropped { cause });
        self.delete(&rows::id(header.id));
        crate::sweep::drop_rows(self, header.id)
    }

    /// The name of the structure `id`, and its header; none when it was dropped.
    pub(crate) fn by_id(&self, id: u64) -> Result<Option<(Bytes, Header)>, ViewError> {
        let Some(name) = self.row::<Bytes>(&rows::id(id))? else { return Ok(None) };
        let header = self.reading().header(&name)?.filter(|header| header.id == id);
        Ok(header.map(|header| (name, header)))
    }

    pub(crate) fn schedule(&mut self, at_ms: u64, target: &Target) {
        self.put_bytes(&rows::deadline(at_ms, &encoding::encode(target)), &[]);
        let next = self.summary.next_deadline_ms.unwrap_or(u64::MAX);
        self.summary.next_deadline_ms = Some(next.min(at_ms));
    }

    pub(crate) fn unschedule(&mut self, at_ms: u64, target: &Target) {
        self.delete(&rows::deadline(at_ms, &encoding::encode(target)));
    }

    /// Sets when a name ends.
    pub(crate) fn expire_name(&mut self, name: &Bytes, header: &mut Header, at_ms: Option<u64>) {
        if header.expires_ms == at_ms {
            return;
        }
        let target = Target::Name { name: name.clone() };
        if let Some(old_ms) = header.expires_ms {
            self.unschedule(old_ms, &target);
        }
        if let Some(at_ms) = at_ms {
            self.schedule(at_ms, &target);
        }
        header.expires_ms = at_ms;
    }

    /// A number that is larger than all given before it, on any name and for ever.
    pub(crate) fn token(&mut self) -> u64 {
        let token = self.summary.next_id;
        self.summary.next_id += 1;
        token
    }

    pub(crate) fn tell(&mut self, name: &Bytes, kind: Kind, event: Event) {
        let notice = Notice { revision: self.revision, name: name.clone(), kind, event };
        let told = self.notices.get(self.told_before..).unwrap_or_default();
        if told.last() != Some(&notice) {
            self.notices.push(notice);
        }
    }
}

pub(crate) fn check_key(key: &[u8]) -> Result<(), Refusal> {
    let max = limits::KEY_BYTES_MAX;
    if key.len() <= max {
        return Ok(());
    }
    let count = crate::kind::count;
    Err(Refusal::KeyTooLong { bytes: count(key.len()), max: count(max) })
}

pub(crate) fn check_value(bytes: usize) -> Result<(), Refusal> {
    let max = limits::VALUE_BYTES_MAX;
    if bytes <= max {
        return Ok(());
    }
    let count = crate::kind::count;
    Err(Refusal::ValueTooLarge { bytes: count(bytes), max: count(max) })
}

pub(crate) fn check_count(what: Counted, found: usize, max: usize) -> Result<(), Refusal> {
    if found <= max {
        return Ok(());
    }
    let count = crate::kind::count;
    Err(Refusal::TooMany { what, count: count(found), max: count(max) })
}
