//! Commands of one pipelined read that are done together.
//!
//! Questions share one read index; as soon as something is written among them, all are one
//! transaction: one log entry, in their order.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use state::Outcome;
use structures::{Answer, Command, OnRefusal, Operation, Query, Reader, Transaction};

use super::command::Data;
use super::connection::Connection;
use super::error::{self, ErrorReply};
use super::shape::Shape;
use super::shared::Desk;
use crate::limits;

/// Commands that wait to be done.
#[derive(Debug, Default)]
pub(super) struct Run {
    operations: Vec<Operation>,
    looks: Vec<Look>,
    writes: usize,
    bytes: usize,
}

/// How an answer is shown.
#[derive(Debug)]
pub(super) struct Look {
    pub(super) name: &'static str,
    pub(super) shape: Shape,
}

impl Run {
    /// Whether another command of so many bytes must wait for the next run.
    pub(super) fn is_full(&self, data: &Data, bytes: usize) -> bool {
        let count = self.operations.len();
        if count == 0 {
            return false;
        }
        let is_question = matches!(data.operation, Operation::Read(_));
        let mixes = if is_question { self.writes > 0 } else { self.writes < count };
        count == limits::RUN_COMMANDS_MAX
            || self.bytes + bytes > limits::RUN_BYTES_MAX
            || (mixes && count - self.writes >= limits::RUN_QUESTIONS_MAX)
    }

    pub(super) fn push(&mut self, name: &'static str, data: Data, bytes: usize) {
        self.writes += usize::from(matches!(data.operation, Operation::Write(_)));
        self.bytes += bytes;
        self.operations.push(data.operation);
        self.looks.push(Look { name, shape: data.shape });
    }

    pub(super) fn is_empty(&self) -> bool {
        self.operations.is_empty()
    }
}

pub(super) fn timeout() -> Duration {
    Duration::from_millis(limits::ANSWER_MS)
}

impl Connection {
    /// Does what waits, and prints the answers.
    pub(super) async fn run(&mut self) -> io::Result<()> {
        if self.run.is_empty() {
            return Ok(());
        }
        let Run { mut operations, looks, writes, .. } = std::mem::take(&mut self.run);
        if writes == 0 {
            return self.ask(&operations, &looks).await;
        }
        if operations.len() == 1
            && let Some(Operation::Write(command)) = operations.pop()
            && let Some(look) = looks.first()
        {
            let answer = self.propose(look.name, command).await;
            self.print(look, answer);
            return Ok(());
        }
        let (conditions, on_refusal) = (Vec::new(), OnRefusal::Continue);
        let transaction = Transaction { conditions, operations, on_refusal };
        match self.propose("exec", transaction.into()).await {
            Ok(Answer::Transaction(outcomes)) => {
                for (look, outcome) in looks.iter().zip(outcomes) {
                    self.print(
                        look,
                        outcome.map_err(|refusal| error::of_refusal(look.name, &refusal)),
                    );
                    self.flush_much().await?;
                }
            }
            Ok(_) => looks.iter().for_each(|_| self.printer.error(&ErrorReply::UNEXPECTED)),
            Err(refused) => looks.iter().for_each(|_| self.printer.error(&refused)),
        }
        Ok(())
    }

    /// Answers questions, all from a state that is as new as the first of them, or newer.
    async fn ask(&mut self, operations: &[Operation], looks: &[Look]) -> io::Result<()> {
        if let Err(refused) = self.barrier().await {
            looks.iter().for_each(|_| self.printer.error(&refused));
            return Ok(());
        }
        let (mut operations, mut looks) = (operations, looks);
        while !operations.is_empty() {
            let done = self.answer_some(operations, looks);
            operations = operations.get(done..).unwrap_or_default();
            looks = looks.get(done..).unwrap_or_default();
            self.flush_much().await?;
        }
        Ok(())
    }

    /// Answers questions from one state, until they are enough to let others change it or the
    /// answers are much; says how many.
    fn answer_some(&mut self, operations: &[Operation], looks: &[Look]) -> usize {
        let mut done = 0;
        let engine = Arc::clone(&self.shared.engine);
        let looked = engine.look(&mut |view| {
            let reader = Reader::new(view)?;
            for (operation, look) in operations.iter().zip(looks).take(limits::LOOKED_TOGETHER) {
                if let Operation::Read(query) = operation {
                    let outcome = reader.read(query)?;
                    self.print(look, of_outcome(look.name, outcome));
                }
                done += 1;
                if self.printer.out().len() >= limits::ANSWERS_BYTES {
                    break;
                }
            }
            Ok(())
        });
        let Err(error) = looked else { return done };
        let refused = error::of_read(&error);
        looks.iter().skip(done).for_each(|_| self.printer.error(&refused));
        operations.len()
    }

    /// Waits until this node knows everything that was acknowledged, unless old answers will do.
    pub(super) async fn barrier(&self) -> Result<(), ErrorReply> {
        if self.session.is_stale {
            return Ok(());
        }
        let barrier = self.shared.engine.barrier(timeout()).await;
        barrier.map_err(|why| error::of_unavailable(&why))
    }

    /// Answers a question from what this node knows.
    pub(super) fn stale(&self, name: &str, query: &Query) -> Result<Answer, ErrorReply> {
        match self.shared.engine.stale(query) {
            Ok(outcome) => of_outcome(name, outcome),
            Err(error) => Err(error::of_read(&error)),
        }
    }

    pub(super) async fn propose(&self, name: &str, command: Command) -> Result<Answer, ErrorReply> {
        match self.shared.sender.send(command).await {
            Ok(proposed) => {
                if let Some(tracked) = &self.session.tracked {
                    tracked.changed(proposed.revision);
                }
                of_outcome(name, proposed.outcome)
            }
            Err(error) => Err(error::of_propose(name, &error)),
        }
    }

    pub(super) fn print(&mut self, look: &Look, answer: Result<Answer, ErrorReply>) {
        let desk = Desk { shared: &self.shared, name: look.name };
        match answer {
            Ok(answer) => look.shape.print(&mut self.printer, &answer, &desk),
            Err(refused) => self.printer.error(&refused),
        }
    }
}

fn of_outcome(name: &str, outcome: Outcome) -> Result<Answer, ErrorReply> {
    outcome.map_err(|refusal| error::of_refusal(name, &refusal))
}

/// About how many bytes a command has on its way.
pub(super) fn weight(words: &[Bytes]) -> usize {
    const OVERHEAD: usize = 16;
    words.iter().map(|word| word.len() + OVERHEAD).sum()
}
