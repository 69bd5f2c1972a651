//! Code through the door: expressions, patches, a function over items that stream.

use bytes::Bytes;
use futures::StreamExt;
use reqwest::Body;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::kit::{Open, good, problem};

/// Heads and results of an answer.
fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expression_is_answered_by_every_member_with_its_console() {
    let door = Open::new().await;
    let expression = json!({ "expression": "console.log('seen'); ({ a: [1, 2] })" });
    let answer = door.told("/api/v1/evaluations", expression).await;
    let member = &answer["members"][0];
    assert_eq!(member["member"], "node-1");
    assert_eq!(member["value"], json!({ "a": [1, 2] }));
    assert_eq!(member["log"], json!(["seen"]));
    assert_eq!(member["error"], Value::Null);
    let broken = door.told("/api/v1/evaluations", json!({ "expression": "nothing.here" })).await;
    let error = &broken["members"][0]["error"];
    assert!(error["text"].as_str().unwrap().contains("nothing"), "{broken}");
    door.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn patches_are_numbered_listed_and_rolled_back() {
    let door = Open::new().await;
    for (name, body) in [("one.js", "function f(x) { return x + 1 }"), ("two.js", "f = x => -x")] {
        let path = format!("/api/v1/patches?name={name}");
        let loaded = good(door.ask(reqwest::Method::POST, &path).body(body).send().await.unwrap());
        assert_eq!(loaded.await["behind"], json!([]));
    }
    let listed = door.shown("/api/v1/patches").await;
    assert_eq!(listed["patches"][1]["name"], "two.js");
    let evaluate = json!({ "expression": "f(4)" });
    assert_eq!(door.told("/api/v1/evaluations", evaluate.clone()).await["members"][0]["value"], -4);
    let rolled = door.told("/api/v1/patches/rollback", json!({ "to": 1 })).await;
    assert_eq!(rolled["number"], 1);
    assert_eq!(door.told("/api/v1/evaluations", evaluate).await["members"][0]["value"], 5);
    let refused = door.post("/api/v1/patches/rollback", &json!({ "to": 7 })).send().await.unwrap();
    assert_eq!(problem(refused, 404).await, "PATCH_UNKNOWN");
    let path = "/api/v1/patches?name=bad.js";
    let refused = door.ask(reqwest::Method::POST, path).body("function (").send().await.unwrap();
    assert_eq!(problem(refused, 400).await, "PATCH_FAILED");
    door.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn results_stream_out_while_items_stream_in() {
    let door = Open::new().await;
    let (items, receiver) = mpsc::channel::<std::io::Result<Bytes>>(1);
    items.send(Ok("1\n2\n".into())).await.unwrap();
    let query = [("source", "x => x * k"), ("captured", r#"{"k":10}"#)];
    let pieces = futures::stream::unfold(receiver, async |mut receiver| {
        let piece = receiver.recv().await?;
        Some((piece, receiver))
    });
    let body = Body::wrap_stream(pieces);
    let asked = door.ask(reqwest::Method::POST, "/api/v1/fmap").query(&query).body(body);
    let mut answer = asked.send().await.unwrap().bytes_stream();
    let mut text = String::new();
    while !text.ends_with("20\n") {
        text.push_str(std::str::from_utf8(&answer.next().await.unwrap().unwrap()).unwrap());
    }
    items.send(Ok("3\n".into())).await.unwrap();
    drop(items);
    while let Some(piece) = answer.next().await {
        text.push_str(std::str::from_utf8(&piece.unwrap()).unwrap());
    }
    let last = json!({ "end": { "items": 3 } });
    assert_eq!(lines(&text).last(), Some(&last), "{text}");
    assert!(text.contains("\n30\n"), "{text}");
    door.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_item_that_fails_ends_the_results_with_a_problem_or_is_told_beside_them() {
    let door = Open::new().await;
    let fmap = async |on_error: &str| {
        let query = [("source", "x => { if (x === 2) throw 'no'; return x }")];
        let asked = door.ask(reqwest::Method::POST, "/api/v1/fmap").query(&query);
        let asked = asked.query(&[("on_error", on_error)]).body("1\n2\n3\n");
        asked.send().await.unwrap().text().await.unwrap()
    };
    let stopped = fmap("stop").await;
    let (first, rest) = stopped.split_once('\n').unwrap();
    assert_eq!(lines(first), [json!({ "part": { "first": 0, "items": 1 } })]);
    let end = &lines(rest)[1]["problem"];
    assert_eq!(end["code"], "ITEM_FAILED");
    assert_eq!(end["detail"], "item 1, `2`, failed: no");
    let collected = fmap("collect").await;
    let all: Vec<&str> = collected.lines().collect();
    let head: Value = serde_json::from_str(all[0]).unwrap();
    assert_eq!(head["part"]["errors"], json!([{ "index": 1, "item": "2", "text": "no" }]));
    assert_eq!(all[1..4], ["1", "", "3"]);
    door.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_native_function_is_called_by_its_name() {
    let door = Open::new().await;
    let asked = door.ask(reqwest::Method::POST, "/api/v1/fmap?native=double&on_error=collect");
    let told = asked.body("4\n18446744073709551615\n").send().await.unwrap().text().await.unwrap();
    let all: Vec<&str> = told.lines().collect();
    assert_eq!(all[1..3], ["8", ""], "{told}");
    assert!(all[0].contains("too large"), "{told}");
    door.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_is_called_on_every_member_with_an_argument() {
    let door = Open::new().await;
    let call = async |body: Value| {
        let told = door.post("/api/v1/calls", &body).send().await.unwrap().text().await.unwrap();
        serde_json::from_str::<Value>(&told).unwrap()
    };
    let told =
        call(json!({ "source": "x => x.n + k", "captured": "{\"k\":1}", "argument": { "n": 2 } }))
            .await;
    let one = &told["members"][0];
    assert_eq!((&one["member"], &one["value"]), (&json!("node-1"), &json!(3)));
    let told = call(json!({ "native": "double", "argument": "x" })).await;
    assert_eq!(told["members"][0]["error"]["code"], "FUNCTION_THREW", "{told}");
    assert_eq!(call(json!({ "argument": 1 })).await["code"], "PARAMETER_INVALID");
    door.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_detached_function_answers_when_all_items_were_read() {
    let door = Open::new().await;
    let query = [("source", "x => thorp.counter('sum').add(x)"), ("detach", "true")];
    let asked = door.ask(reqwest::Method::POST, "/api/v1/fmap").query(&query).body("1\n2\n3\n");
    let told = asked.send().await.unwrap().text().await.unwrap();
    assert_eq!(lines(&told), [json!({ "end": { "items": 0 } })]);
    while door.shown("/api/v1/tasks").await["tasks"] != json!([]) {}
    assert_eq!(door.shown("/api/v1/counters/sum").await["value"], 6);
    door.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_function_from_the_beginning_is_a_problem() {
    let door = Open::new().await;
    let cases = [
        ("function=nobody", 404, "FUNCTION_UNKNOWN"),
        ("function=a%20b", 400, "FUNCTION_INVALID"),
        ("", 400, "PARAMETER_INVALID"),
        ("function=f&source=x", 400, "PARAMETER_INVALID"),
        ("native=f&captured={}", 400, "PARAMETER_INVALID"),
        ("native=triple", 404, "FUNCTION_UNKNOWN"),
    ];
    for (query, status, code) in cases {
        let path = format!("/api/v1/fmap?{query}");
        let asked = door.ask(reqwest::Method::POST, &path).body("1\n");
        assert_eq!(problem(asked.send().await.unwrap(), status).await, code, "{query}");
    }
    assert_eq!(door.shown("/api/v1/tasks").await, json!({ "tasks": [], "silent": [] }));
    door.close().await;
}
