//! The settings that clients of Redis ask for; they say how this door works and cannot be changed
//! here.

use bytes::Bytes;
use structures::glob;

use super::super::reply::Reply;
use crate::limits;

const SETTINGS: [(&str, &str); 9] = [
    ("appendfsync", "always"),
    ("appendonly", "yes"),
    ("databases", "1"),
    ("maxmemory", "0"),
    ("maxmemory-policy", "noeviction"),
    ("notify-keyspace-events", ""),
    ("save", ""),
    ("timeout", "0"),
    ("tcp-keepalive", "0"),
];

/// The settings whose names match one of the patterns.
pub(super) fn get(patterns: &[Bytes]) -> Reply {
    let bounds = [
        ("maxclients", limits::CONNECTIONS_MAX),
        ("proto-max-bulk-len", limits::REQUEST_BYTES_MAX),
    ];
    let fixed = SETTINGS.iter().map(|(name, value)| (*name, (*value).to_owned()));
    let all = fixed.chain(bounds.iter().map(|(name, value)| (*name, value.to_string())));
    let is_meant = |name: &str| {
        let matches =
            |pattern: &Bytes| glob::matches(&pattern.to_ascii_lowercase(), name.as_bytes());
        patterns.iter().any(matches)
    };
    let meant = all.filter(|(name, _)| is_meant(name));
    Reply::Map(meant.map(|(name, value)| (Reply::text(name), Reply::Text(value))).collect())
}
