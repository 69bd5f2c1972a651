//! Topics and their groups.

use reqwest::Method;
use serde_json::{Value, json};

use super::kit::{Open, good, problem};
use super::watching::until;

async fn append(door: &Open, text: &str) -> String {
    let entry = json!({"fields": [["text", text], ["n", "1"]]});
    let id = door.told("/api/v1/topics/t/entries", entry).await;
    id["id"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn entries_are_read_from_any_place_and_followed() {
    let door = Open::new().await;
    let follow = door.get("/api/v1/topics/t/follow").send().await.unwrap();
    let mut ids = Vec::new();
    for text in ["a", "b", "c"] {
        ids.push(append(&door, text).await);
    }
    let seen = until(follow, |seen| seen.contains("\"c\"")).await;
    for id in &ids {
        assert!(seen.contains(&format!("id: {id}\n")), "{seen}");
    }
    let resumed = door.get("/api/v1/topics/t/follow").header("last-event-id", &ids[0]);
    let seen = until(resumed.send().await.unwrap(), |seen| seen.contains("\"c\"")).await;
    assert!(!seen.contains("\"a\"") && seen.contains("\"b\""), "{seen}");

    let after = door.shown(&format!("/api/v1/topics/t/entries?after={}", ids[0])).await;
    assert_eq!(after["entries"].as_array().unwrap().len(), 2);
    let last = door.shown("/api/v1/topics/t/entries?direction=down&count=1").await;
    assert_eq!(last["entries"][0]["id"], ids[2]);
    assert_eq!(last["entries"][0]["fields"], json!([["text", "c"], ["n", "1"]]));
    let path = format!("/api/v1/topics/t/entries/{}", ids[1]);
    good(door.ask(Method::DELETE, &path).send().await.unwrap()).await;
    problem(door.ask(Method::DELETE, &path).send().await.unwrap(), 404).await;
    assert_eq!(door.told("/api/v1/topics/t/trim", json!({"keep_last": 1})).await["count"], 1);
    let info = door.shown("/api/v1/topics/t").await;
    assert_eq!(
        (&info["len"], &info["added"], &info["last"]),
        (&json!(1), &json!(3), &json!(ids[2]))
    );
    let old = json!({"fields": [["a", "b"]], "id": "1-1"});
    let old = door.post("/api/v1/topics/t/entries", &old).send().await.unwrap();
    assert_eq!(problem(old, 409).await, "TOPIC_ID_REFUSED");
    problem(door.get("/api/v1/topics/t/entries?from=x").send().await.unwrap(), 400).await;
    door.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_shares_entries_and_takes_over_what_is_left() {
    let door = Open::new().await;
    let group = "/api/v1/topics/t/groups/g";
    good(door.put(group, "{\"after\":\"0\"}").send().await.unwrap()).await;
    let twice = door.put(group, "{}").send().await.unwrap();
    assert_eq!(problem(twice, 409).await, "GROUP_REFUSED");
    let read = format!("{group}/read");
    let waiting = door.told(&read, json!({"consumer": "one", "count": 1, "wait_ms": 20_000}));
    let (first, id) = tokio::join!(waiting, append(&door, "a"));
    assert_eq!(first["entries"][0]["id"], id);
    let next = append(&door, "b").await;
    let second = door.told(&read, json!({"consumer": "two"})).await;
    assert_eq!(second["entries"][0]["id"], next);
    let again = door.told(&read, json!({"consumer": "one", "pending_after": "0"})).await;
    assert_eq!(again["entries"][0]["id"], id);
    assert_eq!(door.told(&format!("{group}/ack"), json!({"ids": [id]})).await["count"], 1);
    let pending = door.shown(&format!("{group}/pending")).await;
    assert_eq!(pending["pending"].as_array().unwrap().len(), 1);
    assert_eq!(pending["pending"][0]["consumer"], "two");
    let claimed = door.told(&format!("{group}/claim"), json!({"consumer": "one"})).await;
    assert_eq!((&claimed["entries"][0]["id"], &claimed["next"]), (&json!(next), &Value::Null));
    let consumers = door.shown(&format!("{group}/consumers")).await["consumers"].clone();
    assert_eq!(consumers.as_array().unwrap().len(), 2);
    let groups = door.shown("/api/v1/topics/t/groups").await["groups"].clone();
    assert_eq!((&groups[0]["name"], &groups[0]["pending"]), (&json!("g"), &json!(1)));
    let drop = door.ask(Method::DELETE, &format!("{group}/consumers/one"));
    assert_eq!(good(drop.send().await.unwrap()).await["count"], 1);
    good(door.ask(Method::DELETE, group).send().await.unwrap()).await;
    problem(door.ask(Method::DELETE, group).send().await.unwrap(), 404).await;
    door.close().await;
}
