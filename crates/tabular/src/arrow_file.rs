//! Arrow's own files: the file format (also called Feather version 2) and the stream format.

mod messages;
mod read;
mod write;

pub use read::ArrowReader;
pub use write::ArrowWriter;

use arrow::error::ArrowError;

use crate::format::ReadError;

const FORMAT: &str = "arrow";

/// The text of an Arrow error, or the I/O error inside it.
fn cause(error: ArrowError) -> Result<std::io::Error, String> {
    match error {
        ArrowError::IoError(_, source) => Ok(source),
        ArrowError::ExternalError(source) => match source.downcast::<std::io::Error>() {
            Ok(io) => Ok(*io),
            Err(other) => Err(other.to_string()),
        },
        other => Err(other.to_string()),
    }
}

fn fault(error: ArrowError) -> ReadError {
    match cause(error) {
        Ok(io) => ReadError::Io(io),
        Err(problem) => ReadError::Format { format: FORMAT, problem },
    }
}

#[cfg(test)]
mod tests;
