//! Streams of server-sent events: each reads on from where it is whenever something changed.
//!
//! What a stream sends comes from the kept history and not from the notices, which only wake it:
//! so a slow reader misses nothing that is kept, and is told when something is not.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use futures::Stream;
use schemars::SchemaGenerator;
use serde::Serialize;
use serde_json::{Value, json};
use structures::Notice;
use tokio::sync::{OwnedSemaphorePermit, broadcast};

use super::desk::Desk;
use super::limits;
use super::problem::Problem;
use super::reply::Output;

/// What a stream of events tells.
pub(super) trait Source: Send + Sync + 'static {
    /// The events since the last call.
    fn read(&mut self, desk: &Desk) -> Result<Batch, Problem>;

    /// Whether a notice means that there may be more.
    fn is_about(&self, notice: &Notice) -> bool;
}

/// Some events.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) events: Vec<Event>,
    /// Whether there is more already; else a notice will tell.
    pub(super) is_more: bool,
}

/// A stream of events.
pub(super) struct Events(Response);

impl Events {
    /// Follows `source`; what is wrong from the beginning is a problem and not a stream.
    pub(super) async fn follow(
        desk: Arc<Desk>,
        mut source: impl Source,
        first: Event,
    ) -> Result<Self, Problem> {
        let place = desk.shared().follow()?;
        // Made before the first look, so that nothing falls between the two.
        let notices = desk.engine().notices();
        let Batch { events, is_more } = source.read(&desk)?;
        let events = [first].into_iter().chain(events).collect();
        let next = if is_more { Next::Read } else { Next::Wait };
        let follower = Follower { desk, source, notices, events, next, _place: place };
        let alive = KeepAlive::new().interval(Duration::from_millis(limits::ALIVE_MS));
        Ok(Self(Sse::new(stream(follower)).keep_alive(alive).into_response()))
    }
}

impl Output for Events {
    const STATUS: StatusCode = StatusCode::OK;

    fn response(self) -> Response {
        self.0
    }

    fn describe(_: &mut SchemaGenerator) -> Value {
        json!({
            "description": "Server-sent events, until the client or the node ends them. \
                Send the id of the last one as `Last-Event-ID` to go on without a gap.",
            "content": { "text/event-stream": {} },
        })
    }
}

/// An event with a name, and an id from which the client can go on.
pub(super) fn event(name: &str, id: Option<String>, data: &impl Serialize) -> Event {
    let data = serde_json::to_string(data).expect("bodies have texts as keys");
    let event = Event::default().event(name).data(data);
    match id {
        Some(id) => event.id(id),
        None => event,
    }
}

struct Follower<S> {
    desk: Arc<Desk>,
    source: S,
    notices: broadcast::Receiver<Arc<Vec<Notice>>>,
    events: VecDeque<Event>,
    next: Next,
    _place: OwnedSemaphorePermit,
}

/// What a follower does when it has sent its events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    Read,
    Wait,
    End,
}

fn stream<S: Source>(follower: Follower<S>) -> impl Stream<Item = Result<Event, Infallible>> {
    futures::stream::unfold(follower, async |mut follower| {
        let event = follower.next().await?;
        Some((Ok(event), follower))
    })
}

impl<S: Source> Follower<S> {
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.events.pop_front() {
                return Some(event);
            }
            match self.next {
                Next::End => return None,
                Next::Wait => {
                    let Self { desk, source, notices, .. } = self;
                    if !desk.heard(notices, |notice| source.is_about(notice)).await {
                        return None;
                    }
                }
                Next::Read => {}
            }
            match self.source.read(&self.desk) {
                Ok(Batch { events, is_more }) => {
                    self.events.extend(events);
                    self.next = if is_more { Next::Read } else { Next::Wait };
                }
                Err(problem) => {
                    let problem = problem.body(&self.desk.request);
                    self.events.push_back(event("problem", None, &problem));
                    self.next = Next::End;
                }
            }
        }
    }
}
