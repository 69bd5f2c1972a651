//! What is loaded: one connection to one server, which answers one request after the other.

use std::path::Path;

use anyhow::{Context, bail};
use bytes::Bytes;

use crate::etcd::Etcd;
use crate::https::{Door, Https};
use crate::redis::Redis;

/// The kinds of servers.
#[derive(Debug)]
pub(crate) enum Kind {
    Etcd,
    Redis,
    Https(Door),
}

/// One connection.
#[derive(Debug)]
pub(crate) enum Target {
    Etcd(Etcd),
    Redis(Redis),
    Https(Https),
}

impl Kind {
    pub(crate) fn of(name: &str, contacts: Option<&str>) -> anyhow::Result<Self> {
        match name {
            "etcd" => Ok(Self::Etcd),
            "redis" => Ok(Self::Redis),
            "https" => {
                let folder = contacts.context("`--contacts` says where the authority is")?;
                Ok(Self::Https(Door::of(Path::new(folder))?))
            }
            _ => bail!("unknown server `{name}`"),
        }
    }

    pub(crate) async fn connect(&self, address: &str) -> anyhow::Result<Target> {
        let target = match self {
            Self::Etcd => Etcd::connect(address).await.map(Target::Etcd),
            Self::Redis => Redis::connect(address).await.map(Target::Redis),
            Self::Https(door) => door.connect(address).await.map(Target::Https),
        };
        target.with_context(|| format!("failed to connect to {address}"))
    }
}

impl Target {
    /// Writes a value and waits until it is acknowledged.
    pub(crate) async fn put(&mut self, key: &str, value: &Bytes) -> anyhow::Result<()> {
        match self {
            Self::Etcd(etcd) => etcd.put(key, value).await,
            Self::Redis(redis) => redis.set(key, value).await,
            Self::Https(https) => https.put(key, value).await,
        }
    }

    /// Reads a value that was acknowledged before, and says how many bytes it has.
    pub(crate) async fn get(&mut self, key: &str) -> anyhow::Result<usize> {
        match self {
            Self::Etcd(etcd) => etcd.get(key).await,
            Self::Redis(redis) => redis.get(key).await,
            Self::Https(https) => https.get(key).await,
        }
    }
}
