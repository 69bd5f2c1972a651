//! The simulated disk of a node: work takes its time, and any write may be the last one.
//!
//! Below are real files, and the real SQLite, of which a crash keeps what was durable: nothing of a
//! write that had not begun, all of one that was done. Of one in the middle it keeps any sectors that
//! were written to a file of the log, or any first part of what SQLite appended to its write-ahead log.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use state::{Disk, Parcel, Pending, Step, Work};
use tokio::io::{AsyncRead, AsyncSeek, AsyncWrite, ReadBuf};

use crate::chance::Chance;
use crate::life::{self, Files, Life};
use crate::world::{World, pause_us};

/// What a disk writes at once, or not at all.
const SECTOR_BYTES: usize = 512;

/// Longest time of one piece of work when all is well.
pub(crate) const CALM_US: u64 = 2_000;

#[derive(Debug, Clone)]
pub(crate) struct SimulatedDisk(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    world: Arc<World>,
    life: Arc<Life>,
    mood: Mutex<Mood>,
}

#[derive(Debug)]
struct Mood {
    chance: Chance,
    /// Longest time of one piece of work.
    most_us: u64,
    /// The node is lost at a piece of work of this kind, or of any, after so many others.
    last_work: Option<(Option<Step>, u64)>,
    /// What a disk that lies keeps: the files before the last write to the log.
    before: Option<Files>,
}

/// Where in a write a node is lost.
#[derive(Debug, Clone, Copy)]
enum Point {
    Before,
    Within,
    After,
}

impl SimulatedDisk {
    pub(crate) fn new(world: Arc<World>, life: Arc<Life>, chance: Chance) -> Self {
        let mood = Mood { chance, most_us: CALM_US, last_work: None, before: None };
        Self(Arc::new(Inner { world, life, mood: Mutex::new(mood) }))
    }

    /// Lets work take so long from now on, at most.
    pub(crate) fn slow_down(&self, most_us: u64) {
        self.mood().most_us = most_us;
    }

    /// Lets nothing go wrong any more.
    pub(crate) fn calm_down(&self) {
        let mut mood = self.mood();
        mood.most_us = CALM_US;
        mood.last_work = None;
    }

    /// Lets the node be lost at one of the next pieces of work.
    pub(crate) fn lose_soon(&self) {
        let mut mood = self.mood();
        let steps = [None, None, Some(Step::Flush), Some(Step::Copy), Some(Step::Install)];
        let step = mood.chance.pick(&steps).copied().flatten();
        let left = if step.is_none() { mood.chance.below(8) } else { 0 };
        mood.last_work = Some((step, left));
    }

    /// Ends the node now.
    pub(crate) fn lose(&self) {
        let before = self.mood().before.take();
        self.0.life.crash(before.unwrap_or_else(|| self.files()));
    }

    fn mood(&self) -> std::sync::MutexGuard<'_, Mood> {
        self.0.mood.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the node is lost at this piece of work.
    fn point(&self, step: Step) -> Option<Point> {
        let mut mood = self.mood();
        match mood.last_work {
            Some((chosen, 0)) if chosen.is_none_or(|chosen| chosen == step) => {
                let points = [Point::Before, Point::Within, Point::After];
                mood.chance.pick(&points).copied()
            }
            Some((chosen, left)) => {
                mood.last_work = Some((chosen, left.saturating_sub(1)));
                None
            }
            None => None,
        }
    }

    fn do_now(&self, step: Step, work: Work) {
        let Inner { world, life, .. } = &*self.0;
        let node = life.node;
        if life.is_over() {
            return;
        }
        let point = self.point(step);
        world.note(format_args!("disk {node} {step:?} {point:?}"));
        match point {
            None => {
                if world.disks_lie && step == Step::Log {
                    self.mood().before = Some(self.files());
                }
                work();
            }
            Some(Point::Before) => self.lose(),
            Some(Point::After) => {
                work();
                self.lose();
            }
            Some(Point::Within) => {
                let before = self.files();
                work();
                let after = self.files();
                let left = torn(before, after, &mut self.mood().chance);
                life.crash(left);
            }
        }
    }

    fn files(&self) -> Files {
        life::files(&self.0.life.dir).expect("the files of a node can be read")
    }
}

/// What is left of a write that was cut short.
fn torn(before: Files, after: Files, chance: &mut Chance) -> Files {
    let ways: Option<Vec<Way>> = (before.len() == after.len())
        .then(|| before.iter().zip(&after).map(|(old, new)| Way::of(old, new)).collect())
        .flatten();
    let Some(ways) = ways else {
        // A checkpoint, or files that were made or renamed.
        return if chance.happens(1, 2) { before } else { after };
    };
    let files = ways.into_iter().zip(before.into_iter().zip(after));
    files.map(|(way, ((name, old), (_, new)))| (name, way.torn(&old, new, chance))).collect()
}

/// How a file was written that a crash may leave half written.
#[derive(Debug, Clone, Copy)]
enum Way {
    Append,
    Sectors,
}

impl Way {
    fn of((old_name, old): &(String, Vec<u8>), (name, new): &(String, Vec<u8>)) -> Option<Self> {
        match name == old_name {
            true if old == new => Some(Self::Append),
            true if name.ends_with("-wal") && new.starts_with(old) => Some(Self::Append),
            true if name.starts_with("log.") && old.len() == new.len() => Some(Self::Sectors),
            _ => None,
        }
    }

    fn torn(self, old: &[u8], new: Vec<u8>, chance: &mut Chance) -> Vec<u8> {
        match self {
            Self::Append => {
                let grown = u64::try_from(new.len().saturating_sub(old.len())).unwrap_or(0);
                let kept = usize::try_from(chance.between(0, grown)).unwrap_or(0);
                new.into_iter().take(old.len() + kept).collect()
            }
            Self::Sectors => {
                let sectors = old.chunks(SECTOR_BYTES).zip(new.chunks(SECTOR_BYTES));
                let either = |(old, new)| if chance.happens(1, 2) { old } else { new };
                sectors.flat_map(either).copied().collect()
            }
        }
    }
}

impl Disk for SimulatedDisk {
    fn begin(&self, step: Step, work: Work) {
        let delay_us = {
            let mut mood = self.mood();
            let most_us = mood.most_us;
            mood.chance.between(50, most_us)
        };
        let disk = self.clone();
        self.0.world.spawn(async move {
            pause_us(delay_us).await;
            disk.do_now(step, work);
        });
    }

    fn has_log_thread(&self) -> bool {
        false
    }

    fn parcel(&self, file: File) -> Box<dyn Parcel> {
        Box::new(SimulatedFile(file, 0))
    }
}

/// A file that is read and written at once, and where the last seek led.
#[derive(Debug)]
struct SimulatedFile(File, u64);

impl Parcel for SimulatedFile {
    fn into_file(self: Box<Self>) -> Pending<'static, File> {
        Box::pin(async move { self.0 })
    }
}

impl AsyncRead for SimulatedFile {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        let read = self.0.read(buffer.initialize_unfilled());
        Poll::Ready(read.map(|bytes| buffer.advance(bytes)))
    }
}

impl AsyncWrite for SimulatedFile {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        Poll::Ready(self.0.write(bytes))
    }

    fn poll_flush(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(self.0.flush())
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        self.poll_flush(context)
    }
}

impl AsyncSeek for SimulatedFile {
    fn start_seek(mut self: Pin<&mut Self>, to: SeekFrom) -> std::io::Result<()> {
        self.1 = self.0.seek(to)?;
        Ok(())
    }

    fn poll_complete(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<u64>> {
        Poll::Ready(Ok(self.1))
    }
}
