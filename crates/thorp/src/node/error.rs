//! Why a node did not start.

use std::path::PathBuf;

use model::fault::{Fault, Kind};
use net::cluster::ClusterNameError;
use net::discovery::{LookError, MethodError};
use net::entry::EntryError;
use net::hazelcast::HazelcastError;
use net::identity::{AuthorityError, IdentityError};
use net::secret::SecretError;
use net::transport::Refusal;
use runtime::javascript::FunctionError;
use state::{OpenError, RestingError};

use super::bind::BindError;
use super::contact::ContactError;

/// Why a node did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Bind(#[from] BindError),
    #[error("`{text}` is no address by which others reach this node")]
    Address { text: String, source: net::address::AddressError },
    #[error(transparent)]
    Cluster(#[from] ClusterNameError),
    #[error("failed to start the node")]
    Method(#[from] MethodError),
    #[error("failed to start the node")]
    Hazelcast(#[from] HazelcastError),
    #[error("failed to start the node")]
    Look(#[from] LookError),
    #[error("failed to use the secret of the cluster")]
    Secret(#[from] SecretError),
    #[error("`{path}` holds another secret than the token")]
    OtherSecret { path: PathBuf },
    #[error("failed to find out who this node is")]
    Identity(#[from] IdentityError),
    #[error("failed to use the certificates of the cluster")]
    Authority(#[from] AuthorityError),
    #[error("failed to register a function")]
    Function(#[from] FunctionError),
    #[error("failed to join the cluster")]
    Entry(#[from] EntryError),
    #[error("the cluster let this node in, but its welcome is not understood")]
    Welcome(#[from] Refusal),
    #[error("nobody let this node in within {seconds} s ({place})")]
    NobodyThere { place: String, seconds: u64 },
    #[error(transparent)]
    Contact(#[from] ContactError),
    #[error("failed to open the state of this node")]
    State(#[from] OpenError),
    #[error("failed to read the state of this node")]
    Resting(#[from] RestingError),
    #[error("failed to put the data of a cluster without writes aside, to `{path}`")]
    Aside { path: PathBuf, source: std::io::Error },
    #[error("the node in `{data}` serves data: it does not become a witness by a flag")]
    NoWitness { data: PathBuf },
}

impl StartError {
    /// The cause that has code, kind and help.
    fn root(&self) -> Option<&dyn Fault> {
        Some(match self {
            Self::Bind(error) => error,
            Self::Address { source, .. } => source,
            Self::Cluster(error) => error,
            Self::Method(error) => error,
            Self::Hazelcast(error) => error,
            Self::Look(error) => error,
            Self::Secret(error) => error,
            Self::Function(error) => error,
            Self::Identity(error) => error,
            Self::Entry(error) => error,
            Self::State(error) => error,
            Self::Resting(error) => error,
            Self::OtherSecret { .. }
            | Self::Authority(_)
            | Self::Welcome(_)
            | Self::NobodyThere { .. }
            | Self::Contact(_)
            | Self::Aside { .. }
            | Self::NoWitness { .. } => {
                return None;
            }
        })
    }
}

impl Fault for StartError {
    fn code(&self) -> &'static str {
        match self {
            Self::OtherSecret { .. } => "SECRET_DIFFERS",
            Self::Authority(_) => "IDENTITY_DAMAGED",
            Self::Welcome(_) => "JOIN_MESSAGE",
            Self::NobodyThere { .. } => "JOIN_UNREACHABLE",
            Self::Contact(_) => "CONTACT_FAILED",
            Self::Aside { .. } => "IDENTITY_FAILED",
            Self::NoWitness { .. } => "WITNESS_CONTRADICTED",
            _ => self.root().map_or("NODE_FAILED", Fault::code),
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::OtherSecret { .. } | Self::NoWitness { .. } => Kind::Conflict,
            _ => self.root().map_or(Kind::Unavailable, Fault::kind),
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::OtherSecret { .. } => {
                Some("keep the secret of that cluster elsewhere with --secret-file FILE".into())
            }
            Self::NoWitness { .. } => Some(
                "start it without --witness; or remove it and start it with an empty folder".into(),
            ),
            Self::NobodyThere { .. } => {
                Some("check that a member runs there and that its peers port is open".into())
            }
            _ => self.root().and_then(Fault::help),
        }
    }
}
