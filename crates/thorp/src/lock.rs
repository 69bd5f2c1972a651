//! Locks: one holder at a time in the whole cluster, by a lease that is renewed while it is held.

mod guard;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use model::fault::{Fault, Kind};
use structures::lock::{Command, Grant, Query};
use structures::{Answer, Refusal};
use tokio::runtime::Handle as Runtime;
use tokio::time::Instant;

pub use guard::Guard;

use crate::desk::{AskError, Desk, Handle, answered};
use crate::limits;

/// A lock of the cluster; cheap to clone.
///
/// A holder that is paused for longer than its lease loses the lock without knowing it yet. What
/// must not be done twice is therefore done with the [fencing token](Guard::token), by something
/// that refuses smaller tokens than it has seen.
#[derive(Debug, Clone)]
pub struct Lock {
    at: Handle,
    lease: Duration,
}

impl Lock {
    pub(crate) fn new(desk: Arc<dyn Desk>, name: &[u8]) -> Self {
        Self { at: Handle::new(desk, name), lease: limits::LOCK_LEASE }
    }

    /// Gives each call of this handle so long, beside what it is willing to wait, up to
    /// [`CALL_MAX`](limits::CALL_MAX); [`CALL`](limits::CALL) unless it is said.
    #[must_use]
    pub fn within(self, within: Duration) -> Self {
        Self { at: self.at.within(within), ..self }
    }

    /// How long the lock stays with a holder that is not heard of any more, up to a week;
    /// [`LOCK_LEASE`](limits::LOCK_LEASE) unless it is said. While it is held it is renewed each
    /// third of this.
    #[must_use]
    pub fn with_lease(self, lease: Duration) -> Self {
        Self { lease, ..self }
    }

    /// Takes the lock when nobody holds it.
    ///
    /// # Errors
    ///
    /// [`LockError`] when the name is another kind of thing, or nobody answers in time.
    pub async fn try_acquire(&self) -> Result<Option<Guard>, LockError> {
        self.acquire_within(Duration::ZERO).await
    }

    /// Takes the lock, and waits in line for it as long as it takes.
    ///
    /// # Errors
    ///
    /// As [`Lock::try_acquire`].
    pub async fn acquire(&self) -> Result<Guard, LockError> {
        loop {
            if let Some(guard) = self.acquire_within(limits::LEASE_MAX).await? {
                return Ok(guard);
            }
        }
    }

    /// Takes the lock, and waits in line for it for at most `wait`. Whoever came first gets it
    /// first.
    ///
    /// # Errors
    ///
    /// As [`Lock::try_acquire`].
    pub async fn acquire_within(&self, wait: Duration) -> Result<Option<Guard>, LockError> {
        let wait = wait.min(limits::LEASE_MAX);
        let over = Instant::now() + wait;
        let owner = u128::from_be_bytes(net::secret::random());
        let owner = Bytes::from(format!("{owner:032x}"));
        // Leaves the line, or gives the lock back, when this future is dropped or fails.
        let mut place = Place { lock: Some(self.clone()), owner: owner.clone() };
        let began = Instant::now();
        let acquire = Command::Acquire {
            name: self.name(),
            owner: owner.clone(),
            lease_ms: milliseconds(self.lease),
            wait_ms: milliseconds(wait),
        };
        match self.at.write(acquire).await {
            Ok(Answer::Grant(grant)) => {
                place.lock = None;
                Ok(Some(Guard::hold(self, grant.token, began + self.lease)))
            }
            Ok(Answer::Waiting(_)) => self.wait(place, over).await,
            Ok(_) => Err(self.failed("take", AskError::Answer)),
            Err(AskError::Refused(Refusal::LockHeld { .. })) => {
                place.lock = None;
                Ok(None)
            }
            Err(error) => Err(self.failed("take", error)),
        }
    }

    /// Waits until the lock is granted to who has this place in line.
    async fn wait(&self, mut place: Place, over: Instant) -> Result<Option<Guard>, LockError> {
        let query = || Query::Status { name: self.name() };
        let mut known = None;
        loop {
            let left = over.saturating_duration_since(Instant::now());
            let asked = match known.take() {
                Some(known) => self.at.read_beyond(query(), known, left.min(limits::WAIT)).await,
                None => self.at.read(query()).await,
            };
            let (answer, _) = asked.map_err(|error| self.failed("wait for", error))?;
            if let Answer::Lock(status) = &answer
                && status.owner == place.owner
            {
                return self.granted(place, status.grant).await.map(Some);
            }
            if left.is_zero() {
                place.lock = None;
                self.leave(place.owner.clone()).await?;
                return Ok(None);
            }
            known = Some(answer);
        }
    }

    /// The lease began when the one before ended, which nobody saw here: so it begins anew.
    async fn granted(&self, mut place: Place, grant: Grant) -> Result<Guard, LockError> {
        let began = Instant::now();
        self.renew(grant.token).await.map_err(|error| self.failed("take", error))?;
        place.lock = None;
        Ok(Guard::hold(self, grant.token, began + self.lease))
    }

    async fn renew(&self, token: u64) -> Result<(), AskError> {
        let (name, lease_ms) = (self.name(), milliseconds(self.lease));
        let renewed = self.at.write(Command::Renew { name, token, lease_ms }).await?;
        answered!(renewed, Answer::Deadline(_) => ())
    }

    async fn release(&self, token: u64) -> Result<(), LockError> {
        let released = self.at.write(Command::Release { name: self.name(), token }).await;
        let released = released.and_then(|answer| answered!(answer, Answer::Done => ()));
        released.map_err(|error| self.failed("release", error))
    }

    async fn leave(&self, owner: Bytes) -> Result<(), LockError> {
        let left = self.at.write(Command::Leave { name: self.name(), owner }).await;
        left.map(drop).map_err(|error| self.failed("leave the line for", error))
    }

    fn name(&self) -> Bytes {
        self.at.name.clone()
    }

    fn failed(&self, verb: &'static str, source: AskError) -> LockError {
        LockError { verb, lock: self.at.shown(), source }
    }
}

/// A place in the line of a lock, or the lock itself; it is given up when it is dropped.
#[derive(Debug)]
struct Place {
    /// None when there is nothing to give up.
    lock: Option<Lock>,
    owner: Bytes,
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some(lock) = self.lock.take() else { return };
        // Without a runtime the place is lost when the wait is over.
        let Ok(runtime) = Runtime::try_current() else { return };
        let owner = self.owner.clone();
        runtime.spawn(async move {
            if let Err(error) = lock.leave(owner).await {
                let error = model::fault::Chain(&error);
                tracing::debug!(%error, "a place in the line of a lock was not given up");
            }
        });
    }
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// Why a lock was not taken, kept or given back.
#[derive(Debug, thiserror::Error)]
#[error("failed to {verb} the lock `{lock}`")]
pub struct LockError {
    verb: &'static str,
    pub lock: String,
    pub source: AskError,
}

impl Fault for LockError {
    fn code(&self) -> &'static str {
        self.source.code()
    }

    fn kind(&self) -> Kind {
        self.source.kind()
    }

    fn help(&self) -> Option<String> {
        self.source.help()
    }
}
