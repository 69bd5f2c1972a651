//! Transactions: changes of several structures that are done together, or not at all.

mod error;
mod step;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde::Serialize;
use structures::{Answer, Command, Condition, OnRefusal, Operation, typed};

pub use error::{Broken, TransactionError};
pub use step::{Committed, Step};

use crate::desk::{AskError, Desk, Handle};
use crate::limits;
use step::{Told, is_told};

/// Changes of several structures that are done together, or not at all.
///
/// They are collected here, and [`Transaction::commit`] sends them as one command. All conditions
/// are looked at first; then the changes are done in their order, each sees those before it, and
/// nothing of others comes between. Dropped, a transaction does nothing.
///
/// ```no_run
/// # use thorp::Cluster;
/// # async fn example(cluster: &impl Cluster) -> Result<(), Box<dyn std::error::Error>> {
/// let (accounts, notes) = (cluster.map::<String, i64>("accounts"), cluster.topic("notes"));
/// let (ada, ada_revision) = accounts.get_with_revision("ada").await?.unwrap_or_default();
/// let (bob, bob_revision) = accounts.get_with_revision("bob").await?.unwrap_or_default();
///
/// let mut transfer = cluster.transaction();
/// transfer.map(&accounts).put_if("ada", ada - 30, ada_revision);
/// transfer.map(&accounts).put_if("bob", bob + 30, bob_revision);
/// let note = transfer.topic(&notes).publish(&"30 from ada to bob".to_owned());
/// let done = transfer.commit().await?;
/// println!("written, and told as message {}", done.answer(&note));
/// # Ok(())
/// # }
/// ```
///
/// It has at most [`TRANSACTION_OPERATIONS_MAX`](structures::limits::TRANSACTION_OPERATIONS_MAX)
/// changes and as many conditions, and
/// [`COMMAND_BYTES_MAX`](structures::limits::COMMAND_BYTES_MAX) bytes.
#[derive(Debug)]
#[must_use = "nothing is done before `commit`"]
pub struct Transaction {
    desk: Arc<dyn Desk>,
    within: Duration,
    conditions: Vec<Condition>,
    operations: Vec<Operation>,
    /// What each operation is for.
    purposes: Vec<Purpose>,
    /// Why it cannot be sent: the first reason.
    wrong: Option<TransactionError>,
    /// By this its steps know it.
    mark: Arc<()>,
}

/// A structure that a transaction changes.
#[derive(Debug, Clone)]
pub(crate) struct Subject {
    kind: &'static str,
    pub(crate) name: Bytes,
}

/// What an operation is for.
#[derive(Debug)]
struct Purpose {
    verb: &'static str,
    subject: Subject,
    /// Whether an answer is one that its step can give.
    is_told: fn(&Answer) -> bool,
}

impl Transaction {
    pub(crate) fn new(desk: Arc<dyn Desk>) -> Self {
        Self {
            desk,
            within: limits::CALL,
            conditions: Vec::new(),
            operations: Vec::new(),
            purposes: Vec::new(),
            wrong: None,
            mark: Arc::new(()),
        }
    }

    /// Gives the commit so long, up to [`CALL_MAX`](limits::CALL_MAX); [`CALL`](limits::CALL)
    /// unless it is said.
    pub fn within(self, within: Duration) -> Self {
        Self { within: within.min(limits::CALL_MAX), ..self }
    }

    /// Does all of it, once, or nothing.
    ///
    /// # Errors
    ///
    /// [`TransactionError::Condition`] with the first condition that does not hold, and
    /// [`TransactionError::Refused`] with the change that cannot be done: then nothing was done.
    /// Else [`TransactionError`] when there is too much of it, something in it cannot be kept, or
    /// nobody answers in time.
    pub async fn commit(self) -> Result<Committed, TransactionError> {
        let Self { desk, within, conditions, operations, purposes, wrong, mark } = self;
        if let Some(wrong) = wrong {
            return Err(wrong);
        }
        let on_refusal = OnRefusal::Undo;
        let transaction =
            structures::Transaction { conditions: conditions.clone(), operations, on_refusal };
        transaction.check().map_err(AskError::Refused)?;
        let told = desk.write(transaction.into(), within).await?;
        match told.outcome.map_err(AskError::Refused)? {
            Answer::Transaction(answers) => Ok(Committed::new(mark, told_all(answers, &purposes)?)),
            Answer::Aborted(index) => {
                let broken = at(&conditions, index).and_then(Broken::of);
                Err(broken.map_or(AskError::Answer.into(), TransactionError::Condition))
            }
            Answer::Undone(index, source) => {
                let purpose = at(&purposes, index).ok_or(AskError::Answer)?;
                let Purpose { verb, subject, .. } = purpose;
                let (kind, name) = (subject.kind, subject.shown());
                Err(TransactionError::Refused { verb, kind, name, source })
            }
            _ => Err(AskError::Answer.into()),
        }
    }

    /// The structure behind this handle, which must be asked in the same way.
    pub(crate) fn subject(&mut self, kind: &'static str, handle: &Handle) -> Subject {
        let subject = Subject { kind, name: handle.name.clone() };
        // Addresses alone: the same desk may have several tables of functions.
        if !std::ptr::addr_eq(Arc::as_ptr(&self.desk), Arc::as_ptr(&handle.desk)) {
            self.fail(TransactionError::Foreign { kind, name: subject.shown() });
        }
        subject
    }

    pub(crate) fn add<T: Told>(
        &mut self,
        verb: &'static str,
        subject: &Subject,
        command: impl Into<Command>,
    ) -> Step<T> {
        let step = Step::new(Arc::clone(&self.mark), self.operations.len());
        self.operations.push(Operation::Write(command.into()));
        self.purposes.push(Purpose { verb, subject: subject.clone(), is_told: is_told::<T> });
        step
    }

    pub(crate) fn expect(&mut self, condition: Condition) {
        self.conditions.push(condition);
    }

    /// The bytes that keep `value`. When there are none, nothing will be sent.
    pub(crate) fn kept<T: Serialize + ?Sized>(
        &mut self,
        part: &'static str,
        subject: &Subject,
        value: &T,
    ) -> Bytes {
        typed::write(value).unwrap_or_else(|source| {
            let (kind, name) = (subject.kind, subject.shown());
            self.fail(TransactionError::Write { part, kind, name, source });
            Bytes::new()
        })
    }

    fn fail(&mut self, error: TransactionError) {
        self.wrong.get_or_insert(error);
    }
}

impl Subject {
    /// The name for people.
    fn shown(&self) -> String {
        self.name.escape_ascii().to_string()
    }
}

/// The answers, when they are such as the steps give.
fn told_all(
    answers: Vec<Result<Answer, structures::Refusal>>,
    purposes: &[Purpose],
) -> Result<Vec<Answer>, AskError> {
    let answers: Vec<Answer> = answers.into_iter().collect::<Result<_, _>>()?;
    let are_told = answers.len() == purposes.len()
        && answers.iter().zip(purposes).all(|(answer, purpose)| (purpose.is_told)(answer));
    if are_told { Ok(answers) } else { Err(AskError::Answer) }
}

fn at<T>(all: &[T], index: u64) -> Option<&T> {
    usize::try_from(index).ok().and_then(|index| all.get(index))
}

#[cfg(test)]
mod tests;
