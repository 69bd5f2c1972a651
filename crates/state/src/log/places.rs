//! Where in the files each record lies, and reading it from there.

use std::collections::BTreeMap;
use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use bytes::Bytes;

use super::change::Change;
use super::frame::{self, Name};
use super::record::Record;
use super::segment::{self, Head};
use crate::fault::StoreError;
use crate::sqlite::io;

/// Where a frame lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// The number of its file.
    pub(super) segment: u64,
    pub(super) name: Name,
    pub(super) at: u64,
    pub(super) bytes: usize,
}

/// The records that the files hold, by their index.
#[derive(Debug)]
pub(super) struct Places {
    dir: PathBuf,
    all: BTreeMap<u64, Place>,
    /// The file that was read last.
    open: Option<(u64, File)>,
}

impl Places {
    pub(super) fn new(dir: &Path) -> Self {
        Self { dir: dir.to_owned(), all: BTreeMap::new(), open: None }
    }

    /// Takes note of what the frame at `place` changes.
    pub(super) fn note(&mut self, place: Place, changes: &[Change]) {
        for change in changes {
            match change {
                Change::Append(records) => {
                    self.all.extend(records.iter().map(|record| (record.at.index, place)));
                }
                Change::Truncate(from) => drop(self.all.split_off(from)),
                Change::Purge(upto) => self.all = self.all.split_off(&(upto.index + 1)),
                Change::Vote(_) => {}
            }
        }
    }

    /// The first file that holds a record.
    pub(super) fn first_segment(&self) -> Option<u64> {
        self.all.first_key_value().map(|(_, place)| place.segment)
    }

    /// Says which records are missing between the cut and the last one.
    pub(super) fn gap(&self, purged: Option<u64>) -> Option<Range<u64>> {
        let expected = purged.map_or(0, |purged| purged + 1)..;
        let mut both = expected.zip(self.all.keys());
        both.find(|(expected, found)| expected != *found).map(|(expected, found)| expected..*found)
    }

    pub(super) fn last(&mut self) -> Result<Option<Record>, StoreError> {
        let Some((&index, _)) = self.all.last_key_value() else { return Ok(None) };
        let (mut records, _) = self.read(&(index..index + 1), usize::MAX)?;
        Ok(records.pop())
    }

    /// The records of `range`, and whether these are all: else the bytes were enough.
    pub(super) fn read(
        &mut self,
        range: &Range<u64>,
        bytes_max: usize,
    ) -> Result<(Vec<Record>, bool), StoreError> {
        let (mut records, mut bytes, mut next) = (Vec::<Record>::new(), 0, range.start);
        let mut frame: Option<(Place, Vec<Record>)> = None;
        while next < range.end
            && let Some((&index, &place)) = self.all.range(next..range.end).next()
        {
            let held = match frame.take() {
                Some((at, held)) if at == place => held,
                _ => self.read_frame(place)?,
            };
            // Of records with one index the last one counts.
            let Some(record) = held.iter().rev().find(|record| record.at.index == index) else {
                return Err(self.damaged(place, &format!("entry {index} is not in its frame")));
            };
            bytes += record.bytes();
            if bytes > bytes_max && !records.is_empty() {
                return Ok((records, false));
            }
            records.push(record.clone());
            frame = Some((place, held));
            next = index + 1;
        }
        Ok((records, true))
    }

    fn read_frame(&mut self, place: Place) -> Result<Vec<Record>, StoreError> {
        let mut bytes = vec![0; place.bytes];
        let path = segment::path(&self.dir, place.segment);
        let file = match self.open.take() {
            Some((number, file)) if number == place.segment => Ok(file),
            _ => File::open(&path),
        };
        let read = file.and_then(|file| {
            file.read_exact_at(&mut bytes, place.at)?;
            Ok(file)
        });
        self.open = Some((place.segment, read.map_err(|source| io("read", &path, source))?));
        match frame::read(&Bytes::from(bytes), place.name) {
            Ok(Some(frame)) => Ok(frame.changes.into_iter().flat_map(records).collect()),
            Ok(None) => {
                let reason = format!("the checksum of frame {} is wrong", place.name.number);
                Err(self.damaged(place, &reason))
            }
            Err(reason) => Err(self.damaged(place, &reason)),
        }
    }

    /// Lets go of a file that may get another name.
    pub(super) fn close_file(&mut self) {
        self.open = None;
    }

    fn damaged(&self, place: Place, reason: &str) -> StoreError {
        let file = segment::path(&self.dir, place.segment).display().to_string();
        StoreError::Damaged { file, reason: reason.to_owned() }
    }
}

fn records(change: Change) -> Vec<Record> {
    match change {
        Change::Append(records) => records,
        _ => Vec::new(),
    }
}

impl Place {
    pub(super) fn new(head: &Head, frame: u64, at: usize, bytes: usize) -> Self {
        let at = u64::try_from(at).unwrap_or(u64::MAX);
        Self { segment: head.segment, name: head.frame(frame), at, bytes }
    }
}
