use bytes::Bytes;

use super::{Command, Condition, OnRefusal, Operation, Query, Request, Transaction};
use crate::encoding::DecodeError;
use crate::refusal::{Counted, Refusal};
use crate::session::RequestId;
use crate::{counter, limits};

fn add() -> Command {
    counter::Command::Add { name: Bytes::from_static(b"n"), by: 1 }.into()
}

fn transaction(operations: Vec<Operation>) -> Transaction {
    let condition = Condition::Revision { name: Bytes::from_static(b"n"), revision: Some(7) };
    Transaction { conditions: vec![condition], operations, on_refusal: OnRefusal::Undo }
}

fn shallow(command: impl Into<Command>) -> Result<Request, DecodeError> {
    let request = Request { id: None, command: command.into() };
    let read = Request::decode_shallow(&request.encode().unwrap());
    assert!(read.as_ref().map_or(true, |read| *read == request), "{read:?}");
    read
}

#[test]
fn requests_from_outside_are_read_as_they_were_written() {
    let query = Query::Counter(counter::Query::Get { name: Bytes::from_static(b"n") });
    let operations = vec![Operation::Write(add()), Operation::Read(query)];
    let id = Some(RequestId { client: u64::MAX, number: 300, answered_below: 1 });
    for command in [add(), transaction(operations).into(), transaction(vec![]).into()] {
        shallow(command.clone()).unwrap();
        let request = Request { id, command };
        assert_eq!(Request::decode_shallow(&request.encode().unwrap()), Ok(request));
    }
    assert_eq!(Request::decode_shallow(&[]), Err(DecodeError::Empty));
}

#[test]
fn a_transaction_from_outside_holds_no_other_and_not_too_much() {
    let inner = Operation::Write(transaction(vec![]).into());
    let nested = transaction(vec![Operation::Write(add()), inner]);
    assert_eq!(shallow(nested), Err(DecodeError::Nested));

    let max = limits::TRANSACTION_OPERATIONS_MAX;
    let full = transaction(vec![Operation::Write(add()); max]);
    shallow(full.clone()).unwrap();
    full.check().unwrap();
    let over = transaction(vec![Operation::Write(add()); max + 1]);
    let count = u64::try_from(max + 1).unwrap();
    assert_eq!(shallow(over.clone()), Err(DecodeError::Parts { count, max }));
    let max = u64::try_from(max).unwrap();
    assert_eq!(over.check(), Err(Refusal::TooMany { what: Counted::Operations, count, max }));
}

#[test]
fn bytes_that_end_anywhere_or_go_on_are_refused() {
    let request = Request { id: None, command: transaction(vec![Operation::Write(add())]).into() };
    let bytes = request.encode().unwrap();
    for end in 0..bytes.len() {
        Request::decode_shallow(&bytes[..end]).unwrap_err();
    }
    let longer = [&bytes[..], &[0]].concat();
    assert_eq!(Request::decode_shallow(&longer), Err(DecodeError::Surplus { bytes: 1 }));
}
