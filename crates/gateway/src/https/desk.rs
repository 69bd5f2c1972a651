//! The desk: where the function of a route asks the engine on behalf of one request.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use state::{Engine, Outcome, ReadError};
use structures::settings::{self, Key, Values};
use structures::{Answer, Command, Notice, Query, Request, RequestId, session};
use tokio::sync::broadcast;

use super::limits;
use super::problem::Problem;
use super::request::{IDEMPOTENCY_KEY, RequestError};
use super::shared::Shared;

/// Asks the engine on behalf of one request.
#[derive(Debug)]
pub(super) struct Desk {
    shared: Arc<Shared>,
    /// The number of the request, for the log.
    pub(super) request: String,
    /// The session of a request that may be sent again.
    client: Option<u64>,
    /// Commands that the request proposed.
    commands: AtomicU64,
    /// The newest revision that the request saw.
    revision: AtomicU64,
}

impl Desk {
    pub(super) fn new(shared: Arc<Shared>, request: String, client: Option<u64>) -> Self {
        let (commands, revision) = (AtomicU64::new(0), AtomicU64::new(0));
        Self { shared, request, client, commands, revision }
    }

    pub(super) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    pub(super) fn engine(&self) -> &dyn Engine {
        &*self.shared.engine
    }

    /// The newest revision that the request saw; 0 when it saw none.
    pub(super) fn revision(&self) -> u64 {
        self.revision.load(Ordering::Relaxed)
    }

    fn saw(&self, revision: u64) {
        self.revision.fetch_max(revision, Ordering::Relaxed);
    }

    /// Proposes a command and waits for its outcome.
    pub(super) async fn write(&self, command: impl Into<Command>) -> Result<Answer, Problem> {
        let number = self.commands.fetch_add(1, Ordering::Relaxed);
        let id = match self.client {
            None => None,
            Some(client) => {
                if number == 0 {
                    let ttl_ms = self.settings()?.get(Key::HttpsOutcomesKept);
                    let open = session::Command::Open { client, ttl_ms }.into();
                    self.propose(&Request { id: None, command: open }).await?;
                }
                // Outcomes go with the session: which of them arrived is never known.
                Some(RequestId { client, number, answered_below: 0 })
            }
        };
        self.propose(&Request { id, command: command.into() }).await
    }

    /// The settings of the cluster, as far as this node knows.
    pub(super) fn settings(&self) -> Result<Values, ReadError> {
        let mut values = Values::default();
        self.engine().look(&mut |view| {
            values = settings::values(view)?;
            Ok(())
        })?;
        Ok(values)
    }

    async fn propose(&self, request: &Request) -> Result<Answer, Problem> {
        let proposed = self.engine().propose(request, timeout()).await?;
        self.saw(proposed.revision);
        Ok(proposed.outcome?)
    }

    /// Answers a question; unless it may be old, with all that was acknowledged before.
    pub(super) async fn read(
        &self,
        query: impl Into<Query>,
        is_stale: bool,
    ) -> Result<Answer, Problem> {
        let (answer, _) = self.ask(query.into(), is_stale).await?;
        Ok(answer?)
    }

    /// The answer, or why the question is refused, and the revision at which it is so.
    pub(super) async fn ask(
        &self,
        query: Query,
        is_stale: bool,
    ) -> Result<(Outcome, u64), Problem> {
        if !is_stale {
            self.barrier().await?;
        }
        let (answer, revision) = if is_long(&query) {
            // Others are not to wait until a long walk is over, heartbeats least of all.
            let _place = self.shared.walks.acquire().await;
            let shared = Arc::clone(&self.shared);
            let walk = tokio::task::spawn_blocking(move || shared.look(&query));
            walk.await.map_err(|_| RequestError::Answer)??
        } else {
            self.shared.look(&query)?
        };
        self.saw(revision);
        Ok((answer, revision))
    }

    /// Waits until this node has applied all that was acknowledged before.
    pub(super) async fn barrier(&self) -> Result<(), Problem> {
        Ok(self.engine().barrier(timeout()).await?)
    }

    /// Answers a short question from what this node has applied.
    pub(super) fn look(&self, query: &Query) -> Result<Answer, Problem> {
        let (answer, revision) = self.shared.look(query)?;
        self.saw(revision);
        Ok(answer?)
    }

    /// A number that nobody can foresee, for answers at random.
    pub(super) fn chance(&self) -> u64 {
        use std::hash::{BuildHasher, RandomState};
        RandomState::new().hash_one(&self.request)
    }

    /// Calls `attempt` until it brings something or `wait_ms` are over: again whenever there is a
    /// notice that `is_about` it. An attempt that has begun is never given up.
    pub(super) async fn wait<T, F: Future<Output = Result<Option<T>, Problem>>>(
        &self,
        wait_ms: u64,
        is_about: impl Fn(&Notice) -> bool,
        attempt: impl Fn(u64) -> F,
    ) -> Result<Option<T>, Problem> {
        if wait_ms > 0 && self.client.is_some() {
            // Its first attempt would be on record as having found nothing.
            let reason = "a request that waits cannot be sent again";
            return Err(RequestError::parameter(IDEMPOTENCY_KEY, reason).into());
        }
        let mut notices = self.engine().notices();
        let over = tokio::time::sleep(Duration::from_millis(wait_ms.min(limits::WAIT_MS_MAX)));
        tokio::pin!(over);
        for number in 0..limits::WAIT_ATTEMPTS_MAX {
            if let Some(found) = attempt(number).await? {
                return Ok(Some(found));
            }
            if wait_ms == 0 {
                break;
            }
            tokio::select! {
                heard = self.heard(&mut notices, &is_about) => if !heard { break },
                () = &mut over => break,
            }
        }
        Ok(None)
    }

    /// Waits for such a notice; false when none will come any more.
    pub(super) async fn heard(
        &self,
        notices: &mut broadcast::Receiver<Arc<Vec<Notice>>>,
        mut is_about: impl FnMut(&Notice) -> bool,
    ) -> bool {
        let mut closing = self.shared.closing.subscribe();
        loop {
            let heard = tokio::select! {
                heard = notices.recv() => heard,
                _ = closing.wait_for(|is_closing| *is_closing) => return false,
            };
            match heard {
                Ok(told) if told.iter().any(&mut is_about) => return true,
                Ok(_) => {}
                // What was missed may have been about it.
                Err(broadcast::error::RecvError::Lagged(_)) => return true,
                Err(broadcast::error::RecvError::Closed) => return false,
            }
        }
    }
}

impl Shared {
    /// What this node answers, and the revision at which it does.
    fn look(&self, query: &Query) -> Result<(Outcome, u64), ReadError> {
        let mut found = None;
        self.engine.look(&mut |view| {
            found = Some((structures::read(view, query)?, structures::revision(view)?));
            Ok(())
        })?;
        Ok(found.expect("the engine shows its rows, or fails"))
    }
}

/// Whether the answer may need a walk over many rows.
fn is_long(query: &Query) -> bool {
    use structures::{list, map, names, queue, set, settings, sorted, topic};
    !matches!(
        query,
        Query::Counter(_)
            | Query::Lock(_)
            | Query::List(list::Query::Len { .. } | list::Query::At { .. })
            | Query::Map(map::Query::Get { .. } | map::Query::Len { .. })
            | Query::Names(names::Query::Describe { .. })
            | Query::Queue(queue::Query::Status { .. })
            | Query::Set(set::Query::Len { .. })
            | Query::Settings(settings::Query::Current)
            | Query::Sorted(sorted::Query::Len { .. } | sorted::Query::Rank { .. })
            | Query::Topic(topic::Query::Info { .. } | topic::Query::Last { .. })
    )
}

/// How long the state has to answer.
pub(super) fn timeout() -> Duration {
    Duration::from_millis(limits::ANSWER_MS)
}
