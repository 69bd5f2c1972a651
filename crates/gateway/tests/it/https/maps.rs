//! Entries of maps.

use reqwest::Method;
use serde_json::{Value, json};

use super::kit::{Open, good, problem};

#[tokio::test(flavor = "multi_thread")]
async fn a_value_is_put_read_and_deleted_as_it_is() {
    let door = Open::new().await;
    let entry = "/api/v1/maps/cities/entries/a%2Fb%20%ff%00";
    problem(door.get(entry).send().await.unwrap(), 404).await;

    let value: Vec<u8> = (0..=255).collect();
    let put = door.put(entry, value.clone()).send().await.unwrap();
    let tag = put.headers()["etag"].clone();
    let revision = good(put).await["revision"].to_string();
    assert_eq!(tag.to_str().unwrap(), format!("\"{revision}\""));

    let read = door.get(entry).send().await.unwrap();
    assert_eq!(read.headers()["etag"], tag);
    assert_eq!(read.headers()["content-type"], "application/octet-stream");
    assert_eq!(read.headers()["thorp-revision"].to_str().unwrap(), revision);
    assert_eq!(read.bytes().await.unwrap(), value);
    let stale = door.get(&format!("{entry}?stale=true")).send().await.unwrap();
    assert_eq!(stale.bytes().await.unwrap(), value);
    let head = door.ask(Method::HEAD, entry).send().await.unwrap();
    assert_eq!(head.headers()["content-length"], "256");

    good(door.ask(Method::DELETE, entry).send().await.unwrap()).await;
    let code = problem(door.ask(Method::DELETE, entry).send().await.unwrap(), 404).await;
    assert_eq!(code, "NOT_FOUND");
    door.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_put_with_a_condition_changes_only_what_the_client_knows() {
    let door = Open::new().await;
    let entry = "/api/v1/maps/m/entries/k";
    let put = |name: &'static str, tag: &str| door.put(entry, "v").header(name, tag).send();

    problem(put("if-match", "*").await.unwrap(), 412).await;
    let first = good(put("if-none-match", "*").await.unwrap()).await["revision"].to_string();
    problem(put("if-none-match", "*").await.unwrap(), 412).await;
    let second = good(put("if-match", &format!("\"{first}\"")).await.unwrap()).await;
    let code = problem(put("if-match", &first).await.unwrap(), 412).await;
    assert_eq!(code, "CONDITION_FAILED");
    problem(put("if-match", "W/\"x\"").await.unwrap(), 400).await;

    let delete = |tag: String| door.ask(Method::DELETE, entry).header("if-match", tag).send();
    problem(delete(first).await.unwrap(), 412).await;
    good(delete(second["revision"].to_string()).await.unwrap()).await;
    door.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_go_through_a_prefix_in_both_directions() {
    let door = Open::new().await;
    for number in 0..25 {
        let path = format!("/api/v1/maps/m/entries/item-{number:02}");
        good(door.put(&path, number.to_string()).send().await.unwrap()).await;
    }
    good(door.put("/api/v1/maps/m/entries/other", "x").send().await.unwrap()).await;
    for (direction, first) in [("up", "item-00"), ("down", "item-24")] {
        let (mut keys, mut after) = (Vec::new(), String::new());
        loop {
            let path = format!(
                "/api/v1/maps/m/entries?prefix=item-&count=10&direction={direction}{after}"
            );
            let page = door.shown(&path).await;
            keys.extend(page["entries"].as_array().unwrap().iter().map(|e| e["key"].clone()));
            match page["next"].as_str() {
                Some(next) => after = format!("&after={next}"),
                None => break,
            }
        }
        assert_eq!(keys.len(), 25);
        assert_eq!(keys[0], first);
    }
    let range = door.shown("/api/v1/maps/m/entries?from=item-03&to=item-05").await;
    assert_eq!(range["entries"].as_array().unwrap().len(), 2);
    assert_eq!(door.shown("/api/v1/maps/m").await["count"], 26);
    door.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn values_change_in_place_and_many_at_once() {
    let door = Open::new().await;
    let merge = "/api/v1/maps/m/entries/n/merge";
    assert_eq!(door.told(merge, json!({"add_integer": 5})).await, json!({"integer": 5}));
    assert_eq!(door.told(merge, json!({"add_number": "0.5"})).await, json!({"value": "5.5"}));
    assert_eq!(door.told(merge, json!({"max": "7"})).await, json!({"value": "7"}));
    let patched = "/api/v1/maps/m/entries/json/merge";
    door.told(patched, json!({"json_patch": {"a": 1, "b": 2}})).await;
    let patch = json!({"json_patch": {"a": null, "c": [1.50]}});
    let value = door.told(patched, patch).await["value"].clone();
    let value: Value = serde_json::from_str(value.as_str().unwrap()).unwrap();
    assert_eq!(value, json!({"b": 2, "c": [1.50]}));

    let entries = json!({"entries": [
        {"key": "a", "value": "1"}, {"key": {"base64": "/w=="}, "value": {"base64": "AP8="}}]});
    assert_eq!(door.told("/api/v1/maps/m/put", entries).await["count"], 2);
    let keys = json!({"keys": ["a", "none", {"base64": "/w=="}]});
    let values = door.told("/api/v1/maps/m/get", keys.clone()).await;
    assert_eq!(values, json!({"values": ["1", null, {"base64": "AP8="}]}));
    assert_eq!(door.told("/api/v1/maps/m/delete", keys).await["count"], 2);
    let taken = door.post("/api/v1/maps/m/entries/n/take", &Value::Null).send().await.unwrap();
    assert_eq!(taken.text().await.unwrap(), "7");
    door.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_ends_when_its_time_is_over() {
    let door = Open::new().await;
    let entry = "/api/v1/maps/m/entries/k";
    let watch = door.get("/api/v1/maps/m/watch").send().await.unwrap();
    good(door.put(&format!("{entry}?ttl_ms=3600000"), "v").send().await.unwrap()).await;
    let read = door.get(entry).send().await.unwrap();
    assert!(read.headers().contains_key("thorp-expires-ms"));
    let expiry = json!({"ttl_ms": 30}).to_string();
    good(door.put(&format!("{entry}/expiry"), expiry).send().await.unwrap()).await;
    // The watch tells when it is over.
    super::watching::until(watch, |seen| seen.contains("\"is_expired\":true")).await;
    problem(door.get(entry).send().await.unwrap(), 404).await;
    door.close().await;
}
