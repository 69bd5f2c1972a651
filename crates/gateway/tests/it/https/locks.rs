//! Locks.

use serde_json::json;

use super::kit::{Open, problem};

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_has_one_holder_and_tokens_that_grow() {
    let door = Open::new().await;
    let acquire = "/api/v1/locks/l/acquire";
    let first = door.told(acquire, json!({"owner": "a", "lease_ms": 60_000})).await;
    let held = door.post(acquire, &json!({"owner": "b"})).send().await.unwrap();
    assert_eq!(problem(held, 409).await, "LOCK_HELD");
    let late = door.post(acquire, &json!({"owner": "b", "wait_ms": 20})).send().await.unwrap();
    assert_eq!(problem(late, 409).await, "LOCK_HELD");
    let status = door.shown("/api/v1/locks/l").await;
    assert_eq!((&status["owner"], &status["waiters"]), (&json!("a"), &json!(0)));
    door.told("/api/v1/locks/l/renew", json!({"token": first["token"], "lease_ms": 90_000})).await;
    door.told("/api/v1/locks/l/release", json!({"token": first["token"]})).await;
    let second = door.told(acquire, json!({"owner": "b"})).await;
    assert!(second["token"].as_u64() > first["token"].as_u64());
    let old = json!({"token": first["token"]});
    let old = door.post("/api/v1/locks/l/release", &old).send().await.unwrap();
    assert_eq!(problem(old, 409).await, "LEASE_LOST");
    door.told("/api/v1/locks/l/leave", json!({"owner": "b"})).await;
    problem(door.get("/api/v1/locks/l").send().await.unwrap(), 404).await;
    door.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn those_who_wait_get_the_lock_in_their_order() {
    let door = Open::new().await;
    let acquire = "/api/v1/locks/l/acquire";
    let first = door.told(acquire, json!({"owner": "first"})).await;
    let waiting = async |owner: &str| {
        let grant = door.told(acquire, json!({"owner": owner, "wait_ms": 20_000})).await;
        door.told("/api/v1/locks/l/release", json!({"token": grant["token"]})).await;
        grant["token"].as_u64().unwrap()
    };
    let in_line = async |count: u64| {
        while door.shown("/api/v1/locks/l").await["waiters"] != count {
            tokio::task::yield_now().await;
        }
    };
    let releasing = async {
        in_line(2).await;
        door.told("/api/v1/locks/l/release", json!({"token": first["token"]})).await;
    };
    let second = async {
        in_line(1).await;
        waiting("third").await
    };
    let (second, third, ()) = tokio::join!(waiting("second"), second, releasing);
    assert!(second < third, "{second} {third}");
    door.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_waits_is_answered_when_the_door_closes() {
    let door = Open::new().await;
    let acquire = "/api/v1/locks/l/acquire";
    door.told(acquire, json!({"owner": "first"})).await;
    let waiting = door.post(acquire, &json!({"owner": "second", "wait_ms": 50_000}));
    let closing = async move {
        while door.shown("/api/v1/locks/l").await["waiters"] != 1 {
            tokio::task::yield_now().await;
        }
        door.close().await;
    };
    let (answer, ()) = tokio::join!(waiting.send(), closing);
    assert_eq!(problem(answer.unwrap(), 409).await, "LOCK_HELD");
}
