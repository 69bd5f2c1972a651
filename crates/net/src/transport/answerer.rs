//! The side of a connection of frames that answers.

use std::collections::BTreeMap;
use std::future::ready;
use std::io;
use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use futures::future::{AbortHandle, Abortable, Aborted};
use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::oneshot;

use super::Refusal;
use super::frame::{self, Frame, Kind};
use super::outbox::Outbox;
use super::service::Desk;
use super::wire::Wire;
use crate::limits;
use crate::tasks::Tasks;

/// The number of a call, and its answer; none when the time of the caller was over.
type Answered = (u32, Option<Result<Bytes, Refusal>>);

/// An answer under way.
type Answering = Pin<Box<dyn Future<Output = Answered> + Send>>;

/// The calls of one connection that are being answered.
#[derive(Default)]
struct Answers {
    all: FuturesUnordered<Abortable<Answering>>,
    handles: BTreeMap<u32, AbortHandle>,
}

/// Answers the calls on `stream` until the caller ends it. When `stopped` completes, the caller is
/// asked to do that as soon as it waits for nothing.
///
/// # Errors
///
/// When the connection breaks, or what comes is no call.
pub(super) async fn serve<S>(
    stream: S,
    desk: &Desk,
    stopped: impl Future<Output = ()>,
) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite,
{
    let mut wire = Wire::new(stream);
    let mut answers = Answers::default();
    tokio::pin!(stopped);
    let mut is_stopping = false;
    loop {
        tokio::select! {
            turned = wire.turn() => {
                match turned {
                    Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
                    turned => turned?,
                }
                while let Some(message) = wire.take().map_err(io::Error::other)? {
                    answers.hear(desk, &mut wire, message)?;
                }
            }
            Some(answered) = answers.all.next(), if !answers.all.is_empty() => {
                answers.send(&mut wire.outbox, answered);
                // What is ready as well goes with it.
                while let Some(Some(answered)) = answers.all.next().now_or_never() {
                    answers.send(&mut wire.outbox, answered);
                }
            }
            () = &mut stopped, if !is_stopping => {
                is_stopping = true;
                wire.outbox.say(Kind::Bye, 0);
            }
        }
    }
}

impl Answers {
    fn hear<S>(&mut self, desk: &Desk, wire: &mut Wire<S>, message: Frame) -> io::Result<()>
    where
        S: AsyncRead + AsyncWrite,
    {
        let Frame { kind, number, body, .. } = message;
        match kind {
            Kind::Ask => self.begin(desk, number, body),
            Kind::GiveUp => {
                wire.forget(number);
                self.handles.remove(&number).iter().for_each(AbortHandle::abort);
                Ok(())
            }
            Kind::Ping => {
                wire.outbox.say(Kind::Pong, number);
                Ok(())
            }
            Kind::Answer | Kind::Refusal | Kind::Pong | Kind::Bye => Ok(()),
        }
    }

    fn begin(&mut self, desk: &Desk, number: u32, body: Bytes) -> io::Result<()> {
        let wrong = |text: &'static str| io::Error::new(io::ErrorKind::InvalidData, text);
        let (wait_ms, name, request) = frame::read_ask(body).ok_or(wrong("a call is cut off"))?;
        if self.handles.len() >= usize::try_from(limits::STREAMS_MAX).unwrap_or(usize::MAX) {
            return Err(wrong("there are too many calls at once"));
        }
        let name = String::from_utf8_lossy(&name);
        let answer = answer(desk, &name, request);
        let wait = Duration::from_millis(u64::from(wait_ms));
        let answering: Answering =
            Box::pin(async move { (number, tokio::time::timeout(wait, answer).await.ok()) });
        let (handle, registration) = AbortHandle::new_pair();
        if self.handles.insert(number, handle).is_some() {
            return Err(wrong("two calls have one number"));
        }
        self.all.push(Abortable::new(answering, registration));
        Ok(())
    }

    fn send(&mut self, outbox: &mut Outbox, answered: Result<Answered, Aborted>) {
        // An aborted one has no handle any more.
        let Ok((number, answer)) = answered else { return };
        self.handles.remove(&number);
        match answer {
            Some(Ok(answer)) => outbox.add((Kind::Answer, number), Bytes::new(), answer),
            Some(Err(refusal)) => {
                let body = frame::refusal_body(&refusal);
                outbox.add((Kind::Refusal, number), Bytes::new(), body);
            }
            // The caller knows how late it is.
            None => {}
        }
    }
}

type Answer = Pin<Box<dyn Future<Output = Result<Bytes, Refusal>> + Send>>;

/// Answers a request. One that is long takes long to read: it gets a task of its own, so that the
/// others of the connection need not wait for it.
fn answer(desk: &Desk, name: &str, request: Bytes) -> Answer {
    let is_long = request.len() > limits::FRAME_BYTES_MAX;
    let answer = match desk.find(name) {
        Ok(one) => one.answer(request),
        Err(refusal) => return Box::pin(ready(Err(refusal))),
    };
    if !is_long {
        return Box::pin(answer);
    }
    let (tasks, (sender, receiver)) = (Tasks::default(), oneshot::channel());
    tasks.spawn(async move {
        // Nobody receives it when the caller has given up.
        sender.send(answer.await).ok();
    });
    Box::pin(async move {
        let answered = receiver.await;
        drop(tasks);
        answered.unwrap_or_else(|_| {
            let text = "the work on the answer ended";
            Err(Refusal::new("PEER_REFUSED", model::fault::Kind::Unavailable, text))
        })
    })
}
