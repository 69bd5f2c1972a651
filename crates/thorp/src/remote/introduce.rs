//! Asks a member how its cluster is used from outside, with the line of `thorp token`.

use std::sync::Arc;

use bytes::Bytes;
use net::address::Address;
use net::identity::NodeKey;
use net::join::Joiner;
use net::token::Token;

use super::error::ConnectError;
use crate::clock::SystemClock;
use crate::node::question::{Introduction, Question, VERSION};

/// Asks the members that `line` names, until one answers.
pub(super) async fn introduce(line: &str) -> Result<Introduction, ConnectError> {
    let token: Token = line.parse()?;
    let joiner = Joiner {
        key: Arc::new(NodeKey::random()),
        cluster: token.cluster,
        secret: token.secret,
        authority: Some(token.authority),
        clock: Arc::new(SystemClock::new()),
    };
    let question = serde_json::to_vec(&Question::Introduction { version: VERSION });
    let question = Bytes::from(question.expect("texts and numbers have a form in JSON"));
    let mut last = ConnectError::NoDoor;
    for address in &token.members {
        match ask(&joiner, address, question.clone()).await {
            Ok(introduction) if introduction.doors.is_empty() => {}
            Ok(introduction) => return Ok(introduction),
            Err(error) => last = error,
        }
    }
    Err(last)
}

async fn ask(
    joiner: &Joiner,
    address: &Address,
    question: Bytes,
) -> Result<Introduction, ConnectError> {
    let told = joiner.ask(address, question).await?;
    serde_json::from_slice(&told)
        .map_err(|_| ConnectError::Introduction { address: address.to_string() })
}
