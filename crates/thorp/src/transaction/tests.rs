use std::sync::Arc;
use std::time::Duration;

use state::Pending;
use structures::{Answer, Command, Refusal, map};

use super::{Transaction, TransactionError};
use crate::desk::{AskError, Desk, Question, Told};
use crate::{Counter, Map};

/// Answers every command in the same way.
#[derive(Debug)]
struct Parrot(Answer);

impl Desk for Parrot {
    fn write(&self, _: Command, _: Duration) -> Pending<'_, Result<Told, AskError>> {
        let told = Told { outcome: Ok(self.0.clone()), revision: 1 };
        Box::pin(std::future::ready(Ok(told)))
    }

    fn read(&self, _: Question, _: Duration) -> Pending<'_, Result<Told, AskError>> {
        Box::pin(std::future::ready(Err(AskError::Answer)))
    }
}

fn desk(answer: Answer) -> Arc<dyn Desk> {
    Arc::new(Parrot(answer))
}

fn put(revision: Option<u64>) -> Result<Answer, Refusal> {
    Ok(Answer::Put(map::Put { revision, old: None }))
}

#[tokio::test]
async fn answers_of_another_kind_are_told_and_never_panic() {
    let wrong = [
        Answer::Done,
        Answer::Transaction(vec![]),
        Answer::Transaction(vec![put(Some(1))]),
        Answer::Transaction(vec![put(Some(1)), Ok(Answer::Done)]),
        Answer::Transaction(vec![put(None), Ok(Answer::Integer(1))]),
        Answer::Aborted(7),
        Answer::Undone(7, Refusal::Overflow),
    ];
    for answer in wrong {
        let desk = desk(answer.clone());
        let mut transaction = Transaction::new(Arc::clone(&desk));
        transaction.map(&Map::<String, u8>::new(Arc::clone(&desk), b"m")).put("k", 1);
        transaction.counter(&Counter::new(desk, b"n")).add(1);
        let error = transaction.commit().await.unwrap_err();
        let is_told = matches!(error, TransactionError::Ask { source: AskError::Answer });
        assert!(is_told, "{answer:?}: {error}");
    }
}

#[tokio::test]
#[should_panic(expected = "the step is one of another transaction")]
async fn a_step_belongs_to_its_transaction() {
    let desk = desk(Answer::Transaction(vec![Ok(Answer::Integer(1))]));
    let counter = Counter::new(Arc::clone(&desk), b"n");
    let mut one = Transaction::new(Arc::clone(&desk));
    one.counter(&counter).add(1);
    let mut other = Transaction::new(desk);
    let step = other.counter(&counter).add(1);
    assert_eq!(one.commit().await.unwrap().answer(&step), 1);
}

#[tokio::test]
async fn nothing_is_sent_that_cannot_be_kept_or_is_of_another_cluster() {
    let desk = || desk(Answer::Done);
    let here = desk();
    let map = Map::<(), std::collections::BTreeMap<(u8, u8), u8>>::new(Arc::clone(&here), b"m");
    let mut transaction = Transaction::new(Arc::clone(&here));
    transaction.map(&map).put(&(), std::collections::BTreeMap::from([((1, 2), 3)]));
    let error = transaction.commit().await.unwrap_err();
    assert_eq!(error.to_string(), "the value cannot be kept in the map `m`");

    let mut transaction = Transaction::new(here);
    transaction.counter(&Counter::new(desk(), b"n")).add(1);
    let error = transaction.commit().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the counter `n` is not of the node or client of the transaction"
    );
}
