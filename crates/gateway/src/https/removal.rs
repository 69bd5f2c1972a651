//! Structures of one kind are deleted as a whole.

use bytes::Bytes;
use structures::{
    Answer, OnRefusal, Operation, Query, Transaction, counter, list, lock, map, names, queue, set,
    sorted, topic,
};

use super::call::Call;
use super::convert::want;
use super::problem::Problem;
use super::reply::Done;
use super::request::RequestError;
use super::route::{Route, delete};

pub(super) fn routes() -> Vec<Route> {
    vec![
        delete("/api/v1/maps/{map}", "map_drop", "Deletes a map", |call| {
            remove(call, |map| map::Query::Len { map }.into())
        }),
        delete("/api/v1/lists/{list}", "list_drop", "Deletes a list", |call| {
            remove(call, |name| list::Query::At { name, index: 0 }.into())
        }),
        delete("/api/v1/sets/{set}", "set_drop", "Deletes a set", |call| {
            remove(call, |name| set::Query::Len { name }.into())
        }),
        delete("/api/v1/sorted-sets/{set}", "sorted_set_drop", "Deletes a sorted set", |call| {
            remove(call, |name| sorted::Query::Len { name }.into())
        }),
        delete("/api/v1/queues/{queue}", "queue_drop", "Deletes a queue", |call| {
            remove(call, |name| queue::Query::Status { name }.into())
        }),
        delete("/api/v1/topics/{topic}", "topic_drop", "Deletes a topic", |call| {
            remove(call, |name| topic::Query::Len { name }.into())
        }),
        delete("/api/v1/locks/{lock}", "lock_drop", "Frees a lock and sends all away", |call| {
            remove(call, |name| lock::Query::Status { name }.into())
        }),
        delete("/api/v1/counters/{counter}", "counter_drop", "Deletes a counter", |call| {
            remove(call, |name| counter::Query::Get { name }.into())
        }),
    ]
}

/// Deletes what has a name, when the question `asked` is one that its kind understands: else the
/// question is refused, and the transaction with it.
async fn remove(call: Call<1>, asked: fn(Bytes) -> Query) -> Result<Done, Problem> {
    let [name] = call.at;
    let names = vec![name.clone()];
    let transaction = Transaction {
        conditions: Vec::new(),
        operations: vec![
            Operation::Read(asked(name.clone())),
            Operation::Write(names::Command::Delete { names }.into()),
        ],
        on_refusal: OnRefusal::Undo,
    };
    let answers = want!(call.desk.write(transaction).await?,
        Answer::Transaction(answers) => answers,
        Answer::Undone(_, refusal) => return Err(refusal.into()),
    );
    match answers.into_iter().last() {
        Some(Ok(Answer::Integer(1))) => Ok(Done),
        _ => Err(RequestError::absent(&name).into()),
    }
}
