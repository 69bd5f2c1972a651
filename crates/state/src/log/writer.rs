//! The thread that writes the log: one frame, and so one fsync, for all orders that wait.

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use super::Shared;
use super::change::Change;
use super::files::Files;
use super::places::Place;
use crate::disk::{Disk, Step};
use crate::fault::StoreError;
use crate::{limits, sqlite};

/// Called once, when a change is durable or has failed.
pub(crate) type Done = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

pub(super) struct Order {
    pub(super) change: Change,
    pub(super) done: Done,
}

#[derive(Debug)]
pub(super) struct Writer {
    orders: Mutex<Option<SyncSender<Order>>>,
    hand: Hand,
    dir: PathBuf,
    shared: Arc<Shared>,
}

/// Who writes.
#[derive(Debug)]
enum Hand {
    Thread(Mutex<Option<JoinHandle<()>>>),
    /// The disk, when it comes to it.
    Disk(Arc<dyn Disk>, Arc<Mutex<Scribe>>),
}

/// What it takes to write.
#[derive(Debug)]
struct Scribe {
    files: Files,
    dir: PathBuf,
    orders: Receiver<Order>,
    shared: Arc<Shared>,
}

impl Writer {
    pub(super) fn start(
        files: Files,
        dir: &Path,
        shared: Arc<Shared>,
        disk: &Arc<dyn Disk>,
    ) -> Result<Self, StoreError> {
        let (sender, orders) = sync_channel(limits::LOG_ORDERS_MAX);
        let dir = dir.to_owned();
        let mut scribe = Scribe { files, dir: dir.clone(), orders, shared: Arc::clone(&shared) };
        let hand = if disk.has_log_thread() {
            let thread = std::thread::Builder::new().name("state-log".to_owned());
            let thread = thread
                .spawn(move || scribe.write_until_the_end())
                .map_err(|source| sqlite::io("start the thread that writes", &dir, source))?;
            Hand::Thread(Mutex::new(Some(thread)))
        } else {
            Hand::Disk(Arc::clone(disk), Arc::new(Mutex::new(scribe)))
        };
        Ok(Self { orders: Mutex::new(Some(sender)), hand, dir, shared })
    }

    pub(super) fn order(&self, order: Order) {
        self.shared.unwritten.fetch_add(1, Ordering::Relaxed);
        let sender = self.orders.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let refused = match sender {
            Some(sender) => sender.send(order).err().map(|refused| refused.0),
            None => Some(order),
        };
        if let Some(order) = refused {
            let ended = StoreError::Ended { file: self.dir.display().to_string() };
            self.shared.tell_written(&[order.change], Some(ended.to_string()));
            (order.done)(Err(ended));
        } else if let Hand::Disk(disk, scribe) = &self.hand {
            let scribe = Arc::clone(scribe);
            let work = move || {
                scribe.lock().unwrap_or_else(PoisonError::into_inner).write_what_waits();
            };
            disk.begin(Step::Log, Box::new(work));
        }
    }

    pub(super) fn close(&self) {
        self.shared.is_closing.store(true, Ordering::Relaxed);
        self.orders.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Hand::Thread(thread) = &self.hand else { return };
        let thread = thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread
            && thread.join().is_err()
        {
            tracing::error!("the thread that writes the log panicked");
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.close();
    }
}

impl Scribe {
    fn write_until_the_end(&mut self) {
        while let Ok(first) = self.orders.recv() {
            self.write_with(first);
        }
    }

    fn write_what_waits(&mut self) {
        while let Ok(first) = self.orders.try_recv() {
            self.write_with(first);
        }
    }

    /// Writes an order and all that wait behind it.
    fn write_with(&mut self, first: Order) {
        let Self { files, dir, orders, shared } = self;
        let (mut changes, mut done) = (vec![first.change], vec![first.done]);
        while changes.len() < limits::LOG_ORDERS_MAX
            && let Ok(order) = orders.try_recv()
        {
            changes.push(order.change);
            done.push(order.done);
        }
        let written = write(files, dir, &changes, shared);
        let failure = written.as_ref().err().map(ToString::to_string);
        let place = written.as_ref().ok().copied();
        shared.tell_written(&changes, failure.clone());
        let mut written = Some(written.map(drop));
        for done in done {
            // The error itself goes to the first one; the others are told its text.
            done(written.take().unwrap_or_else(|| repeat(dir, failure.as_deref())));
        }
        if let Some(place) = place {
            after(files, place, &changes, shared);
        }
    }
}

fn repeat(dir: &Path, failure: Option<&str>) -> Result<(), StoreError> {
    match failure {
        None => Ok(()),
        Some(reason) => Err(sqlite::io("write", dir, std::io::Error::other(reason.to_owned()))),
    }
}

/// Writes the changes; on a full disk again and again until there is space.
fn write(
    files: &mut Files,
    dir: &Path,
    changes: &[Change],
    shared: &Shared,
) -> Result<Place, StoreError> {
    loop {
        crate::testing::reach("log-before-commit");
        match files.write(changes) {
            Err(error) if error.is_disk_full() && !shared.is_closing.load(Ordering::Relaxed) => {
                if !shared.is_disk_full.swap(true, Ordering::Relaxed) {
                    tracing::warn!(dir = %dir.display(), "disk full, writes wait for space");
                }
                std::thread::sleep(Duration::from_millis(limits::DISK_FULL_RETRY_MS));
            }
            written => {
                crate::testing::reach("log-after-commit");
                shared.is_disk_full.store(false, Ordering::Relaxed);
                return written;
            }
        }
    }
}

/// What can wait until the callers have their answer.
fn after(files: &mut Files, place: Place, changes: &[Change], shared: &Shared) {
    let mut places = shared.places();
    places.note(place, changes);
    let needed = places.first_segment();
    if files.has_unneeded(needed) {
        places.close_file();
        if let Err(error) = files.spare(needed) {
            tracing::warn!(%error, "failed to give space back");
        }
    }
    drop(places);
    for change in changes {
        if let Change::Append(records) = change
            && let Some(last) = records.last()
        {
            shared.flushed(last.at.index);
        }
    }
}
