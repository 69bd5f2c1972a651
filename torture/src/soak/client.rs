//! A client that does a bit of everything, and leaves no more behind than it found.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use sim::chance::Chance;

use crate::cluster::Door;
use crate::failure::Failure;
use crate::https::{self, Https};
use crate::redis::Redis;

const KEYS: u64 = 2_000;
const NAMES: u64 = 20;
const VALUE_BYTES_MAX: u64 = 1_024;
const LIST_LENGTH_MAX: &str = "-200";
const TOPIC_LENGTH_MAX: &str = "500";
const LEASE_MS: u64 = 5_000;

/// Entries that are put together while the maps are filled.
const FILLED_AT_ONCE: usize = 100;

/// Longest rest between two requests, in milliseconds: the nodes are busy, not overrun.
const REST_MS_MAX: u64 = 10;

/// What a client did.
#[derive(Debug, Default)]
pub(super) struct Done {
    pub(super) answered: u64,
    pub(super) unknown: u64,
    /// Noes for good, which nothing here calls for.
    pub(super) refused: Vec<String>,
}

impl Done {
    pub(super) fn add(&mut self, other: Self) {
        self.answered += other.answered;
        self.unknown += other.unknown;
        self.refused.extend(other.refused);
    }
}

#[derive(Debug)]
pub(super) struct Client {
    number: u64,
    redis: Redis,
    https: Https,
    chance: Chance,
    done: Done,
}

impl Client {
    pub(super) fn new(number: u64, door: &Door, chance: Chance) -> anyhow::Result<Self> {
        let (redis, https, done) = (door.redis(), door.https()?, Done::default());
        Ok(Self { number, redis, https, chance, done })
    }

    /// Fills the maps: by chance that takes longer than anything else with a bound.
    pub(super) fn fill(&mut self) -> Result<(), Failure> {
        let value = "v".repeat(usize::try_from(VALUE_BYTES_MAX / 2).unwrap_or_default());
        let keys: Vec<String> = (0..KEYS).map(|key| format!("key{key}")).collect();
        for name in 0..NAMES {
            let map = format!("map{name}");
            for keys in keys.chunks(FILLED_AT_ONCE) {
                let pairs = keys.iter().flat_map(|key| [key.as_str(), &value]);
                let words: Vec<&str> = ["HSET", &map].into_iter().chain(pairs).collect();
                self.redis.call(&words)?;
            }
        }
        Ok(())
    }

    /// Rests between requests as soon as the nodes are warm.
    pub(super) fn run(mut self, is_warm: &AtomicBool, stop: &AtomicBool) -> Done {
        while !stop.load(Ordering::Relaxed) {
            match self.turn() {
                Ok(()) => self.done.answered += 1,
                Err(Failure::Unsent(_) | Failure::Unknown(_)) => self.done.unknown += 1,
                Err(refused @ Failure::Refused { .. }) => {
                    self.done.refused.push(refused.to_string())
                }
            }
            if is_warm.load(Ordering::Relaxed) {
                thread::sleep(Duration::from_millis(self.chance.below(REST_MS_MAX)));
            }
        }
        self.done
    }

    fn turn(&mut self) -> Result<(), Failure> {
        let key = format!("key{}", self.chance.below(KEYS));
        let name = self.chance.below(NAMES);
        let bytes = usize::try_from(self.chance.below(VALUE_BYTES_MAX)).unwrap_or_default();
        let value = "v".repeat(bytes);
        let redis = &mut self.redis;
        match self.chance.below(12) {
            0 | 1 => redis.call(&["SET", &key, &value]).map(drop),
            2 | 3 => redis.call(&["GET", &key]).map(drop),
            4 => redis.call(&["SET", &format!("short{key}"), &value, "PX", "3000"]).map(drop),
            5 => redis.call(&["HSET", &format!("map{name}"), &key, &value]).map(drop),
            6 => redis.call(&["INCR", &format!("counter{name}")]).map(drop),
            7 => {
                let list = format!("list{name}");
                redis.call(&["RPUSH", &list, &value])?;
                redis.call(&["LTRIM", &list, LIST_LENGTH_MAX, "-1"]).map(drop)
            }
            8 => {
                let topic = format!("topic{name}");
                let words = ["XADD", &topic, "MAXLEN", TOPIC_LENGTH_MAX, "*", "field", &value];
                redis.call(&words).map(drop)
            }
            9 => redis.call(&["DEL", &key]).map(drop),
            10 => self.work(&format!("queue{name}"), &value),
            _ => self.lock(&format!("lock{name}")),
        }
    }

    /// Puts an item, takes one, and says that it is done.
    fn work(&self, queue: &str, value: &str) -> Result<(), Failure> {
        let items = json!({ "items": [{ "payload": value }] });
        self.https.post(&format!("queues/{queue}/put"), &items)?;
        let lease = json!({ "lease_ms": LEASE_MS, "count": 2 });
        let taken = self.https.post(&format!("queues/{queue}/lease"), &lease)?;
        let receipt = |item: &Value| -> Result<Value, Failure> {
            Ok(json!({
                "number": https::number(item, "number")?,
                "token": https::number(item, "token")?,
            }))
        };
        let receipts: Result<Vec<Value>, Failure> =
            https::list(&taken, "items")?.iter().map(receipt).collect();
        let body = json!({ "receipts": receipts? });
        self.https.post(&format!("queues/{queue}/ack"), &body).map(drop)
    }

    fn lock(&self, lock: &str) -> Result<(), Failure> {
        let body = json!({ "owner": self.number.to_string(), "lease_ms": LEASE_MS });
        let grant = self.https.post(&format!("locks/{lock}/acquire"), &body);
        match grant {
            Ok(grant) => {
                let token = json!({ "token": https::number(&grant, "token")? });
                self.https.post(&format!("locks/{lock}/release"), &token).map(drop)
            }
            Err(refused) => refused.expected("LOCK_HELD", ()),
        }
    }
}
