//! `hazelcast.edn`: how users of hazeldemo say where nodes find each other.
//!
//! ```clojure
//! {:id "dev" :join :tcp :members ["10.0.0.1" "10.0.0.2:5702"] :required "10.0.0.1"}
//! {:id "dev" :join :tcp :members {:file/path "/srv/members/"} :register-on-join true}
//! {:id "dev" :join :multicast :multicast-port 54327}
//! ```
//!
//! The first of these that there is counts: a file that was named, the variable `HAZELCAST`,
//! `./hazelcast.edn`, `~/.hazelcast/hazelcast.edn`, and else multicast in the cluster `dev`.

mod edn;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use model::fault::{Fault, Kind};

use crate::address::Address;
use crate::cluster::ClusterName;
use crate::discovery::{Discovery, Fixed, LookError, Me, MembersFile, Multicast, Registry};
use crate::files;
use crate::identity::PeerId;
use crate::limits;
use edn::Edn;

/// The name of the file.
const FILE: &str = "hazelcast.edn";

/// What such a file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hazelcast {
    /// `:id`, the name of the cluster.
    pub cluster: ClusterName,
    pub join: Join,
}

/// `:join`, with the keys that belong to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Join {
    Multicast {
        /// `:multicast-port`
        port: Option<u16>,
    },
    Tcp {
        members: Members,
        /// `:required`: the member that has to be up for the cluster to form.
        required: Option<Address>,
        /// `:register-on-join`
        registers: bool,
    },
}

/// `:members`
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Members {
    List(Vec<Address>),
    /// A file, or a folder when it is one or the path ends with `/`.
    Path(PathBuf),
}

/// Where a configuration was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    File(PathBuf),
    /// The variable `HAZELCAST`.
    Environment,
    Default,
}

/// Where to look for a configuration.
#[derive(Debug, Clone, Copy, Default)]
pub struct Places<'a> {
    /// A file that was named on purpose; it has to be there.
    pub explicit: Option<&'a Path>,
    /// The value of the variable `HAZELCAST`.
    pub variable: Option<&'a str>,
    /// The current folder.
    pub current: Option<&'a Path>,
    /// The home of the user.
    pub home: Option<&'a Path>,
}

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum HazelcastError {
    #[error("failed to read `{path}`")]
    File {
        path: String,
        #[source]
        source: io::Error,
    },
    #[error("`{path}` is wrong: {reason}")]
    Invalid { path: String, reason: String },
    #[error("joining by AWS comes with the provider feature, which this build does not have")]
    Aws,
}

impl Fault for HazelcastError {
    fn code(&self) -> &'static str {
        match self {
            Self::File { .. } => "HAZELCAST_UNREADABLE",
            Self::Invalid { .. } => "HAZELCAST_INVALID",
            Self::Aws => "HAZELCAST_AWS",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::File { .. } => Kind::Unavailable,
            Self::Invalid { .. } => Kind::Invalid,
            Self::Aws => Kind::NotFound,
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::File { .. } => None,
            Self::Invalid { .. } => Some(
                "the keys are :id, :join, :members, :required, :register-on-join and \
                 :multicast-port"
                    .into(),
            ),
            Self::Aws => Some("name members with --join HOST:PORT, or use --join dir:PATH".into()),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Environment => f.write_str("the variable HAZELCAST"),
            Self::Default => f.write_str("the default"),
        }
    }
}

impl Hazelcast {
    /// The configuration that counts, and where it was found.
    ///
    /// # Errors
    ///
    /// When a file cannot be read or says something wrong, or wants AWS.
    pub fn find(places: &Places<'_>) -> Result<(Self, Source), HazelcastError> {
        if let Some(path) = places.explicit {
            let found = Self::read(path)?.ok_or_else(|| HazelcastError::File {
                path: path.display().to_string(),
                source: io::ErrorKind::NotFound.into(),
            });
            return Ok((found?, Source::File(path.to_owned())));
        }
        match places.variable {
            None | Some("") => {}
            Some("AWS") => return Err(HazelcastError::Aws),
            Some(_) => return Ok((Self::by_default(), Source::Environment)),
        }
        let current = places.current.map(|folder| folder.join(FILE));
        let home = places.home.map(|folder| folder.join(".hazelcast").join(FILE));
        for path in [current, home].into_iter().flatten() {
            if let Some(found) = Self::read(&path)? {
                return Ok((found, Source::File(path)));
            }
        }
        Ok((Self::by_default(), Source::Default))
    }

    fn by_default() -> Self {
        Self { cluster: ClusterName::default(), join: Join::Multicast { port: None } }
    }

    fn read(path: &Path) -> Result<Option<Self>, HazelcastError> {
        let text = files::read(path, limits::EDN_BYTES_MAX);
        let shown = || path.display().to_string();
        match text.map_err(|source| HazelcastError::File { path: shown(), source })? {
            None => Ok(None),
            Some(text) => match parse(&text) {
                Ok(Wanted::Here(found)) => Ok(Some(found)),
                Ok(Wanted::Aws) => Err(HazelcastError::Aws),
                Err(reason) => Err(HazelcastError::Invalid { path: shown(), reason }),
            },
        }
    }

    /// The place to look that this names, for the node `me` with the key `peer`.
    ///
    /// # Errors
    ///
    /// When the machine has no multicast.
    pub fn open(self, me: Me, peer: PeerId) -> Result<Box<dyn Discovery>, LookError> {
        Ok(match self.join {
            Join::Multicast { port } => Box::new(Multicast::start(me, peer, port)?),
            Join::Tcp { members: Members::List(members), required, .. } => {
                Box::new(Fixed::all(me, members, required))
            }
            Join::Tcp { members: Members::Path(path), required, registers } => {
                if path.is_dir() || path.as_os_str().to_string_lossy().ends_with('/') {
                    Box::new(Registry::with(me, path, registers, required))
                } else {
                    Box::new(MembersFile::new(me, path, required))
                }
            }
        })
    }
}

/// What a file wants.
#[derive(Debug, PartialEq, Eq)]
enum Wanted {
    Here(Hazelcast),
    Aws,
}

fn parse(text: &str) -> Result<Wanted, String> {
    let Edn::Map(pairs) = edn::read(text).map_err(|error| error.to_string())? else {
        return Err("it holds no map".into());
    };
    let of = |name: &str| {
        let found = pairs.iter().find(|(key, _)| *key == Edn::Keyword(name.to_owned()));
        found.map(|(_, value)| value).filter(|value| **value != Edn::Nil)
    };
    for (key, _) in &pairs {
        if !matches!(key, Edn::Keyword(name) if KEYS.contains(&name.as_str())) {
            tracing::warn!(key = ?key, "key of hazelcast.edn has no meaning here");
        }
    }
    let cluster = match of("id") {
        None => ClusterName::default(),
        Some(Edn::Text(name) | Edn::Keyword(name)) => {
            name.parse().map_err(|error| format!("in `:id`: {error}"))?
        }
        Some(_) => return Err("`:id` is not a text".into()),
    };
    let join = match of("join") {
        None => Join::Multicast { port: port(of("multicast-port"))? },
        Some(Edn::Keyword(way)) => match way.as_str() {
            "multicast" => Join::Multicast { port: port(of("multicast-port"))? },
            "tcp" => Join::Tcp {
                members: members(of("members"))?,
                required: of("required").map(|value| address(value, "required")).transpose()?,
                registers: match of("register-on-join") {
                    None => true,
                    Some(Edn::Bool(registers)) => *registers,
                    Some(_) => return Err("`:register-on-join` is neither true nor false".into()),
                },
            },
            "aws" => return Ok(Wanted::Aws),
            _ => return Err(format!("`:join` is `:{way}`, not :multicast, :tcp or :aws")),
        },
        Some(_) => return Err("`:join` is not :multicast, :tcp or :aws".into()),
    };
    Ok(Wanted::Here(Hazelcast { cluster, join }))
}

/// All keys with a meaning.
const KEYS: &[&str] = &["id", "join", "members", "required", "register-on-join", "multicast-port"];

fn port(value: Option<&Edn>) -> Result<Option<u16>, String> {
    let Some(value) = value else { return Ok(None) };
    let number = if let Edn::Number(number) = value { u16::try_from(*number).ok() } else { None };
    match number {
        Some(port) if port > 0 => Ok(Some(port)),
        _ => Err("`:multicast-port` is not in 1 to 65535".into()),
    }
}

fn members(value: Option<&Edn>) -> Result<Members, String> {
    match value {
        Some(Edn::Many(members)) if members.len() <= limits::CANDIDATES_MAX => {
            let members = members.iter().map(|member| address(member, "members"));
            members.collect::<Result<_, _>>().map(Members::List)
        }
        Some(Edn::Map(pairs)) => match pairs.as_slice() {
            [(Edn::Keyword(key), Edn::Text(path))] if key == "file/path" && !path.is_empty() => {
                Ok(Members::Path(PathBuf::from(path)))
            }
            _ => Err("`:members` is a map without a `:file/path` alone".into()),
        },
        _ => Err("`:members` is neither a vector of addresses nor {:file/path PATH}".into()),
    }
}

fn address(value: &Edn, key: &str) -> Result<Address, String> {
    match value {
        Edn::Text(text) => text.parse().map_err(|error| format!("in `:{key}`: {error}")),
        _ => Err(format!("`:{key}` is not an address in quotes")),
    }
}

#[cfg(test)]
mod tests;
