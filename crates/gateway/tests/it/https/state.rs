//! The state as programs use it: commands with numbers, questions that wait.

use bytes::Bytes;
use gateway::https::body::state::{CONTENT_TYPE, Question, Told, Wait};
use serde::Serialize;
use serde_json::json;
use structures::{
    Answer, Command, OnRefusal, Operation, Query, Refusal, Request, RequestId, Transaction,
    Waiting, counter, encoding, map, patches, queue, session,
};

use super::kit::{Open, problem};

const COMMANDS: &str = "/api/v1/state/commands";
const QUERIES: &str = "/api/v1/state/queries";

fn name(text: &'static str) -> Bytes {
    Bytes::from_static(text.as_bytes())
}

fn add(by: i64) -> Command {
    counter::Command::Add { name: name("n"), by }.into()
}

fn request(id: Option<RequestId>, command: impl Into<Command>) -> Request {
    Request { id, command: command.into() }
}

fn transaction(commands: Vec<Command>) -> Transaction {
    let operations = commands.into_iter().map(Operation::Write).collect();
    Transaction { conditions: vec![], operations, on_refusal: OnRefusal::Undo }
}

impl Open {
    fn sent(&self, path: &str, body: &impl Serialize) -> reqwest::RequestBuilder {
        let request = self.ask(reqwest::Method::POST, path).header("content-type", CONTENT_TYPE);
        request.body(encoding::encode(body))
    }

    async fn answered(&self, path: &str, body: &impl Serialize) -> Told {
        let response = self.sent(path, body).send().await.unwrap();
        assert!(response.status().is_success(), "{response:?}");
        assert_eq!(response.headers()["content-type"], CONTENT_TYPE);
        encoding::decode(&response.bytes().await.unwrap()).unwrap()
    }

    async fn asked(&self, query: impl Into<Query>, wait: Option<Wait>) -> Told {
        let question = Question { query: query.into(), is_stale: false, wait };
        self.answered(QUERIES, &question).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_with_a_number_is_done_once_and_refusals_are_answers() {
    let door = Open::new().await;
    let open = session::Command::Open { client: 7, ttl_ms: 60_000 };
    assert_eq!(door.answered(COMMANDS, &request(None, open)).await.outcome, Ok(Answer::Done));
    let id = Some(RequestId { client: 7, number: 0, answered_below: 0 });
    for _ in 0..3 {
        let told = door.answered(COMMANDS, &request(id, add(5))).await;
        assert_eq!(told.outcome, Ok(Answer::Integer(5)));
    }
    let told = door.asked(counter::Query::Get { name: name("n") }, None).await;
    assert_eq!(told.outcome, Ok(Answer::Integer(5)));
    assert!(told.revision > 0);
    let wrong = door.asked(map::Query::Len { map: name("n") }, None).await;
    assert!(matches!(wrong.outcome, Err(Refusal::WrongKind { .. })));
    let unknown = Some(RequestId { client: 8, number: 0, answered_below: 0 });
    let told = door.answered(COMMANDS, &request(unknown, add(1))).await;
    assert_eq!(told.outcome, Err(Refusal::SessionUnknown { client: 8 }));
    door.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_with_a_number_is_done_once() {
    let door = Open::new().await;
    let open = session::Command::Open { client: 7, ttl_ms: 60_000 };
    assert_eq!(door.answered(COMMANDS, &request(None, open)).await.outcome, Ok(Answer::Done));
    let id = Some(RequestId { client: 7, number: 0, answered_below: 0 });
    for _ in 0..3 {
        let told = door.answered(COMMANDS, &request(id, transaction(vec![add(5), add(2)]))).await;
        let sums = [5, 7].map(|sum| Ok(Answer::Integer(sum)));
        assert_eq!(told.outcome, Ok(Answer::Transaction(sums.to_vec())));
    }
    door.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_waits_for_another_answer_than_the_known_one() {
    let door = Open::new().await;
    let next = || queue::Query::Peek { name: name("q"), count: 1 };
    let known = Waiting::mark(&Ok(Answer::Items(vec![])));
    let wait = |most_ms| Some(Wait { known: known.clone(), most_ms });
    let nothing = door.asked(next(), wait(1)).await;
    assert_eq!(nothing.outcome, Ok(Answer::Items(vec![])));
    let push = async {
        door.told("/api/v1/queues/other/put", json!({ "items": [{ "payload": "x" }] })).await;
        door.told("/api/v1/queues/q/put", json!({ "items": [{ "payload": "x" }] })).await
    };
    let (told, _) = tokio::join!(door.asked(next(), wait(20_000)), push);
    assert!(matches!(told.outcome, Ok(Answer::Items(items)) if items.len() == 1));
    // What is known is another answer: it comes at once.
    assert!(door.asked(next(), wait(20_000)).await.outcome.is_ok());
    door.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_programs_may_not_send_is_refused() {
    let door = Open::new().await;
    let load = patches::Command::Append { name: name("a"), source: name("b"), last: 0 };
    let inner = transaction(vec![add(1)]).into();
    let nested = [inner, load.clone().into(), Command::Expire];
    let nested = nested.map(|command| transaction(vec![add(1), command]).into());
    for command in nested.into_iter().chain([load.into(), Command::Expire]) {
        let response = door.sent(COMMANDS, &request(None, command)).send().await.unwrap();
        assert_eq!(problem(response, 400).await, "BODY_INVALID");
    }
    let good = encoding::encode(&request(None, add(1)));
    let body = |bytes: &[u8]| {
        let request = door.ask(reqwest::Method::POST, COMMANDS);
        request.header("content-type", CONTENT_TYPE).body(bytes.to_vec())
    };
    for bytes in [&[][..], &[9], &good[..good.len() - 1], &[&good[..], b"x"].concat()] {
        assert_eq!(problem(body(bytes).send().await.unwrap(), 400).await, "BODY_INVALID");
    }
    let json = door.post(COMMANDS, &json!({}));
    assert_eq!(problem(json.send().await.unwrap(), 400).await, "BODY_INVALID");
    let untyped = door.ask(reqwest::Method::POST, COMMANDS).body(good.clone());
    assert_eq!(problem(untyped.send().await.unwrap(), 400).await, "PARAMETER_INVALID");
    let large = body(&vec![0; gateway::https::limits::COMMAND_BYTES_MAX + 1]);
    assert_eq!(problem(large.send().await.unwrap(), 413).await, "BODY_TOO_LARGE");
    let stranger = door.client.post(door.url(COMMANDS)).body(good);
    assert_eq!(problem(stranger.send().await.unwrap(), 401).await, "TOKEN_REFUSED");
    door.close().await;
}

/// What is written into these bytes does not change: programs of other versions read it.
#[test]
fn messages_have_the_bytes_of_version_1() {
    let hex = |bytes: Bytes| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let wait = Some(Wait { known: name("k"), most_ms: 300 });
    let query = counter::Query::Get { name: name("n") }.into();
    let question = Question { query, is_stale: true, wait };
    assert_eq!(hex(encoding::encode(&question)), "010800016e0101016bac02");
    let told = Told { outcome: Ok(Answer::Integer(-1)), revision: 300 };
    assert_eq!(hex(encoding::encode(&told)), "01000301ac02");
    let told = Told { outcome: Err(Refusal::NotAnInteger), revision: 0 };
    assert_eq!(hex(encoding::encode(&told)), "01010200");
}
