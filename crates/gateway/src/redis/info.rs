//! `INFO`: how the node is, in the sections and words of Redis.

use std::sync::atomic::Ordering;

use bytes::Bytes;
use structures::{Answer, Query, names};

use super::connection::Connection;
use super::hub::Kind;
use super::orders::REDIS_VERSION;
use super::reply::Reply;

const SECTIONS: [&str; 8] =
    ["server", "clients", "memory", "persistence", "stats", "replication", "cluster", "keyspace"];

impl Connection {
    pub(super) fn info(&self, wanted: &[Bytes]) -> Reply {
        let is_wanted = |section: &str| {
            let names = [section, "default", "all", "everything"];
            let is_any =
                |word: &Bytes| names.iter().any(|name| word.eq_ignore_ascii_case(name.as_bytes()));
            wanted.is_empty() || wanted.iter().any(is_any)
        };
        let mut text = String::new();
        for section in SECTIONS.iter().filter(|section| is_wanted(section)) {
            let mut title = (*section).to_owned();
            if let Some(first) = title.get_mut(..1) {
                first.make_ascii_uppercase();
            }
            if !text.is_empty() {
                text.push_str("\r\n");
            }
            text.push_str(&format!("# {title}\r\n"));
            for (key, value) in self.section(section) {
                text.push_str(&format!("{key}:{value}\r\n"));
            }
        }
        Reply::Verbatim(text)
    }

    fn section(&self, section: &str) -> Vec<(&'static str, String)> {
        let uptime_ms = self.shared.clock.monotonic_ms().saturating_sub(self.shared.started_ms);
        match section {
            "server" => vec![
                ("redis_version", REDIS_VERSION.to_owned()),
                ("redis_mode", "standalone".to_owned()),
                ("thorp_version", env!("CARGO_PKG_VERSION").to_owned()),
                ("os", std::env::consts::OS.to_owned()),
                ("arch_bits", usize::BITS.to_string()),
                ("process_id", std::process::id().to_string()),
                ("tcp_port", self.client.local.port().to_string()),
                ("uptime_in_seconds", (uptime_ms / 1000).to_string()),
                ("uptime_in_days", (uptime_ms / 86_400_000).to_string()),
            ],
            "clients" => {
                let clients = self.shared.clients.all();
                let blocked = clients.iter().filter(|client| client.shown().is_blocked).count();
                vec![
                    ("connected_clients", clients.len().to_string()),
                    ("maxclients", crate::limits::CONNECTIONS_MAX.to_string()),
                    ("blocked_clients", blocked.to_string()),
                ]
            }
            "memory" => vec![("maxmemory", "0".to_owned())],
            "persistence" => vec![
                ("loading", "0".to_owned()),
                ("aof_enabled", "1".to_owned()),
                ("aof_last_write_status", "ok".to_owned()),
            ],
            "stats" => {
                let commands = self.shared.commands.load(Ordering::Relaxed);
                vec![
                    ("total_commands_processed", commands.to_string()),
                    (
                        "pubsub_channels",
                        self.shared.hub.channels(Kind::Channel, None).len().to_string(),
                    ),
                    ("pubsub_patterns", self.shared.hub.patterns().to_string()),
                ]
            }
            "replication" => {
                let status = self.shared.engine.status();
                vec![
                    ("role", "master".to_owned()),
                    ("connected_slaves", status.voters.saturating_sub(1).to_string()),
                    ("master_repl_offset", status.applied_index.to_string()),
                ]
            }
            "cluster" => vec![("cluster_enabled", "0".to_owned())],
            _ => self.keyspace(),
        }
    }

    fn keyspace(&self) -> Vec<(&'static str, String)> {
        match self.stale("info", &Query::Names(names::Query::Len)) {
            Ok(Answer::Integer(keys)) if keys > 0 => {
                vec![("db0", format!("keys={keys},expires=0,avg_ttl=0"))]
            }
            _ => Vec::new(),
        }
    }
}
