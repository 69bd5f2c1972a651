//! How typed values are kept as bytes: a string as its text, anything else as JSON.
//!
//! So every door shows a string bare, and what a person wrote in a shell is a string to a program.
//! The type that is asked for decides how bytes are read: `42` is a number to `i64` and a text to
//! `String`. Where any type will do, such as [`model::Json`], bytes are JSON when they can be.
//!
//! Two values cannot be told apart once they are kept: text that reads as JSON where any type will
//! do, and the text `null` where a value may be missing (`Option<String>`).

mod kept;

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

use kept::Kept;

/// The field of a topic's entry that holds the value, where programs publish one.
pub const FIELD: &[u8] = b"value";

/// The bytes that keep `value`.
///
/// # Errors
///
/// [`WriteError`] when the value has no form in JSON, such as a map whose keys are no texts.
pub fn write<T: Serialize + ?Sized>(value: &T) -> Result<Bytes, WriteError> {
    let json = serde_json::to_vec(value).map_err(WriteError)?;
    if json.first() != Some(&b'"') {
        return Ok(json.into());
    }
    let text: String = serde_json::from_slice(&json).map_err(WriteError)?;
    Ok(text.into())
}

/// The value that `bytes` keep.
///
/// # Errors
///
/// [`ReadError`] when the bytes keep no value of this type.
pub fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ReadError> {
    T::deserialize(Kept(bytes)).map_err(ReadError)
}

/// A value that cannot be kept.
#[derive(Debug, thiserror::Error)]
#[error("the value has no form in JSON")]
pub struct WriteError(#[source] serde_json::Error);

/// Bytes that keep no value of the type that was asked for.
#[derive(Debug, thiserror::Error)]
#[error("the bytes are no value of the type that is asked for")]
pub struct ReadError(#[source] serde_json::Error);

#[cfg(test)]
mod tests;
