//! The files of a log, numbered: opening what is there, and writing behind it.

use std::path::{Path, PathBuf};

use super::change::{Change, Ends};
use super::frame;
use super::places::{Place, Places};
use super::scan::{Scanned, scan};
use super::segment::{self, Head, Segment};
use crate::fault::StoreError;
use crate::limits;
use crate::sqlite::io;

/// The files, for the one who writes.
#[derive(Debug)]
pub(super) struct Files {
    dir: PathBuf,
    /// The number of the oldest one.
    oldest: u64,
    /// The newest one, which is written.
    segment: Segment,
    next_frame: u64,
    /// Vote and cut, as the frames say.
    ends: Ends,
    /// Files whose records were cut, for what comes.
    spares: Vec<PathBuf>,
    /// Bytes of a file.
    segment_bytes: usize,
    /// The memory of the last frame.
    frame: Vec<u8>,
}

/// What opening finds.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) files: Files,
    pub(super) places: Places,
    pub(super) ends: Ends,
    /// Whose log it is.
    pub(super) owner: u64,
}

/// Opens the files, and makes the first one of the log of `node` when there are none.
pub(super) fn open(dir: &Path, node: u64, segment_bytes: usize) -> Result<Opened, StoreError> {
    let (mut numbers, others) = find(dir)?;
    let (spares, useless): (Vec<PathBuf>, Vec<PathBuf>) = others
        .into_iter()
        .partition(|path| segment::is_spare(path) && has_length(path, segment_bytes));
    // Before a file is made: one that was not finished has its name.
    useless.iter().try_for_each(|path| remove(path))?;
    // Files that were not needed may have lost their names in any order.
    let runs = numbers.chunk_by(|one, next| one + 1 == *next);
    let unneeded: usize = runs.rev().skip(1).map(<[u64]>::len).sum();
    let unneeded: Vec<u64> = numbers.drain(..unneeded).collect();
    let scanned = match scan(dir, &numbers)? {
        Some(scanned) => scanned,
        None => new(dir, node, segment_bytes)?,
    };
    unneeded.into_iter().try_for_each(|number| remove(&segment::path(dir, number)))?;
    let Scanned { places, ends, next_frame, segment } = scanned;
    let files = Files {
        dir: dir.to_owned(),
        oldest: numbers.first().copied().unwrap_or(segment.head.segment),
        next_frame,
        ends: ends.clone(),
        spares,
        segment_bytes,
        frame: Vec::new(),
        segment,
    };
    Ok(Opened { owner: files.segment.head.node, files, places, ends })
}

fn new(dir: &Path, node: u64, segment_bytes: usize) -> Result<Scanned, StoreError> {
    let (segment, salt, next_frame) = (1, rand::random(), 1);
    let head = Head { node, segment, salt, first_frame: next_frame, vote: None, purged: None };
    let segment = Segment::make(dir, head, segment_bytes)?;
    // The folder may be as new as its first file.
    if let Some(parent) = dir.parent().filter(|parent| parent.exists()) {
        segment::sync_dir(parent)?;
    }
    Ok(Scanned { places: Places::new(dir), ends: Ends::default(), next_frame, segment })
}

/// The numbers of the files in order, and what else begins as their names do.
fn find(dir: &Path) -> Result<(Vec<u64>, Vec<PathBuf>), StoreError> {
    let failed = |source| io("read", dir, source);
    let (mut numbers, mut others) = (Vec::new(), Vec::new());
    for entry in std::fs::read_dir(dir).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        match segment::number(&entry.path()) {
            Some(number) => numbers.push(number),
            None if segment::is_other(&entry.path()) => others.push(entry.path()),
            None => {}
        }
    }
    numbers.sort_unstable();
    Ok((numbers, others))
}

/// Whether the folder holds files of a log.
pub(super) fn are_in(dir: &Path) -> Result<bool, StoreError> {
    Ok(dir.exists() && !find(dir)?.0.is_empty())
}

fn has_length(path: &Path, bytes: usize) -> bool {
    std::fs::metadata(path).is_ok_and(|found| usize::try_from(found.len()) == Ok(bytes))
}

fn remove(path: &Path) -> Result<(), StoreError> {
    std::fs::remove_file(path).map_err(|source| io("remove", path, source))
}

impl Files {
    /// Writes changes as one frame, which is durable when this returns, and says where it lies.
    pub(super) fn write(&mut self, changes: &[Change]) -> Result<Place, StoreError> {
        let bytes = frame::length(changes);
        if !self.segment.has_room(bytes) {
            self.begin_segment(bytes)?;
        }
        let Segment { head, end, .. } = &self.segment;
        let place = Place::new(head, self.next_frame, *end, bytes);
        frame::write(&mut self.frame, place.name, changes);
        self.segment.append(&self.frame)?;
        self.frame.shrink_to(limits::LOG_FRAME_KEPT_BYTES);
        self.next_frame += 1;
        self.ends.note(changes);
        Ok(place)
    }

    /// Whether these changes are few, and need no other file.
    pub(super) fn has_room_for_few(&self, changes: &[Change]) -> bool {
        let bytes = frame::length(changes);
        bytes <= limits::LOG_QUICK_BYTES_MAX && self.segment.has_room(bytes)
    }

    /// Goes on in the next file, which has room for a frame of so many bytes.
    fn begin_segment(&mut self, frame_bytes: usize) -> Result<(), StoreError> {
        let head = Head {
            node: self.segment.head.node,
            segment: self.segment.head.segment + 1,
            salt: rand::random(),
            first_frame: self.next_frame,
            vote: self.ends.vote,
            purged: self.ends.purged,
        };
        let bytes = segment::length_for(frame_bytes).max(self.segment_bytes);
        self.segment = match self.spares.last() {
            Some(spare) if bytes == self.segment_bytes => {
                let segment = Segment::reuse(&self.dir, head, spare, bytes)?;
                self.spares.pop();
                segment
            }
            _ => Segment::make(&self.dir, head, bytes)?,
        };
        Ok(())
    }

    /// Whether files before the file `needed` are there.
    pub(super) fn has_unneeded(&self, needed: Option<u64>) -> bool {
        self.oldest < needed.unwrap_or(self.segment.head.segment)
    }

    /// Makes spares of the files before the file `needed`, or before the newest one; at most as
    /// many as there are files with records, for a log needs about as much again until it is cut.
    pub(super) fn spare(&mut self, needed: Option<u64>) -> Result<(), StoreError> {
        let newest = self.segment.head.segment;
        let needed = needed.unwrap_or(newest);
        let kept_max = usize::try_from(newest + 1 - needed).unwrap_or(usize::MAX);
        let kept_max = kept_max.min(limits::LOG_SPARES_MAX);
        let mut new = Vec::new();
        while self.oldest < needed {
            let path = segment::path(&self.dir, self.oldest);
            let has_place = self.spares.len() + new.len() < kept_max;
            if has_place && has_length(&path, self.segment_bytes) {
                new.push(segment::make_spare(&self.dir, self.oldest)?);
            } else {
                remove(&path)?;
            }
            self.oldest += 1;
        }
        // A spare that is written anew must not get its old name back.
        segment::sync_dir(&self.dir)?;
        self.spares.append(&mut new);
        while self.spares.len() > kept_max
            && let Some(spare) = self.spares.last()
        {
            remove(spare)?;
            self.spares.pop();
        }
        Ok(())
    }
}
