use std::sync::Mutex;
use std::time::Duration;

use bytes::Bytes;
use gateway::https::body::state::Told;
use state::ProposeError;
use structures::{Answer, Command, Memory, Refusal, Request, Stamp, counter, session};
use tokio::sync::Semaphore;

use super::{Carried, Carrier, Session};
use crate::desk::AskError;
use crate::limits;

const SOON: Duration = Duration::from_secs(10);

/// A state in memory, at a time that the test says.
struct Shore {
    memory: Mutex<(Memory, u64)>,
    /// Requests that arrived, in their order.
    arrived: Mutex<Vec<Request>>,
    /// Answers that may be given.
    answers: Semaphore,
    /// Every request is sent twice, and the session ends between the two.
    forgets: bool,
}

impl Shore {
    fn new(answers: usize) -> Self {
        let (memory, arrived) = Default::default();
        Self { memory, arrived, answers: Semaphore::new(answers), forgets: false }
    }

    fn pass(&self, ms: u64) {
        self.memory.lock().unwrap().1 += ms;
    }

    fn apply(&self, request: &Request) -> Told {
        let (memory, now_ms) = &mut *self.memory.lock().unwrap();
        let stamp = Stamp { now_ms: *now_ms };
        let mut applied = structures::apply(memory, stamp, [request]).unwrap();
        memory.write(applied.changes);
        Told { outcome: applied.answers.remove(0), revision: applied.revision }
    }

    fn opened(&self) -> usize {
        let arrived = self.arrived.lock().unwrap();
        let opens = |request: &&Request| {
            matches!(request.command, Command::Session(session::Command::Open { .. }))
        };
        arrived.iter().filter(opens).count()
    }
}

impl Carrier for Shore {
    async fn carry(&self, request: &Request, _: Duration) -> Result<Carried, AskError> {
        let mut told = self.apply(request);
        if self.forgets && request.id.is_some() {
            self.pass(limits::SESSION_MS + 1);
            told = self.apply(request);
        }
        self.arrived.lock().unwrap().push(request.clone());
        if matches!(request.command, Command::Counter(_)) {
            self.answers.acquire().await.unwrap().forget();
        }
        Ok(Carried { told, may_be_done: self.forgets })
    }
}

fn add() -> Command {
    counter::Command::Add { name: Bytes::from_static(b"n"), by: 1 }.into()
}

#[tokio::test]
async fn a_command_that_arrives_twice_is_done_once() {
    let (shore, session) = (Shore::new(9), Session::default());
    session.once(&shore, add(), SOON).await.unwrap();
    let sent = shore.arrived.lock().unwrap().last().unwrap().clone();
    assert_eq!(shore.apply(&sent).outcome, Ok(Answer::Integer(1)));
    let told = session.once(&shore, add(), SOON).await.unwrap();
    assert_eq!(told.outcome, Ok(Answer::Integer(2)));
    assert_eq!(shore.opened(), 1);
}

#[tokio::test]
async fn a_session_that_ended_meanwhile_is_opened_again() {
    let (shore, session) = (Shore::new(9), Session::default());
    session.once(&shore, add(), SOON).await.unwrap();
    shore.pass(limits::SESSION_MS + 1);
    let told = session.once(&shore, add(), SOON).await.unwrap();
    assert_eq!(told.outcome, Ok(Answer::Integer(2)));
    assert_eq!(shore.opened(), 2);
    session.close(&shore, SOON).await.unwrap();
    let closed = shore.arrived.lock().unwrap().last().unwrap().clone();
    assert!(matches!(closed.command, Command::Session(session::Command::Close { .. })));
}

#[tokio::test]
async fn a_command_that_may_be_done_is_not_done_again_in_another_session() {
    let (shore, session) = (Shore { forgets: true, ..Shore::new(9) }, Session::default());
    let told = session.once(&shore, add(), SOON).await;
    assert!(matches!(told, Err(AskError::Write(ProposeError::OutcomeUnknown))), "{told:?}");
    assert_eq!(shore.opened(), 1);
    let shore = Shore { forgets: false, ..shore };
    let told = session.once(&shore, add(), SOON).await.unwrap();
    assert_eq!(told.outcome, Ok(Answer::Integer(2)), "the first one was done");
}

#[tokio::test]
async fn a_command_that_was_given_up_does_not_count_any_more_when_it_arrives_late() {
    let (shore, session) = (Shore::new(0), Session::default());
    let given_up = tokio::time::timeout(Duration::ZERO, session.once(&shore, add(), SOON)).await;
    assert!(given_up.is_err());
    shore.answers.add_permits(9);
    session.once(&shore, add(), SOON).await.unwrap();
    let first = shore.arrived.lock().unwrap().get(1).unwrap().clone();
    let forgotten = Refusal::RequestForgotten { number: 0 };
    assert_eq!(shore.apply(&first).outcome, Err(forgotten));
}

#[tokio::test]
async fn commands_wait_when_the_oldest_one_has_no_answer_for_too_long() {
    let (shore, session) = (Shore::new(0), Session::default());
    let oldest = session.once(&shore, add(), SOON);
    tokio::pin!(oldest);
    assert!(futures::poll!(&mut oldest).is_pending());
    let others = (1..limits::OPEN_COMMANDS_MAX).map(|_| async {
        let ticket = session.ticket(&shore, SOON).await.unwrap();
        drop(ticket);
    });
    futures::future::join_all(others).await;
    let next = session.ticket(&shore, SOON);
    tokio::pin!(next);
    assert!(futures::poll!(&mut next).is_pending());
    shore.answers.add_permits(1);
    oldest.await.unwrap();
    assert_eq!(next.await.unwrap().id.answered_below, limits::OPEN_COMMANDS_MAX);
}
