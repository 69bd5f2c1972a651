//! Refuses archives that unpack to far more than they hold.

use std::fs::File;
use std::io::BufReader;

use zip::ZipArchive;
use zip::result::ZipError;

use crate::format::ReadError;
use crate::limits::{ARCHIVE_BYTES_MAX, ARCHIVE_RATIO_MAX};

/// Checks the sizes in the directory of the zip archive `file`.
pub(super) fn check(file: &File, format: &'static str) -> Result<(), ReadError> {
    let packed = file.metadata()?.len();
    let fault = |error: ZipError| ReadError::Format { format, problem: error.to_string() };
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(fault)?;
    let mut unpacked = 0;
    for index in 0..archive.len() {
        unpacked += u128::from(archive.by_index_raw(index).map_err(fault)?.size());
    }
    let allowed = (u128::from(packed) * ARCHIVE_RATIO_MAX).max(ARCHIVE_BYTES_MAX);
    if unpacked <= allowed {
        return Ok(());
    }
    Err(ReadError::Expands { format, packed, unpacked })
}
