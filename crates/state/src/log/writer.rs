//! Takes the orders of the log, and sees to it that they are written.
//!
//! A thread writes, so that nobody waits for the disk who has anything else to do. But to wake it
//! and to be woken by it takes as long as a write to a good disk; who has nothing else to do writes
//! by itself as long as the disk is quick.

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use super::Shared;
use super::files::Files;
use super::scribe::{Order, Scribe};
use crate::disk::{Disk, Step};
use crate::fault::StoreError;
use crate::{limits, sqlite};

#[derive(Debug)]
pub(super) struct Writer {
    orders: Mutex<Option<SyncSender<Order>>>,
    scribe: Arc<Mutex<Scribe>>,
    hand: Hand,
    dir: PathBuf,
    shared: Arc<Shared>,
}

/// Who lets the scribe write.
#[derive(Debug)]
enum Hand {
    Thread(Mutex<Option<Thread>>),
    /// The disk, when it comes to it.
    Disk(Arc<dyn Disk>),
}

#[derive(Debug)]
struct Thread {
    wake: SyncSender<()>,
    ended: JoinHandle<()>,
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
        let scribe = Scribe::new(files, dir.clone(), orders, Arc::clone(&shared));
        let scribe = Arc::new(Mutex::new(scribe));
        let hand = if disk.has_log_thread() {
            let thread = Thread::start(Arc::clone(&scribe))
                .map_err(|source| sqlite::io("start the thread that writes", &dir, source))?;
            Hand::Thread(Mutex::new(Some(thread)))
        } else {
            Hand::Disk(Arc::clone(disk))
        };
        Ok(Self { orders: Mutex::new(Some(sender)), scribe, hand, dir, shared })
    }

    /// Lets a change be written.
    pub(super) fn order(&self, order: Order) {
        if self.note(order) {
            self.wake();
        }
    }

    /// As [`Self::order`]; it is written already when this returns, if the disk is quick.
    pub(super) fn order_here(&self, order: Order) {
        if self.note(order) && !self.write_if_quick() {
            self.wake();
        }
    }

    /// Puts an order behind the others, if it can be written at all.
    fn note(&self, order: Order) -> bool {
        self.shared.unwritten.fetch_add(1, Ordering::Relaxed);
        let sender = self.orders.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let refused = match sender {
            Some(sender) => sender.send(order).err().map(|refused| refused.0),
            None => Some(order),
        };
        let Some(order) = refused else { return true };
        let ended = StoreError::Ended { file: self.dir.display().to_string() };
        self.shared.tell_written(&[order.change], Some(ended.to_string()));
        (order.done)(Err(ended));
        false
    }

    fn write_if_quick(&self) -> bool {
        match &self.hand {
            // If the thread writes just now it may have looked for the last time.
            Hand::Thread(_) => self.scribe.try_lock().is_ok_and(|mut s| s.write_if_quick()),
            Hand::Disk(_) => false,
        }
    }

    fn wake(&self) {
        match &self.hand {
            Hand::Thread(thread) => {
                if let Some(thread) = &*thread.lock().unwrap_or_else(PoisonError::into_inner) {
                    thread.wake();
                }
            }
            Hand::Disk(disk) => {
                let scribe = Arc::clone(&self.scribe);
                disk.begin(Step::Log, Box::new(move || write(&scribe)));
            }
        }
    }

    pub(super) fn close(&self) {
        self.shared.is_closing.store(true, Ordering::Relaxed);
        self.orders.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Hand::Thread(thread) = &self.hand else { return };
        let thread = thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(Thread { wake, ended }) = thread {
            drop(wake);
            if ended.join().is_err() {
                tracing::error!("the thread that writes the log panicked");
            }
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.close();
    }
}

impl Thread {
    fn start(scribe: Arc<Mutex<Scribe>>) -> std::io::Result<Self> {
        // One more would say the same.
        let (wake, woken) = sync_channel(1);
        let work = move || write_until_the_end(&scribe, &woken);
        let ended = std::thread::Builder::new().name("state-log".to_owned()).spawn(work)?;
        Ok(Self { wake, ended })
    }

    fn wake(&self) {
        // Full: it is woken already.
        self.wake.try_send(()).ok();
    }
}

fn write_until_the_end(scribe: &Mutex<Scribe>, woken: &Receiver<()>) {
    while woken.recv().is_ok() {
        write(scribe);
    }
    write(scribe);
}

fn write(scribe: &Mutex<Scribe>) {
    scribe.lock().unwrap_or_else(PoisonError::into_inner).write();
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::time::Duration;

    use crate::log::tests::{open, quick_dir, record};

    #[test]
    fn an_order_that_comes_while_the_thread_ends_its_work_is_not_left_behind() {
        let dir = quick_dir();
        let log = open(&dir);
        let (sender, receiver) = channel();
        // As the thread does when it has looked for the last time.
        let held = log.writer.scribe.lock().unwrap();
        let done = Box::new(move |written| sender.send(written).unwrap());
        log.append_here(vec![record(1, 0, b"body")], done);
        drop(held);
        receiver.recv_timeout(Duration::from_secs(20)).expect("it is written").unwrap();
    }
}
