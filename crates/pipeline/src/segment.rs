//! A segment: the native steps between two processes, run on one thread or on two.
//!
//! The steps before the first sink read and transform, the sinks check and write: the cut between
//! them gives both cores work without changing the order of rows.

use std::panic::resume_unwind;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use model::package::Package;
use tabular::Batch;

use crate::chain::{Chain, Stage};
use crate::context::{Context, Stats};
use crate::error::{Cause, StepError};
use crate::limits;
use crate::processor::Output;

/// What a segment reads.
pub trait Head: Send {
    /// Gives the rows of all incoming resources to `out`, then the stats so far.
    ///
    /// # Errors
    ///
    /// When the input breaks off, and whatever `out` fails with.
    fn feed(&mut self, out: &mut dyn Output) -> Result<Stats, StepError>;
}

/// The start of a pipeline: no resources, no stats.
#[derive(Debug)]
pub struct Nothing;

impl Head for Nothing {
    fn feed(&mut self, _: &mut dyn Output) -> Result<Stats, StepError> {
        Ok(Stats::new())
    }
}

/// Runs a chain that has been described: feeds it from `head`, finishes it, writes to `tail`.
///
/// # Errors
///
/// The first failure of head, steps or tail.
pub fn run(
    mut chain: Chain,
    head: &mut dyn Head,
    tail: &mut (dyn Output + Send),
    ctx: &Context,
) -> Result<(Stats, Vec<Stage>), StepError> {
    let Some(back) = chain.cut() else {
        let mut stats = head.feed(&mut chain.entry(tail))?;
        chain.finish(&mut stats, tail)?;
        return Ok((stats, chain.into_stages()));
    };
    let (sender, receiver) = sync_channel(limits::QUEUE_BATCHES_MAX);
    thread::scope(|scope| {
        let writing = thread::Builder::new()
            .name("pipeline sinks".into())
            .spawn_scoped(scope, move || drain(back, &receiver, tail))
            .map_err(|error| StepError::io("start a thread", error))?;
        let front = feed(&mut chain, head, sender, ctx);
        let back = writing.join().unwrap_or_else(|panic| resume_unwind(panic));
        match (front, back) {
            (Ok(()), Ok((stats, mut stages))) => {
                let mut all = chain.into_stages();
                all.append(&mut stages);
                Ok((stats, all))
            }
            // A front that only saw the queue close was stopped by the back's own failure.
            (Err(front), Err(back)) => {
                Err(if matches!(*front.cause, Cause::Stopped) { back } else { front })
            }
            (Err(error), _) | (_, Err(error)) => Err(error),
        }
    })
}

/// What passes the cut.
enum Message {
    Open(String),
    Rows(Batch),
    Close,
    Finished(Stats),
}

fn feed(
    chain: &mut Chain,
    head: &mut dyn Head,
    sender: SyncSender<Message>,
    ctx: &Context,
) -> Result<(), StepError> {
    let mut queue = Queue { sender, ctx };
    let mut stats = head.feed(&mut chain.entry(&mut queue))?;
    chain.finish(&mut stats, &mut queue)?;
    queue.send(Message::Finished(stats))
}

fn drain(
    mut chain: Chain,
    receiver: &Receiver<Message>,
    tail: &mut dyn Output,
) -> Result<(Stats, Vec<Stage>), StepError> {
    loop {
        // A front that ends without its last message has failed and says why itself.
        let message = receiver.recv().map_err(|_| StepError::new(Cause::Stopped))?;
        let mut entry = chain.entry(tail);
        match message {
            Message::Open(resource) => entry.open(&resource)?,
            Message::Rows(batch) => entry.rows(batch)?,
            Message::Close => entry.close()?,
            Message::Finished(mut stats) => {
                drop(entry);
                chain.finish(&mut stats, tail)?;
                return Ok((stats, chain.into_stages()));
            }
        }
    }
}

/// The near side of the cut.
struct Queue<'a> {
    sender: SyncSender<Message>,
    ctx: &'a Context,
}

impl Queue<'_> {
    fn send(&mut self, message: Message) -> Result<(), StepError> {
        self.ctx.check_stop()?;
        self.sender.send(message).map_err(|_| StepError::new(Cause::Stopped))
    }
}

impl Output for Queue<'_> {
    fn open(&mut self, resource: &str) -> Result<(), StepError> {
        self.send(Message::Open(resource.to_owned()))
    }

    fn rows(&mut self, batch: Batch) -> Result<(), StepError> {
        self.send(Message::Rows(batch))
    }

    fn close(&mut self) -> Result<(), StepError> {
        self.send(Message::Close)
    }
}

/// Holds what leaves a chain against the descriptor that the chain gave.
#[derive(Debug)]
pub struct Checked<O> {
    pub inner: O,
    expected: std::vec::IntoIter<String>,
    /// Rows that have left.
    pub rows: u64,
}

impl<O: Output> Checked<O> {
    /// Passes everything on to `inner`, as long as it fits `package`.
    pub fn new(inner: O, package: &Package) -> Self {
        Self { inner, expected: package.streaming_names().into_iter(), rows: 0 }
    }

    /// An error when a resource of the descriptor never came.
    ///
    /// # Errors
    ///
    /// Names the resource.
    pub fn check_complete(&mut self) -> Result<(), StepError> {
        match self.expected.next() {
            Some(missing) => Err(StepError::resource(missing, "its rows never came")),
            None => Ok(()),
        }
    }
}

impl<O: Output> Output for Checked<O> {
    fn open(&mut self, resource: &str) -> Result<(), StepError> {
        match self.expected.next() {
            Some(expected) if expected == resource => self.inner.open(resource),
            Some(expected) => {
                let problem = format!("its rows came where those of `{expected}` were due");
                Err(StepError::resource(resource, problem))
            }
            None => Err(StepError::resource(resource, "its rows came, but it is not streaming")),
        }
    }

    fn rows(&mut self, batch: Batch) -> Result<(), StepError> {
        self.rows += u64::try_from(batch.rows()).expect("a batch has fewer than 2^64 rows");
        self.inner.rows(batch)
    }

    fn close(&mut self) -> Result<(), StepError> {
        self.inner.close()
    }
}
