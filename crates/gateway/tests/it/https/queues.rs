//! Queues and counters.

use serde_json::{Value, json};

use super::kit::{Open, good, problem};

#[tokio::test(flavor = "multi_thread")]
async fn an_item_is_leased_given_back_and_acknowledged() {
    let door = Open::new().await;
    let settings = json!({"attempts_max": 2}).to_string();
    good(door.put("/api/v1/queues/q", settings).send().await.unwrap()).await;
    let numbers = door.told("/api/v1/queues/q/items?priority=1", json!("low")).await;
    assert_eq!(numbers["numbers"].as_array().unwrap().len(), 1);
    let items = json!({"items": [{"payload": "high", "priority": 9}, {"payload": "none"}]});
    door.told("/api/v1/queues/q/put", items).await;

    let leased = door.told("/api/v1/queues/q/lease", json!({"count": 2})).await;
    assert_eq!(leased["items"][0]["payload"], "high");
    assert_eq!(leased["items"][1]["payload"], "\"low\"");
    let receipt = |index: usize| {
        let item = &leased["items"][index];
        json!({"number": item["number"], "token": item["token"]})
    };
    let done = door.told("/api/v1/queues/q/ack", json!({"receipts": [receipt(0)]})).await;
    assert_eq!(done["count"], 1);
    door.told("/api/v1/queues/q/extend", with(receipt(1), "lease_ms", 60_000)).await;
    door.told("/api/v1/queues/q/nack", with(receipt(1), "delay_ms", 0)).await;
    let again = door.post("/api/v1/queues/q/nack", &receipt(1)).send().await.unwrap();
    assert_eq!(problem(again, 409).await, "LEASE_LOST");

    let second = door.told("/api/v1/queues/q/lease", json!({})).await["items"][0].clone();
    assert_eq!(second["attempts"], 2);
    let receipt = json!({"number": second["number"], "token": second["token"]});
    door.told("/api/v1/queues/q/nack", receipt).await;
    let dead = door.shown("/api/v1/queues/q/dead").await;
    assert_eq!(dead["items"][0]["payload"], "\"low\"");
    assert_eq!(door.told("/api/v1/queues/q/dead/revive", json!({"first": 5})).await["count"], 1);
    let status = door.shown("/api/v1/queues/q").await;
    assert_eq!([&status["ready"], &status["leased"], &status["dead"]], [2, 0, 0]);
    let popped = door.told("/api/v1/queues/q/pop", json!({"count": 9})).await;
    assert_eq!(popped, json!({"values": ["\"low\"", "none"]}));
    door.close().await;
}

fn with(mut body: Value, name: &str, value: u64) -> Value {
    body[name] = json!(value);
    body
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_waits_for_the_first_item() {
    let door = Open::new().await;
    let waiting = door.told("/api/v1/queues/q/lease", json!({"wait_ms": 20_000}));
    let putting = async {
        // One item is taken by a faster client, the next one arrives.
        door.told("/api/v1/queues/other/items", json!("x")).await;
        door.told("/api/v1/queues/q/items", json!("y")).await;
    };
    let (leased, ()) = tokio::join!(waiting, putting);
    assert_eq!(leased["items"][0]["payload"], "\"y\"");
    let nothing = door.told("/api/v1/queues/q/lease", json!({"wait_ms": 20})).await;
    assert_eq!(nothing, json!({"items": []}));
    door.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn counters_add_set_and_compare() {
    let door = Open::new().await;
    let counter = "/api/v1/counters/visits";
    problem(door.get(counter).send().await.unwrap(), 404).await;
    assert_eq!(door.told(&format!("{counter}/add"), json!({"by": 5})).await["value"], 5);
    let set = door.put(counter, json!({"value": -7}).to_string()).send().await.unwrap();
    assert_eq!(good(set).await, json!({"value": -7, "old": 5}));
    let compare = format!("{counter}/compare-and-set");
    door.told(&compare, json!({"expected": -7, "value": i64::MAX})).await;
    let wrong = door.post(&compare, &json!({"expected": 1, "value": 2})).send().await.unwrap();
    problem(wrong, 412).await;
    let over = door.post(&format!("{counter}/add"), &json!({"by": 1})).send().await.unwrap();
    assert_eq!(problem(over, 400).await, "NUMBER_OVERFLOW");
    assert_eq!(door.shown(counter).await["value"], i64::MAX);
    let ids = door.told("/api/v1/flakes/ids/new", json!({"count": 3})).await;
    let ids: Vec<u64> = ids["ids"]
        .as_array()
        .unwrap()
        .iter()
        .map(|id| id.as_str().unwrap().parse().unwrap())
        .collect();
    assert!(ids.is_sorted_by(|a, b| a < b), "{ids:?}");
    door.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_with_an_idempotency_key_is_done_once() {
    let door = Open::new().await;
    let add = |key: &'static str, by: i64| {
        let request = door.post("/api/v1/counters/c/add", &json!({"by": by}));
        request.header("idempotency-key", key).send()
    };
    for _ in 0..3 {
        assert_eq!(good(add("one", 5).await.unwrap()).await["value"], 5);
    }
    assert_eq!(good(add("two", 5).await.unwrap()).await["value"], 10);
    // Another request with the same key is another request.
    assert_eq!(good(add("one", 1).await.unwrap()).await["value"], 11);
    problem(add("", 1).await.unwrap(), 400).await;
    let waiting = door.post("/api/v1/queues/q/lease", &json!({"wait_ms": 1}));
    let waiting = waiting.header("idempotency-key", "w").send().await.unwrap();
    assert_eq!(problem(waiting, 400).await, "PARAMETER_INVALID");
    door.close().await;
}
