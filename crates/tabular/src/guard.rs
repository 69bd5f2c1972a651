//! Keeps a decoder of ours or others that trips over damaged bytes from taking the program down.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::format::ReadError;

thread_local! {
    static IS_GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Whether a panic of this thread will become an error, so that a panic hook can say nothing.
pub fn is_guarded() -> bool {
    IS_GUARDED.get()
}

/// Gives the result of `decode`; a panic in it becomes an error of the format.
///
/// The libraries for Arrow, Parquet and spreadsheets check most of what they read, but a damaged
/// offset still ends in an assertion now and then. What `decode` changed must not be used again
/// after such an error.
pub(crate) fn guarded<T>(
    format: &'static str,
    decode: impl FnOnce() -> Result<T, ReadError>,
) -> Result<T, ReadError> {
    let outer = IS_GUARDED.replace(true);
    let result = catch_unwind(AssertUnwindSafe(decode));
    IS_GUARDED.set(outer);
    result.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
        let problem = format!("the bytes are damaged ({})", text.unwrap_or("no details"));
        Err(ReadError::Format { format, problem })
    })
}

#[cfg(test)]
mod tests;
