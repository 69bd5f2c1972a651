//! Bytes that share the memory of what they are read from, marked with
//! `#[serde(with = "encoding::shared")]`.
//!
//! serde shows a value its bytes and not who owns them, so the owner is laid ready for as long as
//! something is read from it.

use std::cell::RefCell;

use bytes::Bytes;
use serde::de::{Error, Visitor};
use serde::{Deserializer, Serializer};

thread_local! {
    static OWNER: RefCell<Bytes> = const { RefCell::new(Bytes::new()) };
}

/// Calls `read`, which reads from `owner`.
pub(super) fn from<T>(owner: &Bytes, read: impl FnOnce() -> T) -> T {
    let before = OWNER.replace(owner.clone());
    let value = read();
    OWNER.set(before);
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
        Ok(OWNER.with_borrow(|owner| part_of(owner, part)))
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
