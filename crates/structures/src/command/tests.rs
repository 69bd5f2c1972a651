use bytes::Bytes;

use super::{Command, OnRefusal, Operation, Request, Transaction};
use crate::counter;
use crate::encoding::DecodeError;
use crate::session::RequestId;

fn add() -> Command {
    counter::Command::Add { name: Bytes::from_static(b"n"), by: 1 }.into()
}

fn transaction(inner: Command) -> Command {
    let operations = vec![Operation::Write(inner)];
    Transaction { conditions: vec![], operations, on_refusal: OnRefusal::Undo }.into()
}

#[test]
fn requests_from_outside_hold_no_transaction() {
    let id = Some(RequestId { client: u64::MAX, number: 300, answered_below: 1 });
    for id in [None, id] {
        let plain = Request { id, command: add() };
        assert_eq!(Request::decode_plain(&plain.encode().unwrap()), Ok(plain));
        let nested = Request { id, command: transaction(transaction(add())) };
        let refused = Request::decode_plain(&nested.encode().unwrap());
        assert_eq!(refused, Err(DecodeError::Transaction));
    }
    assert_eq!(Request::decode_plain(&[]), Err(DecodeError::Empty));
}
