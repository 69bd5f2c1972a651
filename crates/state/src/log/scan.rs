//! Reading all files of a log when it is opened.
//!
//! A write that a stop cut short leaves a frame that is not whole, behind all others: there the
//! log ends. Anything else that is not whole is damage.

use std::path::{Path, PathBuf};

use super::change::Ends;
use super::frame::SECTOR_BYTES;
use super::places::{Place, Places};
use super::segment::{self, Head, Segment};
use super::window::Window;
use crate::fault::StoreError;

/// What the files say.
#[derive(Debug)]
pub(super) struct Scanned {
    pub(super) places: Places,
    pub(super) ends: Ends,
    pub(super) next_frame: u64,
    /// The newest file.
    pub(super) segment: Segment,
}

/// What the files that were read so far say.
#[derive(Debug)]
struct Scan<'a> {
    dir: &'a Path,
    places: Places,
    ends: Ends,
    next_frame: Option<u64>,
}

/// A file, and where its frames end.
#[derive(Debug)]
struct Read {
    path: PathBuf,
    head: Head,
    end: usize,
    bytes: usize,
}

/// Reads the files that have these numbers, which follow each other; none: there are none.
pub(super) fn scan(dir: &Path, numbers: &[u64]) -> Result<Option<Scanned>, StoreError> {
    let (places, ends) = (Places::new(dir), Ends::default());
    let mut scan = Scan { dir, places, ends, next_frame: None };
    let mut newest = None;
    for &number in numbers {
        newest = Some(scan.read(number)?);
    }
    let Some(Read { path, head, end, bytes }) = newest else { return Ok(None) };
    let Scan { mut places, mut ends, next_frame, .. } = scan;
    if let Some(gap) = places.gap(ends.purged.map(|purged| purged.index)) {
        let reason = format!("the entries {} to {} are missing", gap.start, gap.end - 1);
        return Err(damaged(&path, reason));
    }
    ends.last = places.last()?.map(|record| record.at).or(ends.purged);
    let next_frame = next_frame.unwrap_or(head.first_frame);
    let segment = Segment::open(path, head, end, bytes)?;
    Ok(Some(Scanned { places, ends, next_frame, segment }))
}

impl Scan<'_> {
    fn read(&mut self, number: u64) -> Result<Read, StoreError> {
        let path = segment::path(self.dir, number);
        let mut window = Window::open(&path)?;
        let head = Head::read(&window.at(0, SECTOR_BYTES)?, &path)?;
        let mut next = match self.next_frame {
            None => {
                (self.ends.vote, self.ends.purged) = (head.vote, head.purged);
                head.first_frame
            }
            Some(next) => next,
        };
        if (head.segment, head.first_frame) != (number, next) {
            let Head { segment, first_frame, .. } = head;
            let found =
                format!("it is file {segment} of the log and begins at frame {first_frame}");
            return Err(damaged(&path, format!("{found}, not file {number} at frame {next}")));
        }
        let mut end = SECTOR_BYTES;
        while let Some(frame) = window.frame(end, head.frame(next))? {
            self.places.note(Place::new(&head, next, end, frame.bytes), &frame.changes);
            self.ends.note(&frame.changes);
            end += frame.bytes;
            next += 1;
        }
        if window.holds_later(end, head.frame(next))? {
            return Err(damaged(&path, format!("the checksum of frame {next} is wrong")));
        }
        self.next_frame = Some(next);
        Ok(Read { path, head, end, bytes: window.length })
    }
}

fn damaged(path: &Path, reason: String) -> StoreError {
    StoreError::Damaged { file: path.display().to_string(), reason }
}
