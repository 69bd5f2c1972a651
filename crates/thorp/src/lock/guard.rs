//! A lock that is held.

use structures::lock::Command;
use tokio::runtime::Handle as Runtime;
use tokio::sync::{oneshot, watch};
use tokio::time::Instant;

use super::{Lock, LockError, milliseconds};
use crate::desk::AskError;
use crate::limits;
use crate::transaction::Transaction;

/// A lock that is held: it is renewed in the background, and given back when this is dropped.
#[derive(Debug)]
#[must_use = "the lock is given back when this is dropped"]
pub struct Guard {
    lock: Lock,
    token: u64,
    /// Until when the lock is held for sure; none: it is lost.
    until: watch::Receiver<Option<Instant>>,
    /// Ends the renewals; when it is dropped, the lock is given back too.
    end: oneshot::Sender<()>,
}

impl Guard {
    /// Starts the renewals.
    pub(super) fn hold(lock: &Lock, token: u64, until: Instant) -> Self {
        let (until, known) = watch::channel(Some(until));
        let (end, ended) = oneshot::channel();
        let keeper = Keeper { lock: lock.clone(), token, until };
        Runtime::current().spawn(keeper.run(ended));
        Self { lock: lock.clone(), token, until: known, end }
    }

    /// A number that is larger than those of all who held the lock before. Send it along with what
    /// the lock guards, and let the receiver refuse smaller ones.
    #[must_use]
    pub fn token(&self) -> u64 {
        self.token
    }

    /// Whether the lock is held for sure: it was renewed within the time of the lease.
    #[must_use]
    pub fn is_held(&self) -> bool {
        self.until.borrow().is_some_and(|until| Instant::now() < until)
    }

    /// Completes when the lock is lost: somebody took it away, or nobody could be told for the
    /// time of the lease that it is still held.
    pub async fn lost(&self) {
        let mut until = self.until.clone();
        // Gone is lost too.
        drop(until.wait_for(Option::is_none).await);
    }

    /// Gives the lock to the next one in line, and waits until that is so.
    ///
    /// # Errors
    ///
    /// `LEASE_LOST` when it was lost meanwhile; else when nobody answers in time: then it is free
    /// when the lease ends.
    pub async fn release(self) -> Result<(), LockError> {
        let Self { lock, token, end, .. } = self;
        // Who renews may have ended, because the lock is lost.
        end.send(()).ok();
        lock.release(token).await
    }
}

impl Transaction {
    /// Nothing of the transaction is done unless the lock is still held (`LEASE_LOST`).
    pub fn holding(&mut self, guard: &Guard) {
        let subject = self.subject("lock", &guard.lock.at);
        let (token, lease_ms) = (guard.token, milliseconds(guard.lock.lease));
        let renew = Command::Renew { name: subject.name.clone(), token, lease_ms };
        self.add::<()>("keep", &subject, renew);
    }
}

/// Renews the lease of a lock.
#[derive(Debug)]
struct Keeper {
    lock: Lock,
    token: u64,
    until: watch::Sender<Option<Instant>>,
}

impl Keeper {
    async fn run(self, mut ended: oneshot::Receiver<()>) {
        let ended = tokio::select! {
            ended = &mut ended => ended,
            () = self.renew_until_lost() => {
                self.until.send_replace(None);
                return;
            }
        };
        if ended.is_err()
            && let Err(error) = self.lock.release(self.token).await
        {
            let error = model::fault::Chain(&error);
            tracing::debug!(%error, "a lock was not given back; it is free when its lease ends");
        }
    }

    /// Renews each third of the lease.
    async fn renew_until_lost(&self) {
        let lease = self.lock.lease;
        loop {
            tokio::time::sleep(lease / 3).await;
            let Some(until) = *self.until.borrow() else { return };
            let renewed = tokio::time::timeout_at(until, self.renew_once());
            match renewed.await {
                Ok(Some(began)) => {
                    self.until.send_replace(Some(began + lease));
                }
                Ok(None) | Err(_) => return,
            }
        }
    }

    /// Renews, as often as need be, and says when the lease began; none when the lock is lost.
    async fn renew_once(&self) -> Option<Instant> {
        loop {
            let began = Instant::now();
            match self.lock.renew(self.token).await {
                Ok(()) => return Some(began),
                Err(AskError::Refused(_)) => return None,
                Err(_) => tokio::time::sleep(limits::RETRY_MAX).await,
            }
        }
    }
}
