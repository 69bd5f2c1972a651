//! Members that are named in advance.

use std::time::Duration;

use super::{Claim, Discovery, LookError, Me, is_before, ready, turn};
use crate::address::Address;
use crate::transport::Pending;

/// A list of members.
#[derive(Debug)]
pub struct Fixed {
    me: Me,
    members: Vec<Address>,
    founding: Founding,
}

/// Who of the nodes on a list founds the cluster.
#[derive(Debug)]
enum Founding {
    /// None of those who look here: the list names members of a cluster that there is.
    Nobody,
    /// Whoever finds none of the others.
    Anybody,
    /// This one, which must be up for the cluster to form.
    Only(Address),
}

impl Fixed {
    /// Members to join; this node never founds.
    #[must_use]
    pub fn to_join(me: Me, members: Vec<Address>) -> Self {
        Self { me, members, founding: Founding::Nobody }
    }

    /// All members that there will be. Whoever finds none of the others founds, or only
    /// `required` when it is named.
    #[must_use]
    pub fn all(me: Me, mut members: Vec<Address>, required: Option<Address>) -> Self {
        if let Some(required) = &required {
            members.retain(|member| member != required);
            members.insert(0, required.clone());
        }
        Self { me, members, founding: required.map_or(Founding::Anybody, Founding::Only) }
    }
}

impl Discovery for Fixed {
    fn name(&self) -> String {
        let members: Vec<String> = self.members.iter().map(Address::to_string).collect();
        members.join(",")
    }

    fn look(&self) -> Pending<'_, Result<Vec<Address>, LookError>> {
        let others = self.members.iter().filter(|member| **member != self.me.address);
        ready(others.cloned().collect())
    }

    fn claim(&self) -> Pending<'_, Result<Claim, LookError>> {
        ready(match &self.founding {
            Founding::Nobody => Claim::Never,
            Founding::Anybody => Claim::Founder,
            Founding::Only(required) if *required == self.me.address => Claim::Founder,
            Founding::Only(_) => Claim::Wait,
        })
    }

    fn patience(&self) -> Duration {
        match self.founding {
            Founding::Anybody => turn(&self.me, &self.members),
            Founding::Nobody | Founding::Only(_) => Duration::ZERO,
        }
    }

    fn is_before(&self, candidate: &Address) -> bool {
        is_before(&self.me, &self.members, candidate)
    }

    fn announce(&self) -> Pending<'_, Result<(), LookError>> {
        ready(())
    }

    fn withdraw(&self) -> Pending<'_, Result<(), LookError>> {
        ready(())
    }
}
