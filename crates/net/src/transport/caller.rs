//! The side of a connection of frames that calls.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{Notify, Semaphore, oneshot};
use tokio::time::{Instant, MissedTickBehavior};

use super::failure::Failure;
use super::frame::{self, Frame, Kind};
use super::outbox::Outbox;
use super::wire::Wire;
use crate::limits;

/// Calls the member on the other side.
#[derive(Debug, Clone)]
pub(super) struct Caller(Arc<Shared>);

/// What callers and the connection have in common.
#[derive(Debug)]
struct Shared {
    line: Mutex<Line>,
    /// The line has something for the connection.
    news: Notify,
    places: Semaphore,
}

#[derive(Debug, Default)]
struct Line {
    /// Did not leave this node yet.
    asks: Vec<Ask>,
    /// Left, and nobody waits for their answers any more.
    given_up: Vec<u32>,
    waiting: BTreeMap<u32, oneshot::Sender<Result<Bytes, Failure>>>,
    last_number: u32,
    /// Why nothing is asked any more.
    end: Option<String>,
}

#[derive(Debug)]
struct Ask {
    number: u32,
    head: Bytes,
    body: Bytes,
}

/// A call that is given up when nobody waits for it any more.
struct Call<'a> {
    shared: &'a Shared,
    number: u32,
    is_answered: bool,
}

impl Caller {
    /// A caller on `stream`, and the work that carries its calls.
    pub(super) fn new<S>(stream: S) -> (Self, impl Future<Output = io::Result<()>> + Send)
    where
        S: AsyncRead + AsyncWrite + Send + 'static,
    {
        let places = usize::try_from(limits::STREAMS_MAX).unwrap_or(Semaphore::MAX_PERMITS);
        let (line, news, places) = (Mutex::default(), Notify::new(), Semaphore::new(places));
        let shared = Arc::new(Shared { line, news, places });
        (Self(Arc::clone(&shared)), async move { carry(&shared, Wire::new(stream)).await })
    }

    pub(super) fn is_closed(&self) -> bool {
        self.0.line().end.is_some()
    }

    pub(super) async fn call(
        &self,
        service: &str,
        body: Bytes,
        wait: Duration,
    ) -> Result<Bytes, Failure> {
        let shared = &*self.0;
        let Ok(_place) = shared.places.acquire().await else {
            return Err(Failure::Unsent("the connection is closed".into()));
        };
        let head = frame::ask_head(service, u32::try_from(wait.as_millis()).unwrap_or(u32::MAX));
        let (answer, answered) = oneshot::channel();
        let number = shared.line().ask(head, body, answer)?;
        let mut call = Call { shared, number, is_answered: false };
        shared.news.notify_one();
        let answer = answered.await;
        call.is_answered = true;
        answer.unwrap_or_else(|_| Err(Failure::Unanswered("the connection ended".into())))
    }
}

impl Drop for Call<'_> {
    fn drop(&mut self) {
        if !self.is_answered && self.shared.line().give_up(self.number) {
            self.shared.news.notify_one();
        }
    }
}

impl Shared {
    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Line {
    fn ask(
        &mut self,
        head: Bytes,
        body: Bytes,
        answer: oneshot::Sender<Result<Bytes, Failure>>,
    ) -> Result<u32, Failure> {
        if let Some(end) = &self.end {
            return Err(Failure::Unsent(end.clone()));
        }
        self.last_number = self.last_number.wrapping_add(1);
        let number = self.last_number;
        self.asks.push(Ask { number, head, body });
        self.waiting.insert(number, answer);
        Ok(number)
    }

    /// Says whether the other side must hear of it.
    fn give_up(&mut self, number: u32) -> bool {
        self.waiting.remove(&number);
        let before = self.asks.len();
        self.asks.retain(|ask| ask.number != number);
        let has_left = self.asks.len() == before && self.end.is_none();
        if has_left {
            self.given_up.push(number);
        }
        has_left
    }

    /// Brings on their way what waits for it, and says whether an answer is awaited. What was given
    /// up goes first: it may have made the place for what is asked.
    fn load(&mut self, outbox: &mut Outbox) -> bool {
        if outbox.is_full() {
            return !self.waiting.is_empty();
        }
        for number in self.given_up.drain(..) {
            if outbox.take_back(number) {
                outbox.say(Kind::GiveUp, number);
            }
        }
        for Ask { number, head, body } in self.asks.drain(..) {
            outbox.add((Kind::Ask, number), head, body);
        }
        !self.waiting.is_empty()
    }

    /// Asks nothing any more; what has left may still be answered.
    fn end(&mut self, reason: &str) {
        self.end.get_or_insert_with(|| reason.to_owned());
        for ask in self.asks.drain(..) {
            if let Some(waiting) = self.waiting.remove(&ask.number) {
                waiting.send(Err(Failure::Unsent(reason.to_owned()))).ok();
            }
        }
    }

    fn close(&mut self, reason: &str) {
        self.end(reason);
        for waiting in std::mem::take(&mut self.waiting).into_values() {
            waiting.send(Err(Failure::Unanswered(reason.to_owned()))).ok();
        }
    }

    fn answer(&mut self, number: u32, answer: Result<Bytes, Failure>) {
        // Who has given up wants no answer.
        if let Some(waiting) = self.waiting.remove(&number) {
            waiting.send(answer).ok();
        }
    }
}

/// Tells all who wait when the work is dropped or ends.
struct Closing<'a>(&'a Shared);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        self.0.line().close("the connection ended");
    }
}

async fn carry<S>(shared: &Shared, mut wire: Wire<S>) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite,
{
    let closing = Closing(shared);
    let carried = carry_until_the_end(shared, &mut wire).await;
    if let Err(error) = &carried {
        shared.line().close(&error.to_string());
    }
    drop(closing);
    carried
}

async fn carry_until_the_end<S>(shared: &Shared, wire: &mut Wire<S>) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite,
{
    let mut silence = Silence { since: Instant::now(), is_asked: false, is_awaited: false };
    let mut ticks = tokio::time::interval(Duration::from_millis(limits::KEEP_ALIVE_MS / 4));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let is_awaited = shared.line().load(&mut wire.outbox);
        silence.await_answers(is_awaited);
        tokio::select! {
            () = shared.news.notified() => {}
            turned = wire.turn() => {
                turned?;
                while let Some(message) = wire.take().map_err(io::Error::other)? {
                    silence.is_broken();
                    hear(&mut shared.line(), message);
                }
            }
            _ = ticks.tick(), if is_awaited => silence.check(&mut wire.outbox)?,
        }
        let line = shared.line();
        if line.end.is_some() && line.waiting.is_empty() {
            return Ok(());
        }
    }
}

fn hear(line: &mut Line, message: Frame) {
    let Frame { kind, number, body, .. } = message;
    match kind {
        Kind::Answer => line.answer(number, Ok(body)),
        Kind::Refusal => {
            let unread = || Failure::Unanswered("it refused in words that nobody knows".into());
            let refused = frame::read_refusal(body).map_or_else(unread, Failure::Refused);
            line.answer(number, Err(refused));
        }
        Kind::Bye => line.end("the member ends"),
        Kind::Ask | Kind::GiveUp | Kind::Ping | Kind::Pong => {}
    }
}

/// How long the other side has said nothing while answers of it are awaited.
struct Silence {
    since: Instant,
    /// It was asked for a sign of life.
    is_asked: bool,
    is_awaited: bool,
}

impl Silence {
    fn await_answers(&mut self, is_awaited: bool) {
        if is_awaited && !self.is_awaited {
            self.is_broken();
        }
        self.is_awaited = is_awaited;
    }

    fn is_broken(&mut self) {
        self.since = Instant::now();
        self.is_asked = false;
    }

    fn check(&mut self, outbox: &mut Outbox) -> io::Result<()> {
        let asked_after = Duration::from_millis(limits::KEEP_ALIVE_MS);
        let ended_after = asked_after + Duration::from_millis(limits::KEEP_ALIVE_WAIT_MS);
        let lasts = self.since.elapsed();
        if lasts >= ended_after {
            let text = format!("nothing was heard for {} ms", lasts.as_millis());
            return Err(io::Error::new(io::ErrorKind::TimedOut, text));
        }
        if lasts >= asked_after && !self.is_asked {
            self.is_asked = true;
            outbox.say(Kind::Ping, 0);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
