//! Tells others what happens to a run: events as JSON, sent by POST.
//!
//! One thread sends, in order, so that a run never waits for somebody else's server. The queue and
//! the time at the end are bounded; what is not delivered by then is logged and given up.

pub mod limits;
mod payload;
mod post;

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use model::clock::Clock;
use store::stop::{Pause, Stop};

pub use payload::{Event, Report, payload, signature};
use post::{Attempt, Poster};

use crate::secrets::{Redactor, SecretError, reveal_text};
use crate::spec::PipelineSpec;

/// Where the events of one pipeline go.
#[derive(Clone, PartialEq, Eq)]
pub struct Target {
    /// What logs call it: as written, `env://HOOK`.
    pub label: String,
    pub url: String,
    /// The value of `hook_secret`.
    pub secret: Option<String>,
}

impl std::fmt::Debug for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Target").field("label", &self.label).finish_non_exhaustive()
    }
}

/// Where the events of `spec` go, with what `env://NAME` in its hooks stands for.
///
/// # Errors
///
/// [`SecretError`] when a variable is not set.
pub fn targets(
    spec: &PipelineSpec,
    environment: &BTreeMap<String, String>,
    redactor: &Redactor,
) -> Result<Vec<Target>, SecretError> {
    let secret = match &spec.hook_secret {
        Some(text) => Some(reveal_text(text, "hook_secret", environment, redactor)?),
        None => None,
    };
    let target = |hook: &String| {
        let url = reveal_text(hook, "hooks", environment, redactor)?;
        Ok(Target { label: hook.clone(), url, secret: secret.clone() })
    };
    spec.hooks.iter().map(target).collect()
}

/// Sends events in the background until it is finished.
#[derive(Debug)]
pub struct Hooks {
    queue: Option<SyncSender<Message>>,
    worker: Option<JoinHandle<()>>,
    /// In a lock only because a receiver may not be shared; runs share the sender.
    done: Mutex<Receiver<()>>,
    stop: Stop,
}

/// One event on its way to one target.
#[derive(Debug)]
struct Message {
    target: Target,
    body: Arc<[u8]>,
}

impl Hooks {
    /// Starts the thread that sends. `pause` waits between two tries.
    ///
    /// # Errors
    ///
    /// When the system gives no thread.
    pub fn start(clock: Arc<dyn Clock>, pause: Arc<dyn Pause>) -> std::io::Result<Self> {
        let (queue, messages) = sync_channel(limits::QUEUE_EVENTS_MAX);
        let (ended, done) = sync_channel(1);
        let stop = Stop::default();
        let worker = Worker { clock, pause, stop: stop.clone(), unreachable: Vec::new() };
        let worker = std::thread::Builder::new().name("hooks".into()).spawn(move || {
            worker.run(&messages);
            // Nobody listens any more when the run did not wait.
            ended.send(()).ok();
        })?;
        Ok(Self { queue: Some(queue), worker: Some(worker), done: Mutex::new(done), stop })
    }

    /// Puts `body` (see [`payload`]) into the queue for each of `targets`. When the queue is full
    /// the event is logged and given up.
    pub fn send(&self, targets: &[Target], body: &[u8]) {
        let Some(queue) = &self.queue else { return };
        let body: Arc<[u8]> = body.into();
        for target in targets {
            let message = Message { target: target.clone(), body: Arc::clone(&body) };
            if let Err(TrySendError::Full(message) | TrySendError::Disconnected(message)) =
                queue.try_send(message)
            {
                tracing::warn!(hook = %message.target.label, "too many events wait for a hook, one is lost");
            }
        }
    }

    /// Waits up to `grace` for what is in the queue, then gives up the rest.
    pub fn finish(mut self, grace: Duration) {
        self.queue = None;
        if self.done.get_mut().unwrap_or_else(PoisonError::into_inner).recv_timeout(grace).is_err()
        {
            self.stop.request();
            tracing::warn!("hooks did not take all events in time, the rest is lost");
        }
        // A request that is under way ends by its own timeout, and is not waited for.
        if let Some(worker) = self.worker.take()
            && worker.is_finished()
            && worker.join().is_err()
        {
            tracing::error!("the thread that sends events has failed");
        }
    }
}

struct Worker {
    clock: Arc<dyn Clock>,
    pause: Arc<dyn Pause>,
    stop: Stop,
    /// Labels of targets that did not answer; they are tried once per event from then on.
    unreachable: Vec<String>,
}

impl Worker {
    fn run(mut self, messages: &Receiver<Message>) {
        let mut poster = None;
        while let Ok(message) = messages.recv() {
            if self.stop.is_requested() {
                return;
            }
            if poster.is_none() {
                match Poster::new() {
                    Ok(new) => poster = Some(new),
                    Err(error) => {
                        tracing::warn!(%error, "hooks cannot be called");
                        return;
                    }
                }
            }
            if let Some(poster) = &poster {
                self.deliver(poster, &message);
            }
        }
    }

    fn deliver(&mut self, poster: &Poster, message: &Message) {
        let label = &message.target.label;
        let known = self.unreachable.contains(label);
        let tries = if known { 1 } else { limits::TRIES_MAX };
        let started_ms = self.clock.monotonic_ms();
        for attempt in 1..=tries {
            match poster.post(&message.target, &message.body) {
                Attempt::Delivered => {
                    self.unreachable.retain(|other| other != label);
                    return;
                }
                Attempt::Refused(reason) => {
                    tracing::warn!(hook = %label, %reason, "a hook refused an event");
                    return;
                }
                Attempt::Failed(reason) if attempt == tries => {
                    let waited_ms = self.clock.monotonic_ms().saturating_sub(started_ms);
                    tracing::warn!(hook = %label, %reason, tries, waited_ms, "a hook does not answer, an event is lost");
                    if !known {
                        self.unreachable.push(label.clone());
                    }
                }
                Attempt::Failed(_) => {
                    let wait_ms = limits::BACK_OFF_MS << (attempt - 1);
                    if self.pause.pause(wait_ms, &self.stop).is_err() {
                        return;
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
