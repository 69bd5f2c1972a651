//! Transactions over several structures.

use serde_json::json;

use super::kit::{Open, problem};

#[tokio::test(flavor = "multi_thread")]
async fn operations_are_done_together_or_not_at_all() {
    let door = Open::new().await;
    let transfer = json!({
    "conditions": [{"entry_value": {"map": "m", "key": "done", "value": null}}],
    "operations": [
        {"map": {"put": {"map": "m", "key": "done", "value": "yes"}}},
        {"map": {"get": {"map": "m", "key": "done"}}},
        {"map": {"merge": {"map": "m", "key": "n", "merge": {"add_integer": 3}}}},
        {"counter": {"add": {"counter": "c", "by": -5}}},
        {"list": {"push": {"list": "l", "values": ["a", "b"]}}},
        {"list": {"pop": {"list": "l", "end": "front", "count": 1}}},
        {"set": {"add": {"set": "s", "members": ["x"]}}},
        {"sorted_set": {"increment": {"set": "z", "member": "x", "by": 1.5}}},
        {"queue": {"put": {"queue": "q", "items": [{"payload": "job"}]}}},
        {"topic": {"append": {"topic": "t", "fields": [["a", "b"]]}}},
        {"counter": {"get": {"counter": "none"}}},
        {"name": {"delete": {"names": ["l"]}}},
    ]});
    let results = door.told("/api/v1/transactions", transfer.clone()).await["results"].clone();
    assert!(results[0]["revision"].is_u64(), "{results}");
    assert_eq!(results[1], json!({"value": "yes"}));
    assert_eq!(results[2], json!({"count": 3}));
    assert_eq!(results[3], json!({"count": -5}));
    assert_eq!(results[5], json!({"values": ["a"]}));
    assert_eq!(results[7], json!({"score": 1.5}));
    assert_eq!(results[8]["numbers"].as_array().unwrap().len(), 1);
    assert_eq!(results[10], "nothing");

    let again = door.post("/api/v1/transactions", &transfer).send().await.unwrap();
    assert_eq!(problem(again, 412).await, "CONDITION_FAILED");
    let wrong = json!({"operations": [
        {"counter": {"add": {"counter": "c", "by": 1}}},
        {"list": {"push": {"list": "c", "values": ["x"]}}}]});
    let wrong = door.post("/api/v1/transactions", &wrong).send().await.unwrap();
    assert_eq!(problem(wrong, 409).await, "KIND_WRONG");
    assert_eq!(door.shown("/api/v1/counters/c").await["value"], -5);
    door.close().await;
}
