//! Several places to look, in order.

use std::time::Duration;

use super::{Claim, Discovery, LookError, ready};
use crate::address::Address;
use crate::limits;
use crate::transport::Pending;

/// Places that are looked at one after the other. One that fails does not hide the others.
#[derive(Debug)]
pub struct Several(Vec<Box<dyn Discovery>>);

impl Several {
    /// The places in the order in which they are looked at.
    #[must_use]
    pub fn new(places: Vec<Box<dyn Discovery>>) -> Self {
        Self(places)
    }
}

impl Discovery for Several {
    fn name(&self) -> String {
        let names: Vec<String> = self.0.iter().map(|place| place.name()).collect();
        names.join(", then ")
    }

    fn look(&self) -> Pending<'_, Result<Vec<Address>, LookError>> {
        Box::pin(async move {
            let mut found: Vec<Address> = Vec::new();
            let mut failure = None;
            for place in &self.0 {
                match place.look().await {
                    Ok(members) => {
                        for member in members.into_iter().take(limits::CANDIDATES_MAX) {
                            if !found.contains(&member) {
                                found.push(member);
                            }
                        }
                    }
                    Err(error) => {
                        let reason = model::fault::Chain(&error);
                        tracing::warn!(place = place.name(), %reason, "place left out");
                        failure = Some(error);
                    }
                }
            }
            match failure {
                Some(error) if found.is_empty() && self.0.len() == 1 => Err(error),
                _ => Ok(found),
            }
        })
    }

    /// Founding needs the consent of all places: each of them may have a founder already.
    fn claim(&self) -> Pending<'_, Result<Claim, LookError>> {
        Box::pin(async move {
            for place in &self.0 {
                match place.claim().await? {
                    Claim::Founder => {}
                    other => return Ok(other),
                }
            }
            Ok(Claim::Founder)
        })
    }

    fn announce(&self) -> Pending<'_, Result<(), LookError>> {
        if self.0.is_empty() {
            return ready(());
        }
        Box::pin(async move {
            let mut result = Ok(());
            for place in &self.0 {
                result = result.and(place.announce().await);
            }
            result
        })
    }

    fn withdraw(&self) -> Pending<'_, Result<(), LookError>> {
        Box::pin(async move {
            let mut result = Ok(());
            for place in &self.0 {
                result = result.and(place.withdraw().await);
            }
            result
        })
    }

    fn patience(&self) -> Duration {
        self.0.iter().map(|place| place.patience()).max().unwrap_or_default()
    }

    fn is_before(&self, candidate: &Address) -> bool {
        self.0.iter().any(|place| place.is_before(candidate))
    }

    fn beat(&self) -> Option<Duration> {
        self.0.iter().filter_map(|place| place.beat()).min()
    }
}
