//! A temporary file that is written now and read again later.

use std::fs::File;
use std::io::{self, BufWriter, Write};

use crate::error::StepError;
use crate::limits::FILE_BUFFER_BYTES;

/// A new file: one end to read from, the other to write to.
///
/// # Errors
///
/// When the temporary folder takes no file.
pub(super) fn file() -> Result<(File, Box<dyn Write + Send>), StepError> {
    let begin = || -> io::Result<_> {
        let file = tempfile::tempfile()?;
        Ok((file.try_clone()?, file))
    };
    let (kept, written) = begin().map_err(|error| StepError::io("make a temporary file", error))?;
    Ok((kept, Box::new(BufWriter::with_capacity(FILE_BUFFER_BYTES, written))))
}
