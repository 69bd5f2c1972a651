//! Checks an xls file for a sheet of impossible size.
//!
//! The decoder reserves memory for all cells that a sheet claims to span, and a damaged claim is
//! more than any machine has.

use std::fs::File;
use std::io::{BufReader, Read};

use cfb::CompoundFile;

use crate::format::ReadError;

/// The record that says which cells a sheet spans.
const DIMENSIONS: u16 = 0x0200;
/// The bounds of the format.
const CELLS_MAX: u64 = 65_536 * 256;

/// Looks at every record of the workbook in `file`.
pub(super) fn check(file: &File) -> Result<(), ReadError> {
    // What does not open here does not open there either, and says why.
    let Ok(mut container) = CompoundFile::open(BufReader::new(file)) else { return Ok(()) };
    let mut bytes = Vec::new();
    for name in ["Workbook", "Book"] {
        if let Ok(stream) = container.open_stream(name) {
            stream.take(file.metadata()?.len()).read_to_end(&mut bytes)?;
        }
    }
    let mut rest = bytes.as_slice();
    while let Some((&[type_1, type_2, size_1, size_2], after)) = rest.split_first_chunk::<4>() {
        let size = usize::from(u16::from_le_bytes([size_1, size_2]));
        let Some((body, after)) = after.split_at_checked(size) else { break };
        if u16::from_le_bytes([type_1, type_2]) == DIMENSIONS && cells(body) > CELLS_MAX {
            let problem = "the bytes are damaged: a sheet is larger than any xls sheet";
            return Err(ReadError::Format { format: "xls", problem: problem.into() });
        }
        rest = after;
    }
    Ok(())
}

/// How many cells a record of dimensions claims; it gives the first row and column, and the ones
/// after the last.
fn cells(body: &[u8]) -> u64 {
    let span = match *body {
        [f1, f2, f3, f4, e1, e2, e3, e4, c1, c2, d1, d2, ..] => {
            let rows = (u32::from_le_bytes([f1, f2, f3, f4]), u32::from_le_bytes([e1, e2, e3, e4]));
            let columns = (u16::from_le_bytes([c1, c2]), u16::from_le_bytes([d1, d2]));
            Some((rows, columns))
        }
        [f1, f2, e1, e2, c1, c2, d1, d2, ..] => {
            let rows = (u16::from_le_bytes([f1, f2]).into(), u16::from_le_bytes([e1, e2]).into());
            Some((rows, (u16::from_le_bytes([c1, c2]), u16::from_le_bytes([d1, d2]))))
        }
        _ => None,
    };
    let Some(((first_row, end_row), (first_column, end_column))) = span else { return 0 };
    if end_row == 0 || end_column == 0 {
        return 0;
    }
    // A first column beyond the last one is read as none.
    let first_column =
        if first_column > 255 || first_column > end_column { 0 } else { first_column };
    let rows = u64::from(end_row).checked_sub(first_row.into());
    rows.map_or(u64::MAX, |rows| rows * u64::from(end_column - first_column))
}
