//! The one connection of a kind to one address: made when it is needed, once for all who wait,
//! and made again after a pause that grows with each failure.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_rustls::rustls;

use super::connection::{Connection, connect};
use crate::address::Address;
use crate::limits;
use crate::secret::random;
use crate::tasks::Spawner;

/// See the module.
#[derive(Debug)]
pub(super) struct Lane {
    address: Address,
    tls: Arc<rustls::ClientConfig>,
    spawner: Spawner,
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug)]
enum State {
    Idle,
    Connecting { failures: u32 },
    Connected(Connection),
    Failed { reason: String, failures: u32, until: Instant },
}

impl Lane {
    pub(super) fn new(address: Address, tls: Arc<rustls::ClientConfig>, spawner: Spawner) -> Self {
        let (state, changed) = (Mutex::new(State::Idle), Notify::new());
        Self { address, tls, spawner, state, changed }
    }

    /// The connection. An attempt goes on when the one who asked first no longer waits, so that
    /// short deadlines of callers and a long way to the member do not prevent it for ever.
    pub(super) async fn connection(self: &Arc<Self>) -> Result<Connection, String> {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            if let Some(result) = self.look() {
                return result;
            }
            changed.await;
        }
    }

    /// Whether nobody needs this now.
    pub(super) fn is_spare(&self) -> bool {
        match &*self.state() {
            State::Connecting { .. } => false,
            State::Connected(connection) => connection.is_closed(),
            State::Idle | State::Failed { .. } => true,
        }
    }

    /// What is known, or nothing while an attempt is under way, which this begins when it is due.
    fn look(self: &Arc<Self>) -> Option<Result<Connection, String>> {
        let mut state = self.state();
        let failures = match &*state {
            State::Connecting { .. } => return None,
            State::Connected(connection) if !connection.is_closed() => {
                return Some(Ok(connection.clone()));
            }
            State::Failed { reason, until, .. } if Instant::now() < *until => {
                return Some(Err(reason.clone()));
            }
            State::Failed { failures, .. } => *failures,
            State::Idle | State::Connected(_) => 0,
        };
        *state = State::Connecting { failures };
        drop(state);
        let lane = Arc::clone(self);
        hyper::rt::Executor::execute(&self.spawner, async move { lane.attempt().await });
        None
    }

    async fn attempt(&self) {
        let result = connect(&self.address, Arc::clone(&self.tls), self.spawner.clone()).await;
        let mut state = self.state();
        let failures = match &*state {
            State::Connecting { failures } => failures + 1,
            _ => 1,
        };
        *state = match result {
            Ok(connection) => State::Connected(connection),
            Err(reason) => {
                tracing::debug!(address = %self.address, reason, failures, "no connection");
                let until = Instant::now() + pause(failures, u64::from_be_bytes(random()));
                State::Failed { reason, failures, until }
            }
        };
        drop(state);
        self.changed.notify_waiters();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How long to wait after `failures` failed attempts: twice as long each time, up to a bound, and
/// of that between half and all, by `chance`.
fn pause(failures: u32, chance: u64) -> Duration {
    let doublings = failures.saturating_sub(1).min(16);
    let longest = (limits::RECONNECT_BASE_MS << doublings).min(limits::RECONNECT_CAP_MS);
    Duration::from_millis(longest / 2 + chance % (longest / 2 + 1))
}

#[cfg(test)]
mod tests {
    use super::pause;
    use crate::limits;

    #[test]
    fn pauses_grow_up_to_a_bound() {
        let longest =
            |failures| (0..1_000).map(|chance| pause(failures, chance).as_millis()).max().unwrap();
        assert_eq!(longest(1), u128::from(limits::RECONNECT_BASE_MS - 1));
        assert_eq!(longest(2), u128::from(limits::RECONNECT_BASE_MS * 2));
        assert_eq!(longest(u32::MAX), u128::from(limits::RECONNECT_CAP_MS));
        let shortest = (0..1_000).map(|chance| pause(9, chance).as_millis()).min().unwrap();
        assert_eq!(shortest, u128::from(limits::RECONNECT_CAP_MS / 2));
    }
}
