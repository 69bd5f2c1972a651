//! Keys that do not fit in memory: in files, each holding the keys of one range of hashes.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fs::File;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::io::{BufReader, BufWriter, ErrorKind, Read, Seek, Write};

use arrow::buffer::BooleanBuffer;
use tabular::Column;

use crate::equality::write_key;
use crate::error::StepError;

/// Parts that late keys are cut into. One part at a time is held in memory, so this many times
/// the memory for keys is what a resource may have.
const PARTS: usize = 64;

/// Appends the key of row `row`: its values, each after its length, so that no two rows with
/// other values have the same text.
pub(super) fn write_row_key(out: &mut String, columns: &[Cow<'_, Column>], row: usize) {
    for column in columns {
        let start = out.len();
        write_key(out, column.value(row).as_ref());
        if columns.len() > 1 {
            let length = out.len() - start;
            out.push_str(&format!("\u{0}{length}\u{0}"));
        }
    }
}

/// Keys of rows that were kept aside, numbered from 0 in the order of the rows.
#[derive(Debug, Default)]
pub(super) struct LateKeys {
    parts: Vec<BufWriter<File>>,
    rows: usize,
}

impl LateKeys {
    /// Adds the key of the next row.
    pub(super) fn push(&mut self, key: &str) -> Result<(), StepError> {
        self.write(key).map_err(|error| StepError::io("write keys to a temporary file", error))?;
        self.rows += 1;
        Ok(())
    }

    /// A bit for each row: set when no earlier row has its key.
    pub(super) fn firsts(self) -> Result<BooleanBuffer, StepError> {
        let mut firsts = vec![false; self.rows];
        for part in self.parts {
            mark_firsts(part, &mut firsts)
                .map_err(|error| StepError::io("read keys from a temporary file", error))?;
        }
        Ok(BooleanBuffer::from(firsts))
    }

    fn write(&mut self, key: &str) -> std::io::Result<()> {
        while self.parts.len() < PARTS {
            self.parts.push(BufWriter::new(tempfile::tempfile()?));
        }
        let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(key);
        let part = usize::try_from(hash % number(PARTS)).unwrap_or_default();
        let Some(file) = self.parts.get_mut(part) else { return Ok(()) };
        file.write_all(&number(self.rows).to_le_bytes())?;
        file.write_all(&number(key.len()).to_le_bytes())?;
        file.write_all(key.as_bytes())
    }
}

fn mark_firsts(part: BufWriter<File>, firsts: &mut [bool]) -> std::io::Result<()> {
    let mut file = part.into_inner().map_err(std::io::IntoInnerError::into_error)?;
    file.rewind()?;
    let mut file = BufReader::new(file);
    let mut seen: HashSet<Box<[u8]>> = HashSet::new();
    let mut number = [0; 8];
    loop {
        match file.read_exact(&mut number) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(()),
            Err(error) => return Err(error),
        }
        let row = usize::try_from(u64::from_le_bytes(number)).unwrap_or(usize::MAX);
        file.read_exact(&mut number)?;
        let length = usize::try_from(u64::from_le_bytes(number)).unwrap_or(usize::MAX);
        let mut key = vec![0; length];
        file.read_exact(&mut key)?;
        if let Some(first) = firsts.get_mut(row) {
            *first = seen.insert(key.into_boxed_slice());
        }
    }
}

fn number(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
