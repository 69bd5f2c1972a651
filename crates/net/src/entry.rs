//! The start of a node that has no place in a cluster: looks, joins, or founds.

use std::time::Duration;

use bytes::Bytes;
use model::fault::{Chain, Fault, Kind};
use tokio::time::Instant;

use crate::discovery::{Claim, Discovery, LookError};
use crate::join::{JoinError, Joined, Joiner};
use crate::limits;

const SILENCE: Duration = Duration::from_millis(limits::SILENCE_MS);

/// How the search ended.
#[derive(Debug)]
pub enum Entered {
    /// A cluster let this node in.
    Joined(Joined),
    /// There is nobody, and this node is the one to found a cluster.
    Founder,
}

/// Why the search ended without a cluster.
#[derive(Debug, thiserror::Error)]
pub enum EntryError {
    #[error(transparent)]
    Look(#[from] LookError),
    /// Somebody is there, and waiting will not change his mind.
    #[error(transparent)]
    Join(#[from] JoinError),
}

impl Fault for EntryError {
    fn code(&self) -> &'static str {
        match self {
            Self::Look(error) => error.code(),
            Self::Join(error) => error.code(),
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Look(error) => error.kind(),
            Self::Join(error) => error.kind(),
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Look(error) => error.help(),
            Self::Join(error) => error.help(),
        }
    }
}

/// Looks for a cluster until one lets this node in or this node may found one. `text` goes to the
/// doorkeeper of the cluster.
///
/// Drop the future to give up; a node that may not found looks for ever.
///
/// # Errors
///
/// When a place cannot be looked at, or a cluster refuses this node for good.
pub async fn enter(
    discovery: &dyn Discovery,
    joiner: &Joiner,
    text: &Bytes,
) -> Result<Entered, EntryError> {
    let started = Instant::now();
    let mut pause = Duration::from_millis(limits::LOOK_AGAIN_MS);
    let mut told = String::new();
    loop {
        let round = round(discovery, joiner, text).await?;
        if let Some(joined) = round.joined {
            return Ok(Entered::Joined(joined));
        }
        if let Some(reason) = round.reason
            && reason != told
        {
            tracing::info!(reason, "not in a cluster yet");
            told = reason;
        }
        if started.elapsed() >= discovery.patience() {
            // A member that answers but cannot let anybody in now is a cluster nevertheless.
            match (round.refusal, round.is_cluster_there) {
                (Some(refusal), _) => return Err(refusal.into()),
                (None, true) => {}
                (None, false) if round.is_awaited && started.elapsed() < SILENCE => {}
                (None, false) => match discovery.claim().await? {
                    Claim::Founder => return Ok(Entered::Founder),
                    Claim::Wait => {}
                    Claim::Never => {
                        pause = (pause * 2).min(Duration::from_millis(limits::LOOK_AGAIN_CAP_MS));
                    }
                },
            }
        }
        tokio::time::sleep(pause).await;
    }
}

/// What one look at all candidates brought.
#[derive(Debug, Default)]
struct Round {
    joined: Option<Joined>,
    /// A no for good.
    refusal: Option<JoinError>,
    /// Somebody proved to be of the cluster.
    is_cluster_there: bool,
    /// Somebody who founds before this node is there and does not answer yet.
    is_awaited: bool,
    /// Why nobody let this node in.
    reason: Option<String>,
}

async fn round(
    discovery: &dyn Discovery,
    joiner: &Joiner,
    text: &Bytes,
) -> Result<Round, LookError> {
    let mut round = Round::default();
    for candidate in discovery.look().await? {
        // Nodes that look for others listen and do not answer: if all waited for each other, all
        // would give up at the same moment, and found a cluster each.
        let is_later = discovery.is_before(&candidate);
        let meet = if is_later { limits::MEET_LATER_MS } else { limits::MEET_MS };
        let meet = Duration::from_millis(meet);
        match joiner.join_within(&candidate, meet, text.clone()).await {
            Ok(joined) => {
                return Ok(Round { joined: Some(joined), ..Round::default() });
            }
            // Another cluster on the same network is none of our business.
            Err(error @ JoinError::OtherCluster { .. }) => {
                tracing::debug!(%candidate, reason = %Chain(&error), "candidate left out");
            }
            Err(error) => {
                round.reason = Some(Chain(&error).to_string());
                round.is_awaited |= !is_later && matches!(error, JoinError::Silent { .. });
                match error.kind() {
                    Kind::Unavailable | Kind::Limit => {
                        round.is_cluster_there |= matches!(error, JoinError::Refused { .. });
                        round.is_cluster_there |= matches!(error, JoinError::TooMany { .. });
                    }
                    _ => {
                        tracing::warn!(%candidate, reason = %Chain(&error), "join refused");
                        round.refusal.get_or_insert(error);
                    }
                }
            }
        }
    }
    Ok(round)
}

/// Keeps this node known to others until the future is dropped; then call
/// [`Discovery::withdraw`].
pub async fn stay_known(discovery: &dyn Discovery) {
    loop {
        let announced = discovery.announce().await;
        let beat = discovery.beat();
        let pause = match (announced, beat) {
            (Ok(()), None) => return std::future::pending().await,
            (Ok(()), Some(beat)) => beat,
            (Err(error), _) => {
                tracing::warn!(reason = %Chain(&error), "this node is not known to others");
                beat.unwrap_or(Duration::from_millis(limits::REGISTRY_BEAT_MS))
            }
        };
        tokio::time::sleep(pause).await;
    }
}
