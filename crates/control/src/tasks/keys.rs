//! Keys of a map as items: where each lives, and what a function gets for it. Pure.

use std::collections::BTreeSet;

use bytes::Bytes;
use model::Json;
use serde::de::IgnoredAny;
use state::NodeId;

/// The member of `members` where a key lives: the one of greatest weight, which depends on map, key
/// and member alone. So all agree on it, it stays while that member does, and what a member leaves
/// behind is spread over all others.
///
/// Method: rendezvous hashing, Thaler and Ravishankar 1998.
pub(super) fn home(map: &str, key: &str, members: &BTreeSet<NodeId>) -> Option<NodeId> {
    members.iter().copied().max_by_key(|member| weight(map, key, *member))
}

fn weight(map: &str, key: &str, member: NodeId) -> u64 {
    let number = member.0.to_be_bytes();
    let bytes = map.bytes().chain([0]).chain(key.bytes()).chain(number);
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    // FNV-1a leaves the weights of two members alike; the end of SplitMix64 mixes them.
    let hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

/// The key that a line of JSON names, as maps keep it: a string by its text, others as JSON. None
/// when the line is not JSON.
pub(super) fn kept(line: &str) -> Option<Bytes> {
    let line = line.trim();
    if line.starts_with('"') {
        return serde_json::from_str::<String>(line).ok().map(Bytes::from);
    }
    serde_json::from_str::<IgnoredAny>(line).ok()?;
    Some(Bytes::copy_from_slice(line.as_bytes()))
}

/// What the function gets: the key and its value, null when there is none.
pub(super) fn pair(line: &str, value: Option<&Json>) -> String {
    let value = value.map_or_else(|| "null".to_owned(), Json::to_string);
    format!("[{},{value}]\n", line.trim())
}

#[cfg(test)]
mod tests;
