//! The applied state of one node: rows in memory over rows in a file.
//!
//! Changed rows lie in memory until a flush writes them, with the position up to which they are
//! applied, in one transaction. There are three layers: what changed since the last flush began
//! (`fresh`), what is being written (`leaving`), and the file. A lock guards which layers there
//! are: whoever holds it for reading sees one state. Who walks over rows looks through all three.
//! Who wants one row looks into a cache, which knows the newest form of rows that were read or
//! changed lately, all of the upper layers among them; what it does not know is in the file.

mod cache;
mod copy;
mod file;
mod layer;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};

use bytes::Bytes;
use structures::{
    Change, Changes, Direction, Keys, Notice, Overlay, Request, Row, Stamp, View, ViewError,
};
use tokio::sync::watch;

use crate::batch::Outcomes;
use crate::fault::StoreError;
use crate::limits;
use crate::log::Position;
use cache::Cache;
pub(crate) use copy::Copy;
use file::{Generation, Writer};
use layer::Layer;

/// The applied state of one node.
#[derive(Debug)]
pub(crate) struct Applied {
    dir: PathBuf,
    layers: RwLock<Layers>,
    cache: Mutex<Cache>,
    /// Held by the one flush, copy or installation that is under way.
    writer: Mutex<Writer>,
    progress: watch::Sender<Progress>,
    chores: watch::Sender<Chores>,
    unflushed_bytes_max: usize,
}

#[derive(Debug)]
struct Layers {
    fresh: Layer,
    leaving: Arc<Layer>,
    /// The point that the file has with the leaving rows.
    leaving_point: Point,
    point: Point,
    generation: Arc<Generation>,
}

/// Up to where the state is applied, and who the members are there.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Point {
    pub(crate) at: Option<Position>,
    /// As the Raft module writes them.
    pub(crate) members: Option<Bytes>,
}

/// What others wait for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Progress {
    pub(crate) applied: Option<u64>,
    pub(crate) durable: Option<u64>,
    /// Nothing is applied or installed any more.
    pub(crate) has_ended: bool,
}

/// What is to be done beside applying. Each entry makes progress, but few change this: who does the
/// chores is not woken for the others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Chores {
    /// The moment at which something ends, by the structures.
    pub(crate) deadline_ms: Option<u64>,
    /// Something waits for a flush.
    pub(crate) is_unflushed: bool,
    /// So many bytes wait for it that it should come at once.
    pub(crate) is_flush_due: bool,
}

impl Applied {
    /// Opens the state in `dir`, and makes it when it is absent.
    pub(crate) fn open(dir: &Path) -> Result<Self, StoreError> {
        let (generation, writer) = file::open(dir)?;
        let point = writer.point()?;
        let durable = point.at.map(|at| at.index);
        let cache = Cache::new(limits::MEMORY.cache, point.at.is_none());
        let layers = Layers {
            fresh: Layer::default(),
            leaving: Arc::default(),
            leaving_point: point.clone(),
            point,
            generation,
        };
        let progress = Progress { applied: durable, durable, ..Progress::default() };
        let applied = Self {
            dir: dir.to_owned(),
            layers: RwLock::new(layers),
            cache: Mutex::new(cache),
            writer: Mutex::new(writer),
            progress: watch::Sender::new(progress),
            chores: watch::Sender::new(Chores::default()),
            unflushed_bytes_max: limits::MEMORY.unflushed,
        };
        let deadline_ms =
            structures::next_deadline(&applied.view()).map_err(|error| StoreError::Damaged {
                file: dir.display().to_string(),
                reason: model::fault::Chain(&error).to_string(),
            })?;
        applied.chores.send_modify(|chores| chores.deadline_ms = deadline_ms);
        Ok(applied)
    }

    /// Keeps no more than `memory` says.
    pub(crate) fn within(self, memory: &limits::Memory) -> Result<Self, StoreError> {
        self.layers().generation.keep_pages(memory.pages);
        self.writer.lock().unwrap_or_else(PoisonError::into_inner).keep_pages(memory.pages)?;
        let cache = Mutex::new(Cache::new(memory.cache, self.point().at.is_none()));
        Ok(Self { cache, unflushed_bytes_max: memory.unflushed, ..self })
    }

    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    pub(crate) fn point(&self) -> Point {
        self.layers().point.clone()
    }

    pub(crate) fn progress(&self) -> watch::Receiver<Progress> {
        self.progress.subscribe()
    }

    pub(crate) fn chores(&self) -> watch::Receiver<Chores> {
        self.chores.subscribe()
    }

    /// One state to read from: nothing is applied while it is held.
    pub(crate) fn view(&self) -> Held<'_> {
        Held { layers: self.layers(), cache: &self.cache }
    }

    /// Works out what the requests of one log entry do to the state as it is, and leaves it so.
    pub(crate) fn work_out(
        &self,
        stamp: Stamp,
        requests: &[Request],
    ) -> Result<structures::Applied, ViewError> {
        structures::apply(&self.view(), stamp, requests)
    }

    /// Lets the state be as a log entry makes it. It must be as it was when that was worked out.
    pub(crate) fn bring_about(
        &self,
        at: Position,
        effects: structures::Applied,
    ) -> (Outcomes, Vec<Notice>) {
        let structures::Applied { changes, answers, notices, revision, deadline_ms } = effects;
        self.advance(at, None, changes, deadline_ms);
        (Outcomes { answers, revision }, notices)
    }

    /// Takes note of a log entry without requests.
    pub(crate) fn pass(&self, at: Position, members: Option<Bytes>) {
        let deadline_ms = self.chores.borrow().deadline_ms;
        self.advance(at, members, Changes::default(), deadline_ms);
    }

    fn advance(
        &self,
        at: Position,
        members: Option<Bytes>,
        changes: Changes,
        deadline_ms: Option<u64>,
    ) {
        let mut layers = self.layers.write().unwrap_or_else(PoisonError::into_inner);
        {
            let mut cache = self.cache();
            changes.into_iter().for_each(|row| cache.change(row, &mut layers.fresh));
        }
        layers.point.at = Some(at);
        if members.is_some() {
            layers.point.members = members;
        }
        let is_flush_due = layers.fresh.bytes > self.unflushed_bytes_max;
        drop(layers);
        self.progress.send_modify(|progress| progress.applied = Some(at.index));
        let now = Chores { deadline_ms, is_unflushed: true, is_flush_due };
        self.chores.send_if_modified(|chores| std::mem::replace(chores, now) != now);
    }

    /// Writes what changed to the file; when this returns it is durable up to the answer.
    pub(crate) fn flush(&self) -> Result<Point, StoreError> {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        self.flush_by(&mut writer)
    }

    fn flush_by(&self, writer: &mut Writer) -> Result<Point, StoreError> {
        let (point, is_late) = self.write_leaving(writer)?;
        if is_late {
            return self.flush_by(writer);
        }
        self.chores.send_modify(|chores| {
            chores.is_flush_due = false;
            chores.is_unflushed = self.layers().point != point;
        });
        Ok(point)
    }

    /// Writes the rows that leave and the point they make, in one transaction: rows without it would
    /// be changed again by the log after a stop. Says whether a flush that failed had left them.
    fn write_leaving(&self, writer: &mut Writer) -> Result<(Point, bool), StoreError> {
        let (leaving, point, is_late) = self.take_leave();
        writer.write(&leaving.rows.in_order(), &point)?;
        self.layers.write().unwrap_or_else(PoisonError::into_inner).leaving = Arc::default();
        self.cache().arrive();
        self.progress.send_modify(|progress| progress.durable = point.at.map(|at| at.index));
        Ok((point, is_late))
    }

    /// Gives some unused space back to the disk, and says whether there may be more.
    pub(crate) fn shrink(&self) -> Result<bool, StoreError> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner).shrink()
    }

    /// The rows to write now, the point they make, and whether a flush that failed left them.
    fn take_leave(&self) -> (Arc<Layer>, Point, bool) {
        let mut layers = self.layers.write().unwrap_or_else(PoisonError::into_inner);
        let is_late = !layers.leaving.rows.is_empty();
        if !is_late {
            self.cache().leave();
            layers.leaving = Arc::new(std::mem::take(&mut layers.fresh));
            layers.leaving_point = layers.point.clone();
        }
        (Arc::clone(&layers.leaving), layers.leaving_point.clone(), is_late)
    }

    /// Writes a consistent copy of the applied state into the new file `to`.
    pub(crate) fn copy(&self, to: &Path) -> Result<Copy, StoreError> {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        self.flush_by(&mut writer)?;
        let generation = Arc::clone(&self.layers().generation);
        drop(writer);
        copy::write(&generation, to)
    }

    /// Replaces the whole state by the copy in `from`.
    pub(crate) fn install(&self, from: std::fs::File) -> Result<Point, StoreError> {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let body = self.dir.join("incoming.sqlite");
        copy::unpack(from, &body)?;
        let (generation, new) = writer.replace(&self.dir, &body)?;
        let pages = self.layers().generation.pages();
        generation.keep_pages(pages);
        new.keep_pages(pages)?;
        let point = new.point()?;
        {
            let mut layers = self.layers.write().unwrap_or_else(PoisonError::into_inner);
            *layers = Layers {
                fresh: Layer::default(),
                leaving: Arc::default(),
                leaving_point: point.clone(),
                point: point.clone(),
                generation,
            };
            self.cache().clear();
        }
        let old = std::mem::replace(&mut *writer, new);
        drop(writer);
        old.discard();
        let deadline_ms = structures::next_deadline(&self.view()).ok().flatten();
        let at = point.at.map(|at| at.index);
        self.progress.send_modify(|progress| {
            *progress = Progress { applied: at, durable: at, ..Progress::default() };
        });
        self.chores.send_modify(|chores| *chores = Chores { deadline_ms, ..Chores::default() });
        Ok(point)
    }

    /// Takes note that nothing is applied or installed any more.
    pub(crate) fn end(&self) {
        self.progress.send_modify(|progress| progress.has_ended = true);
    }

    fn cache(&self) -> MutexGuard<'_, Cache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn layers(&self) -> RwLockReadGuard<'_, Layers> {
        self.layers.read().unwrap_or_else(PoisonError::into_inner)
    }
}

/// About how much memory a row takes.
fn cost(row: &Change) -> usize {
    row.row_bytes() + limits::ROW_OVERHEAD_BYTES
}

/// One applied state, held for reading.
#[derive(Debug)]
pub(crate) struct Held<'a> {
    layers: RwLockReadGuard<'a, Layers>,
    cache: &'a Mutex<Cache>,
}

impl View for Held<'_> {
    fn get(&self, key: &[u8]) -> Result<Option<Bytes>, ViewError> {
        let cached = self.cache.lock().unwrap_or_else(PoisonError::into_inner).get(key);
        if let Some(value) = cached {
            return Ok(value);
        }
        // The cache has all changes that the file has not.
        let row = self.layers.generation.row(key).map_err(unreadable)?;
        let value = row.shared_value();
        // Still under the lock of the layers: nobody changed the row since it was read.
        self.cache.lock().unwrap_or_else(PoisonError::into_inner).insert(row);
        Ok(value)
    }

    fn scan(
        &self,
        from: &[u8],
        to: &[u8],
        direction: Direction,
        limit: usize,
    ) -> Result<Vec<Row>, ViewError> {
        let Layers { fresh, leaving, generation, .. } = &*self.layers;
        let below = Overlay::of_rows(&**generation, &leaving.rows);
        Overlay::of_rows(&below, &fresh.rows).scan(from, to, direction, limit)
    }

    fn warm(&self, keys: &Keys) {
        let cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        cache.warm(keys, &self.layers.fresh);
    }
}

impl View for Generation {
    fn get(&self, key: &[u8]) -> Result<Option<Bytes>, ViewError> {
        Ok(self.row(key).map_err(unreadable)?.shared_value())
    }

    fn scan(
        &self,
        from: &[u8],
        to: &[u8],
        direction: Direction,
        limit: usize,
    ) -> Result<Vec<Row>, ViewError> {
        Self::scan(self, from..to, direction, limit).map_err(unreadable)
    }
}

fn unreadable(error: StoreError) -> ViewError {
    ViewError::Storage(Box::new(error))
}

#[cfg(test)]
mod tests;
