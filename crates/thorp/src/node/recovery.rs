//! Makes a cluster of one of a survivor, when the quorum of its cluster is lost for good.
//!
//! The cluster gets a new authority, so certificates of the old one are worth nothing in it; the
//! members that are forgotten are refused by their keys too. What the survivor holds stays.

use std::collections::BTreeSet;
use std::path::Path;

use model::fault::{Fault, Kind};
use net::identity::{Identity, IdentityError, PeerId};
use state::{Member, Resting, RestingError};

/// A survivor that does not run, and what would be forgotten.
#[derive(Debug)]
pub struct Recovery {
    identity: Identity,
    resting: Resting,
    name: String,
}

impl Recovery {
    /// Looks at the node in the folder `data`; nothing is changed, and nobody else can use it.
    ///
    /// # Errors
    ///
    /// [`RecoverError`] when there is no node, when it runs, or when it is the only member.
    pub fn open(data: &Path) -> Result<Self, RecoverError> {
        // First the state: a folder without one gets no key.
        let resting = Resting::open(&data.join("state"))?;
        let identity = Identity::open(data)?;
        let Some(membership) = identity.membership() else {
            return Err(IdentityError::NoMember.into());
        };
        let name = membership.place.name.clone();
        let recovery = Self { resting, name, identity };
        if recovery.forgotten().is_empty() {
            return Err(RecoverError::Alone { name: recovery.name });
        }
        Ok(recovery)
    }

    /// The name of the survivor.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The last log entry that it holds.
    #[must_use]
    pub fn last_index(&self) -> u64 {
        self.resting.last_index()
    }

    /// The members that the cluster forgets.
    #[must_use]
    pub fn forgotten(&self) -> Vec<&Member> {
        let own = self.resting.node();
        let others = self.resting.members().iter().filter(|(id, _)| **id != own);
        others.map(|(_, member)| member).collect()
    }

    /// Makes the survivor a cluster of one. It may be done again when it was interrupted.
    ///
    /// # Errors
    ///
    /// [`RecoverError`] when a file cannot be written.
    pub fn recover(mut self) -> Result<(), RecoverError> {
        let forgotten: BTreeSet<PeerId> =
            self.forgotten().iter().filter_map(|member| member.peer.parse().ok()).collect();
        // First the others are locked out: a cluster of one that they could enter with their old
        // state would be worse than none.
        self.identity.stand_alone(forgotten)?;
        Ok(self.resting.stand_alone()?)
    }
}

/// Why a survivor was not made a cluster of one.
#[derive(Debug, thiserror::Error)]
pub enum RecoverError {
    #[error("failed to read or change the state of this node")]
    State(#[from] RestingError),
    #[error("failed to read or change who this node is")]
    Identity(#[from] IdentityError),
    #[error("node `{name}` is the only member of its cluster: nothing is to be recovered")]
    Alone { name: String },
}

impl Fault for RecoverError {
    fn code(&self) -> &'static str {
        match self {
            Self::State(error) => error.code(),
            Self::Identity(error) => error.code(),
            Self::Alone { .. } => "MEMBERS_UNCHANGED",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::State(error) => error.kind(),
            Self::Identity(error) => error.kind(),
            Self::Alone { .. } => Kind::Conflict,
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::State(error) => error.help(),
            Self::Identity(error) => error.help(),
            Self::Alone { .. } => Some("start it with `thorp up`".into()),
        }
    }
}
