//! Writes what was ordered of the log: one frame, and so one fsync, for all orders that wait.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::Receiver;
use std::time::Duration;

use tokio::time::Instant;

use super::Shared;
use super::change::Change;
use super::files::Files;
use super::pace::Pace;
use super::places::Place;
use crate::fault::StoreError;
use crate::{limits, sqlite};

/// Called once, when a change is durable or has failed.
pub(crate) type Done = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

pub(super) struct Order {
    pub(super) change: Change,
    pub(super) done: Done,
}

/// What it takes to write.
pub(super) struct Scribe {
    files: Files,
    dir: PathBuf,
    orders: Receiver<Order>,
    /// What was ordered and is not written yet, and who waits for it.
    changes: Vec<Change>,
    done: Vec<Done>,
    pace: Pace,
    shared: Arc<Shared>,
}

impl std::fmt::Debug for Scribe {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scribe").field("files", &self.files).finish_non_exhaustive()
    }
}

impl Scribe {
    pub(super) fn new(
        files: Files,
        dir: PathBuf,
        orders: Receiver<Order>,
        shared: Arc<Shared>,
    ) -> Self {
        let (changes, done, pace) = (Vec::new(), Vec::new(), Pace::default());
        Self { files, dir, orders, changes, done, pace, shared }
    }

    /// Writes all that waits; on a full disk again and again until there is space.
    pub(super) fn write(&mut self) {
        while self.gather() {
            let written = loop {
                match self.try_write() {
                    Err(error)
                        if error.is_disk_full()
                            && !self.shared.is_closing.load(Ordering::Relaxed) =>
                    {
                        std::thread::sleep(Duration::from_millis(limits::DISK_FULL_RETRY_MS));
                    }
                    written => break written,
                }
            };
            self.finish(written);
        }
    }

    /// Writes what waits, if that takes about as long as to let a thread do it. Says whether it was
    /// done.
    pub(super) fn write_if_quick(&mut self) -> bool {
        if !self.gather() {
            return true;
        }
        if !self.is_quick() {
            return false;
        }
        let written = self.try_write();
        if written.as_ref().is_err_and(StoreError::is_disk_full) {
            return false;
        }
        self.finish(written);
        true
    }

    /// Collects what waits, and says whether there is anything.
    fn gather(&mut self) -> bool {
        while self.changes.len() < limits::LOG_ORDERS_MAX
            && let Ok(Order { change, done }) = self.orders.try_recv()
        {
            self.changes.push(change);
            self.done.push(done);
        }
        !self.changes.is_empty()
    }

    /// Whether all that is to be done is to change some bytes of a file, and the disk has taken
    /// those quickly of late.
    fn is_quick(&self) -> bool {
        let appends = |change: &Change| matches!(change, Change::Append(_));
        self.pace.is_quick()
            && self.changes.iter().all(appends)
            && self.files.has_room_for_few(&self.changes)
            && !self.shared.is_disk_full.load(Ordering::Relaxed)
    }

    fn try_write(&mut self) -> Result<Place, StoreError> {
        crate::testing::reach("log-before-commit");
        let began = Instant::now();
        let written = self.files.write(&self.changes);
        self.pace.note(began.elapsed());
        let is_full = written.as_ref().is_err_and(StoreError::is_disk_full);
        if !self.shared.is_disk_full.swap(is_full, Ordering::Relaxed) && is_full {
            tracing::warn!(dir = %self.dir.display(), "disk full, writes wait for space");
        }
        if !is_full {
            crate::testing::reach("log-after-commit");
        }
        written
    }

    /// Tells those who wait.
    fn finish(&mut self, written: Result<Place, StoreError>) {
        let (changes, done) = (std::mem::take(&mut self.changes), std::mem::take(&mut self.done));
        let failure = written.as_ref().err().map(ToString::to_string);
        let place = written.as_ref().ok().copied();
        self.shared.tell_written(&changes, failure.clone());
        let mut written = Some(written.map(drop));
        for done in done {
            // The error itself goes to the first one; the others are told its text.
            done(written.take().unwrap_or_else(|| self.repeat(failure.as_deref())));
        }
        if let Some(place) = place {
            self.after(place, &changes);
        }
    }

    fn repeat(&self, failure: Option<&str>) -> Result<(), StoreError> {
        match failure {
            None => Ok(()),
            Some(reason) => {
                Err(sqlite::io("write", &self.dir, std::io::Error::other(reason.to_owned())))
            }
        }
    }

    /// What can wait until the callers have their answer.
    fn after(&mut self, place: Place, changes: &[Change]) {
        let mut places = self.shared.places();
        places.note(place, changes);
        let needed = places.first_segment();
        if self.files.has_unneeded(needed) {
            places.close_file();
            if let Err(error) = self.files.spare(needed) {
                tracing::warn!(%error, "failed to give space back");
            }
        }
        drop(places);
        for change in changes {
            if let Change::Append(records) = change
                && let Some(last) = records.last()
            {
                self.shared.flushed(last.at.index);
            }
        }
    }
}
