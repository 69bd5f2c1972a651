//! How commands, answers and rows become bytes.
//!
//! A version byte, then postcard: the wire format is specified, compact, and keeps its order of
//! fields. A new variant goes to the end of its enum; a new field means a new version byte and a
//! reader for both. The golden files in `tests/it/golden` keep the bytes of version 1.

use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use smallvec::{SmallVec, smallvec};

use crate::changes::Change;
use crate::view::ViewError;

mod inline;
pub(crate) mod shared;

use inline::Room;

/// The version that is written.
pub const VERSION: u8 = 1;

/// Bytes that most values need at most, so that few have to move while they are written.
const USUAL_BYTES: usize = 128;

/// Writes `value` behind the version byte.
///
/// # Panics
///
/// Never: the types of this crate hold nothing that postcard cannot write.
pub fn encode<T: Serialize>(value: &T) -> Bytes {
    let mut bytes = Vec::with_capacity(USUAL_BYTES);
    bytes.push(VERSION);
    Bytes::from(append(bytes, value).into_boxed_slice())
}

/// As [`encode`] of what [`append`] wrote.
pub(crate) fn versioned(bytes: &[u8]) -> Vec<u8> {
    [&[VERSION], bytes].concat()
}

/// A row with `value` as [`encode`] writes it.
pub(crate) fn encode_row<T: Serialize>(key: &[u8], value: &T) -> Change {
    let row = short_row(key, value).unwrap_or_else(|| long_row(key, value));
    Change::of_row(row, key.len())
}

fn short_row<T: Serialize>(key: &[u8], value: &T) -> Option<Bytes> {
    let mut room = Room::new();
    room.add(key)?;
    room.add(&[VERSION])?;
    room.write(value)?;
    Some(room.into_bytes())
}

fn long_row<T: Serialize>(key: &[u8], value: &T) -> Bytes {
    let mut row = Vec::with_capacity(key.len() + 1 + length(value));
    row.extend_from_slice(key);
    row.push(VERSION);
    Bytes::from(append(row, value))
}

/// The bytes of a key and of what is kept under it, one behind the other.
pub(crate) fn join(key: &[u8], value: &[u8]) -> Bytes {
    let mut room = Room::new();
    match room.add(key).and_then(|()| room.add(value)) {
        Some(()) => room.into_bytes(),
        None => Bytes::from([key, value].concat()),
    }
}

/// Writes another value behind those that `bytes` hold.
pub(crate) fn append<T: Serialize>(bytes: Vec<u8>, value: &T) -> Vec<u8> {
    postcard::to_extend(value, bytes).expect("the types of this crate can be written")
}

/// Reads what [`encode`] wrote.
///
/// # Errors
///
/// [`DecodeError`] when the version is newer, the bytes are cut or something follows them.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, DecodeError> {
    decode_as(VERSION, bytes)
}

fn decode_as<T: DeserializeOwned>(version: u8, bytes: &[u8]) -> Result<T, DecodeError> {
    let (value, rest) = take(version, bytes)?;
    if rest.is_empty() { Ok(value) } else { Err(DecodeError::Surplus { bytes: rest.len() }) }
}

fn take<T: DeserializeOwned>(wanted: u8, bytes: &[u8]) -> Result<(T, &[u8]), DecodeError> {
    let mut pieces = Pieces::of(wanted, bytes)?;
    Ok((pieces.read()?, pieces.0))
}

/// What [`encode`] wrote, read piece by piece: the fields of a value in their order, and of an enum
/// its variant first.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pieces<'a>(&'a [u8]);

impl<'a> Pieces<'a> {
    /// What stands behind the version byte, which must be the `wanted` one.
    pub(crate) fn of(wanted: u8, bytes: &'a [u8]) -> Result<Self, DecodeError> {
        match bytes.split_first() {
            Some((version, body)) if *version == wanted => Ok(Self(body)),
            Some((version, _)) => Err(DecodeError::Version { version: *version }),
            None => Err(DecodeError::Empty),
        }
    }

    pub(crate) fn read<T: DeserializeOwned>(&mut self) -> Result<T, DecodeError> {
        let (value, rest) = postcard::take_from_bytes(self.0).map_err(DecodeError::Malformed)?;
        self.0 = rest;
        Ok(value)
    }

    /// What comes next, and stays where it is.
    pub(crate) fn peek<T: DeserializeOwned>(mut self) -> Result<T, DecodeError> {
        self.read()
    }

    pub(crate) fn end(self) -> Result<(), DecodeError> {
        match self.0.len() {
            0 => Ok(()),
            bytes => Err(DecodeError::Surplus { bytes }),
        }
    }
}

/// Why bytes could not be read.
#[derive(Debug, PartialEq, thiserror::Error)]
pub enum DecodeError {
    #[error("there are no bytes")]
    Empty,
    #[error("the bytes have version {version}, and this program reads version {VERSION}")]
    Version { version: u8 },
    #[error("the bytes are malformed")]
    Malformed(#[source] postcard::Error),
    #[error("the bytes end too early")]
    Cut,
    #[error("{bytes} bytes follow the end")]
    Surplus { bytes: usize },
    #[error("a transaction cannot hold a transaction")]
    Nested,
    #[error("the transaction has {count} parts, more than {max}")]
    Parts { count: u64, max: usize },
}

/// The encoding of something small, which lies where others need memory of their own.
#[derive(Debug)]
pub(crate) struct Short(SmallVec<[u8; 24]>);

impl Short {
    /// As [`encode`]; none when that takes more than `MAX` bytes.
    pub(crate) fn encode<const MAX: usize>(value: &impl Serialize) -> Option<Self> {
        let mut bytes = [VERSION; MAX];
        let room = bytes.get_mut(1..)?;
        let body = postcard::to_slice(value, room).ok()?.len();
        bytes.get(..=body).map(|bytes| Self(SmallVec::from_slice(bytes)))
    }
}

impl AsRef<[u8]> for Short {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Serialize for Short {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Short {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <&[u8]>::deserialize(deserializer).map(|bytes| Self(SmallVec::from_slice(bytes)))
    }
}

/// As [`decode`]; bytes that are [`shared`] share the memory of `bytes`.
pub(crate) fn decode_shared<T: DeserializeOwned>(bytes: &Bytes) -> Result<T, DecodeError> {
    shared::from(bytes.clone(), decode)
}

/// As [`row`]; bytes that are [`shared`] share the memory of `value`.
pub(crate) fn shared_row<T: DeserializeOwned>(key: &[u8], value: Bytes) -> Result<T, ViewError> {
    shared::from(value, decode).map_err(|error| unread(key, &error))
}

/// Reads the value of a row.
pub(crate) fn row<T: DeserializeOwned>(key: &[u8], value: &[u8]) -> Result<T, ViewError> {
    decode(value).map_err(|error| unread(key, &error))
}

/// How many bytes `value` has when it is written.
pub(crate) fn length<T: Serialize>(value: &T) -> usize {
    postcard::serialize_with_flavor(value, postcard::ser_flavors::Size::default())
        .expect("the types of this crate can be written")
}

/// The version of a row that has fields which its first form had not.
const EXTENDED: u8 = 2;

/// Writes the first form of a row, and the fields that were added to it since.
pub(crate) fn encode_extended<T: Serialize, E: Serialize>(first: &T, added: &E) -> Bytes {
    let mut row = Vec::with_capacity(1 + length(&(first, added)));
    row.push(EXTENDED);
    Bytes::from(append(row, &(first, added)))
}

/// Reads a row in its first form, or with the added fields.
pub(crate) fn extended_row<T: DeserializeOwned, E: DeserializeOwned>(
    key: &[u8],
    value: &[u8],
) -> Result<(T, Option<E>), ViewError> {
    if value.first() != Some(&EXTENDED) {
        return Ok((row(key, value)?, None));
    }
    let (first, added) = decode_as(EXTENDED, value).map_err(|error| unread(key, &error))?;
    Ok((first, Some(added)))
}

fn unread(key: &[u8], error: &DecodeError) -> ViewError {
    damaged(key, &model::fault::Chain(error).to_string())
}

/// Reads the values that [`append`] wrote behind each other into the value of a row; bytes that are
/// [`shared`] share its memory.
pub(crate) fn row_of_many<T: DeserializeOwned>(
    key: &[u8],
    value: &Bytes,
) -> Result<Vec<T>, ViewError> {
    let mut all = Vec::new();
    let read = shared::from(value.clone(), |value| each(value, |one| all.push(one)));
    read.map(|()| all).map_err(|error| unread(key, &error))
}

/// As [`row_of_many`] for who looks at no bytes that are [`shared`]: they come out empty.
pub(crate) fn skim_row_of_many<T: DeserializeOwned>(
    key: &[u8],
    value: &[u8],
    visit: impl FnMut(T),
) -> Result<(), ViewError> {
    shared::skipped(|| each(value, visit)).map_err(|error| unread(key, &error))
}

/// Reads at least one value.
fn each<T: DeserializeOwned>(bytes: &[u8], mut visit: impl FnMut(T)) -> Result<(), DecodeError> {
    let mut pieces = Pieces::of(VERSION, bytes)?;
    loop {
        visit(pieces.read()?);
        if pieces.0.is_empty() {
            return Ok(());
        }
    }
}

pub(crate) fn damaged(key: &[u8], reason: &str) -> ViewError {
    ViewError::Damaged { key: Bytes::copy_from_slice(key), reason: reason.to_owned() }
}

/// A double whose bytes order as the numbers do; both zeros are one, and no number follows NaN.
pub(crate) fn ordered_float(value: f64) -> [u8; 8] {
    const SIGN: u64 = 1 << 63;
    let bits = (value + 0.0).to_bits();
    let bits = if value == 0.0 { 0 } else { bits };
    let ordered = if bits & SIGN == 0 { bits | SIGN } else { !bits };
    ordered.to_be_bytes()
}

/// Reads what [`ordered_float`] wrote.
pub(crate) fn read_ordered_float(bytes: [u8; 8]) -> f64 {
    const SIGN: u64 = 1 << 63;
    let ordered = u64::from_be_bytes(bytes);
    f64::from_bits(if ordered & SIGN == 0 { !ordered } else { ordered & !SIGN })
}

/// A key of rows, written piece by piece: most fit in without memory of their own.
#[derive(Debug)]
pub(crate) struct Key(SmallVec<[u8; 64]>);

impl std::ops::Deref for Key {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl Key {
    pub(crate) fn table(table: u8) -> Self {
        Self(smallvec![table])
    }

    pub(crate) fn u8(mut self, value: u8) -> Self {
        self.0.push(value);
        self
    }

    pub(crate) fn u64(mut self, value: u64) -> Self {
        self.0.extend_from_slice(&value.to_be_bytes());
        self
    }

    /// Bytes that nothing follows.
    pub(crate) fn tail(mut self, value: &[u8]) -> Self {
        self.0.extend_from_slice(value);
        self
    }

    /// Bytes that something follows: behind their length, so that they order by length first.
    pub(crate) fn sized(mut self, value: &[u8]) -> Self {
        let length = u32::try_from(value.len()).unwrap_or(u32::MAX);
        self.0.extend_from_slice(&length.to_be_bytes());
        self.0.extend_from_slice(value);
        self
    }

    pub(crate) fn end(self) -> Bytes {
        Bytes::copy_from_slice(&self.0)
    }
}

/// The smallest key behind all keys that begin with `prefix`.
pub(crate) fn after_prefix(prefix: &[u8]) -> Bytes {
    let mut end = prefix.to_vec();
    while let Some(last) = end.pop() {
        if let Some(next) = last.checked_add(1) {
            end.push(next);
            return Bytes::from(end);
        }
    }
    // Nothing is behind a prefix of only 0xff; tables never begin so.
    Bytes::from_static(&[0xff; 9])
}

/// The smallest key behind `key`.
pub(crate) fn after(key: &[u8]) -> Bytes {
    Bytes::from([key, &[0]].concat())
}

#[cfg(test)]
mod tests;
