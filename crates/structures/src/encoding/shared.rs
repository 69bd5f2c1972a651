//! Bytes that share the memory of what they are read from, marked with
//! `#[serde(with = "encoding::shared")]`.
//!
//! serde shows a value its bytes and not who owns them, so the owner is laid ready for as long as
//! something is read from it. Who reads a value must not read another one within that.

use std::cell::RefCell;

use bytes::Bytes;
use serde::de::{Error, Visitor};
use serde::{Deserializer, Serializer};

thread_local! {
    static SOURCE: RefCell<Source> = const { RefCell::new(Source::copied()) };
}

/// From where values are read now.
struct Source {
    /// Empty when bytes are to be copied.
    owner: Bytes,
    /// Nobody looks at the bytes.
    are_skipped: bool,
}

impl Source {
    const fn copied() -> Self {
        Self { owner: Bytes::new(), are_skipped: false }
    }
}

/// Reads from `owner`.
pub(super) fn from<T>(owner: Bytes, read: impl FnOnce(&[u8]) -> T) -> T {
    SOURCE.set(Source { owner, ..Source::copied() });
    let value = SOURCE.with_borrow(|source| read(&source.owner));
    SOURCE.set(Source::copied());
    value
}

/// Reads values whose bytes nobody looks at: they are empty.
pub(super) fn skipped<T>(read: impl FnOnce() -> T) -> T {
    SOURCE.set(Source { are_skipped: true, ..Source::copied() });
    let value = read();
    SOURCE.set(Source::copied());
    value
}

pub(crate) fn serialize<S: Serializer>(bytes: &Bytes, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_bytes(bytes)
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Bytes, D::Error> {
    from.deserialize_bytes(Shared)
}

struct Shared;

impl Visitor<'_> for Shared {
    type Value = Bytes;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("bytes")
    }

    fn visit_bytes<E: Error>(self, part: &[u8]) -> Result<Bytes, E> {
        Ok(SOURCE.with_borrow(|source| match source.are_skipped {
            true => Bytes::new(),
            false => part_of(&source.owner, part),
        }))
    }
}

/// A part of what `owner` has; a copy when it lies elsewhere.
fn part_of(owner: &Bytes, part: &[u8]) -> Bytes {
    let start = part.as_ptr().addr().checked_sub(owner.as_ptr().addr());
    let end = start.and_then(|start| start.checked_add(part.len()));
    match (start, end) {
        (Some(start), Some(end)) if end <= owner.len() => owner.slice(start..end),
        _ => Bytes::copy_from_slice(part),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_shared_and_anything_else_is_copied() {
        let owner = Bytes::from(b"abcdef".to_vec());
        let part = part_of(&owner, &owner[2..5]);
        assert_eq!(part, "cde");
        assert_eq!(part.as_ptr(), owner[2..].as_ptr());
        assert_eq!(part_of(&owner, &owner[6..]), "");
        let other = b"cde".to_vec();
        let copied = part_of(&owner, &other);
        assert_eq!(copied, "cde");
        assert_ne!(copied.as_ptr(), other.as_ptr());
    }
}
