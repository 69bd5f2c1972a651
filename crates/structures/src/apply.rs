//! The two doors of this crate: a command changes the state, a question reads it.

use crate::answer::Answer;
use crate::changes::Changes;
use crate::command::{Command, Condition, OnRefusal, Operation, Query, Request, Transaction};
use crate::expiry;
use crate::kind::count;
use crate::limits;
use crate::notice::Notice;
use crate::refusal::{Counted, Nested, Refusal};
use crate::summary::Stamp;
use crate::sweep;
use crate::view::{View, ViewError};
use crate::work::{Finished, Reading, Stop, Work, check_count};
use crate::{
    ahead, counter, flake, list, lock, map, names, patches, queue, session, set, settings, sorted,
    topic,
};

/// What commands do to the state, and say to those who sent them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Applied {
    /// Empty when nothing changed.
    pub changes: Changes,
    /// Of each command, in their order.
    pub answers: Vec<Result<Answer, Refusal>>,
    pub notices: Vec<Notice>,
    /// The revision of the state with the changes.
    pub revision: u64,
    /// See [`next_deadline`](crate::next_deadline).
    pub deadline_ms: Option<u64>,
}

/// Applies commands one after the other to `view`, which they do not write: the caller lays the
/// changes over it. Each sees what those before it did, and makes a revision of its own.
///
/// First, things that are due at the stamp end; so a command never finds what is over.
///
/// # Errors
///
/// [`ViewError`] when rows cannot be read or are damaged: the state cannot go on from here. What
/// is wrong with a command is never an error but an answer.
pub fn apply<'r>(
    view: &dyn View,
    stamp: Stamp,
    requests: impl IntoIterator<Item = &'r Request, IntoIter: Clone>,
) -> Result<Applied, ViewError> {
    let mut work = Work::new(view, stamp)?;
    let requests = requests.into_iter();
    ahead::tell(view, work.summary.epoch, requests.clone());
    let mut applied = Applied { revision: work.summary.revision, ..Applied::default() };
    for request in requests {
        work.begin();
        if request.command != Command::Expire {
            expiry::run(&mut work, limits::EXPIRED_PER_COMMAND_MAX)?;
        }
        if asks_for_changes(&request.command) {
            work.write_history()?;
        }
        applied.answers.push(once(&mut work, request)?);
        applied.revision = work.end();
    }
    let Finished { changes, notices, deadline_ms } = work.finish()?;
    Ok(Applied { changes, notices, deadline_ms, ..applied })
}

/// Whether a command looks at changes of maps, which then must be in their rows.
fn asks_for_changes(command: &Command) -> bool {
    match command {
        Command::Transaction(transaction) => transaction.operations.iter().any(is_about_changes),
        _ => false,
    }
}

fn is_about_changes(operation: &Operation) -> bool {
    matches!(operation, Operation::Read(Query::Map(map::Query::Changes { .. })))
}

/// Answers a question from `view`.
///
/// # Errors
///
/// [`ViewError`] when rows cannot be read or are damaged.
pub fn read(view: &dyn View, query: &Query) -> Result<Result<Answer, Refusal>, ViewError> {
    Reader::new(view)?.read(query)
}

/// Answers many questions from one view; what every question needs is read once.
pub struct Reader<'a>(Reading<'a>);

impl std::fmt::Debug for Reader<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader").finish_non_exhaustive()
    }
}

impl<'a> Reader<'a> {
    /// Looks at `view`, which must stay as it is meanwhile.
    ///
    /// # Errors
    ///
    /// [`ViewError`] when rows cannot be read or are damaged.
    pub fn new(view: &'a dyn View) -> Result<Self, ViewError> {
        Reading::new(view).map(Self)
    }

    /// Answers one question.
    ///
    /// # Errors
    ///
    /// [`ViewError`] when rows cannot be read or are damaged.
    pub fn read(&self, query: &Query) -> Result<Result<Answer, Refusal>, ViewError> {
        match answer(self.0, query) {
            Ok(answer) => Ok(Ok(answer)),
            Err(Stop::Refused(refusal)) => Ok(Err(refusal)),
            Err(Stop::View(error)) => Err(error),
        }
    }
}

/// Does what is asked, or recalls what came of it when it was sent before.
fn once(work: &mut Work<'_>, request: &Request) -> Result<session::Outcome, ViewError> {
    let Some(id) = request.id else {
        return work.attempt(|work| dispatch(work, &request.command));
    };
    match work.attempt(|work| session::recall(work, id))? {
        Err(refusal) => Ok(Err(refusal)),
        Ok(Some(outcome)) => Ok(outcome),
        Ok(None) => {
            let outcome = work.attempt(|work| dispatch(work, &request.command))?;
            session::record(work, id, &outcome)?;
            Ok(outcome)
        }
    }
}

fn dispatch(work: &mut Work<'_>, command: &Command) -> Result<Answer, Stop> {
    match command {
        Command::Transaction(transaction) => transact(work, transaction),
        Command::Session(command) => session::apply(work, command),
        Command::Expire => {
            let ended = expiry::run(work, limits::EXPIRED_PER_SWEEP_MAX)?;
            sweep::run(work, limits::SWEPT_ROWS_MAX)?;
            Ok(Answer::count(count(ended)))
        }
        command => write(work, command),
    }
}

/// The commands that a transaction can hold.
fn write(work: &mut Work<'_>, command: &Command) -> Result<Answer, Stop> {
    match command {
        Command::Names(command) => names::apply(work, command),
        Command::Map(command) => map::apply(work, command),
        Command::List(command) => list::apply(work, command),
        Command::Set(command) => set::apply(work, command),
        Command::Sorted(command) => sorted::apply(work, command),
        Command::Queue(command) => queue::apply(work, command),
        Command::Topic(command) => topic::apply(work, command),
        Command::Lock(command) => lock::apply(work, command),
        Command::Counter(command) => counter::apply(work, command),
        Command::Flake(command) => flake::apply(work, command),
        Command::Patches(command) => patches::apply(work, command),
        Command::Settings(command) => settings::apply(work, command),
        Command::Transaction(_) => Err(nested(Nested::Transaction)),
        Command::Session(_) => Err(nested(Nested::Session)),
        Command::Expire => Err(nested(Nested::Expiry)),
    }
}

fn nested(what: Nested) -> Stop {
    Refusal::NotInTransaction { what }.into()
}

fn answer(reading: Reading<'_>, query: &Query) -> Result<Answer, Stop> {
    match query {
        Query::Names(query) => names::query(reading, query),
        Query::Map(query) => map::query(reading, query),
        Query::List(query) => list::query(reading, query),
        Query::Set(query) => set::query(reading, query),
        Query::Sorted(query) => sorted::query(reading, query),
        Query::Queue(query) => queue::query(reading, query),
        Query::Topic(query) => topic::query(reading, query),
        Query::Lock(query) => lock::query(reading, query),
        Query::Counter(query) => counter::query(reading, query),
        Query::Patches(query) => patches::query(reading, query),
        Query::Settings(query) => settings::query(reading, query),
    }
}

fn transact(work: &mut Work<'_>, transaction: &Transaction) -> Result<Answer, Stop> {
    transaction.check()?;
    let Transaction { conditions, operations, on_refusal } = transaction;
    for (index, condition) in conditions.iter().enumerate() {
        if !holds(work.reading(), condition)? {
            return Ok(Answer::Aborted(count(index)));
        }
    }
    let mut bytes = 0;
    match on_refusal {
        OnRefusal::Continue => {
            let mut answers = Vec::with_capacity(operations.len());
            for operation in operations {
                if is_about_changes(operation) {
                    work.write_history()?;
                }
                answers.push(work.attempt(|work| operate(work, operation, &mut bytes))?);
            }
            Ok(Answer::Transaction(answers))
        }
        OnRefusal::Undo => {
            let mut refused_at = 0;
            let done = work.attempt(|work| {
                let mut answers = Vec::with_capacity(operations.len());
                for operation in operations {
                    if is_about_changes(operation) {
                        work.write_history()?;
                    }
                    answers.push(Ok(operate(work, operation, &mut bytes)?));
                    refused_at += 1;
                }
                Ok(answers)
            })?;
            Ok(match done {
                Ok(answers) => Answer::Transaction(answers),
                Err(refusal) => Answer::Undone(refused_at, refusal),
            })
        }
    }
}

/// Does one operation, unless the answers so far have too many `bytes` already.
fn operate(work: &mut Work<'_>, operation: &Operation, bytes: &mut usize) -> Result<Answer, Stop> {
    check_count(Counted::AnswerBytes, *bytes, limits::ANSWER_BYTES_MAX)?;
    let answer = match operation {
        Operation::Write(command) => write(work, command),
        Operation::Read(query) => answer(work.reading(), query),
    }?;
    *bytes = bytes.saturating_add(answer.bytes_held());
    Ok(answer)
}

fn holds(reading: Reading<'_>, condition: &Condition) -> Result<bool, Stop> {
    Ok(match condition {
        Condition::Revision { name, revision } => {
            reading.header(name)?.map(|header| header.revision) == *revision
        }
        Condition::EntryRevision { map, key, revision } => {
            map::revision_of(reading, map, key)? == *revision
        }
        Condition::EntryValue { map, key, value } => map::value_of(reading, map, key)? == *value,
    })
}
