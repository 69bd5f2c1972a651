//! The patches of the cluster: load, list, roll back.

use std::time::Duration;

use bytes::Bytes;
use futures::future::join_all;
use runtime::javascript::CallError;
use state::Proposed;
use structures::{Answer, Query, Request, patches};

use super::message;
use super::{LoadError, PatchesError, Tasks};
use crate::limits;

/// One source that all members have loaded before they run anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patch {
    /// From 1.
    pub number: u64,
    /// Where it came from, such as the name of a file.
    pub name: String,
    pub source: String,
    /// When it was added, in milliseconds since the Unix epoch.
    pub added_ms: u64,
}

/// What came of a change of the patches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loaded {
    /// The number of the last patch now.
    pub number: u64,
    /// Members that did not say in time that they have it. They get it before they take work.
    pub behind: Vec<String>,
}

impl Tasks {
    /// Makes the functions that `source` defines available on all members, now and later: checks
    /// that it loads after all patches before it, numbers it, and waits until all members that can
    /// be reached have it.
    ///
    /// # Errors
    ///
    /// [`LoadError`] when it does not load here, or cannot be agreed on.
    pub async fn load(&self, name: &str, source: &str) -> Result<Loaded, LoadError> {
        for _ in 0..limits::PATCH_ATTEMPTS_MAX {
            let current = self.worker.newest(limits::PATCH_MS_MAX).await;
            let patches = current.map_err(PatchesError::from)?.patches;
            let last = crate::count(patches.number());
            let more = patches.with(name, source).map_err(LoadError::Limit)?;
            self.worker.check(more).await.map_err(|error| refused(name, last + 1, error))?;
            let text = |text: &str| Bytes::copy_from_slice(text.as_bytes());
            let command = patches::Command::Append { name: text(name), source: text(source), last };
            let (answer, revision) = self.change(command).await?;
            if answer == Answer::Nothing {
                // Somebody else was faster: what was checked is not what would be loaded.
                continue;
            }
            let behind = self.spread(revision).await;
            return Ok(Loaded { number: last + 1, behind });
        }
        Err(LoadError::Contended { attempts: limits::PATCH_ATTEMPTS_MAX })
    }

    /// All patches in the order of their numbers.
    ///
    /// # Errors
    ///
    /// [`PatchesError`] when there is no quorum.
    pub async fn patches(&self) -> Result<Vec<Patch>, PatchesError> {
        let query = Query::Patches(patches::Query::ChangedAfter { revision: 0 });
        let timeout = Duration::from_millis(limits::PATCH_MS_MAX);
        let found = self.engine.read(&query, timeout).await.map_err(PatchesError::Read)?;
        let log = match found.map_err(PatchesError::Refused)? {
            Answer::Patches(log) => log,
            _ => patches::Log::default(),
        };
        let text = |bytes: &Bytes| String::from_utf8_lossy(bytes).into_owned();
        let numbered = (1..).zip(log.patches);
        let patches = numbered.map(|(number, patch)| Patch {
            number,
            name: text(&patch.name),
            source: text(&patch.source),
            added_ms: patch.added_ms,
        });
        Ok(patches.collect())
    }

    /// Removes all patches behind number `to`, on all members; 0 removes all. What they defined is
    /// gone from the next call on.
    ///
    /// # Errors
    ///
    /// [`PatchesError`] when there is no such number, or no quorum.
    pub async fn roll_back(&self, to: u64) -> Result<Loaded, PatchesError> {
        let last = crate::count(self.worker.newest(limits::PATCH_MS_MAX).await?.patches.number());
        if to > last {
            return Err(PatchesError::Unknown { number: to, last });
        }
        let (_, revision) = self.change(patches::Command::RollBack { to }).await?;
        Ok(Loaded { number: to, behind: self.spread(revision).await })
    }

    async fn change(&self, command: patches::Command) -> Result<(Answer, u64), PatchesError> {
        let request = Request { id: None, command: command.into() };
        let timeout = Duration::from_millis(limits::PATCH_MS_MAX);
        let proposed = self.engine.propose(&request, timeout).await;
        let Proposed { outcome, revision } = proposed.map_err(PatchesError::Propose)?;
        Ok((outcome.map_err(PatchesError::Refused)?, revision))
    }

    /// Waits until the members have everything of `revision`; gives the names of those that have
    /// not said so.
    async fn spread(&self, revision: u64) -> Vec<String> {
        let timeout = Duration::from_millis(limits::SPREAD_MS_MAX);
        let mates = self.crew.mates().into_iter().filter(|mate| mate.takes_work);
        let asked = mates.map(|mate| async move {
            let request = message::Request::State { revision };
            let asked = self.crew.ask(&mate, request, timeout);
            let has = tokio::time::timeout(timeout, asked).await;
            (!matches!(has, Ok(Ok(message::Answer::Done)))).then_some(mate.name)
        });
        join_all(asked).await.into_iter().flatten().collect()
    }
}

/// A patch that was there already and does not load any more is not the fault of the new one.
fn refused(name: &str, number: u64, error: CallError) -> LoadError {
    match error {
        CallError::Patch { number: at, name, source } if crate::count(at) != number => {
            let source = CallError::Patch { number: at, name: name.clone(), source };
            LoadError::Check { name, source }
        }
        source => LoadError::Check { name: name.to_owned(), source },
    }
}
