//! Lists, sets, sorted sets and names.

use reqwest::Method;
use serde_json::json;

use super::kit::{Open, good, problem};

#[tokio::test(flavor = "multi_thread")]
async fn lists_keep_their_order() {
    let door = Open::new().await;
    let push = json!({"values": ["a", "b", {"base64": "/w=="}, "b"]});
    assert_eq!(door.told("/api/v1/lists/l/push", push).await["count"], 4);
    door.told("/api/v1/lists/l/push", json!({"values": ["z"], "end": "front"})).await;
    let values = door.shown("/api/v1/lists/l/values?from=0&to=2").await;
    assert_eq!(values, json!({"values": ["z", "a", "b"]}));
    let value = door.get("/api/v1/lists/l/values/-2").send().await.unwrap();
    assert_eq!(value.bytes().await.unwrap(), [0xff_u8][..]);
    problem(door.get("/api/v1/lists/l/values/99").send().await.unwrap(), 404).await;
    problem(door.get("/api/v1/lists/l/values/x").send().await.unwrap(), 400).await;
    good(door.put("/api/v1/lists/l/values/0", "y").send().await.unwrap()).await;
    let insert = json!({"side": "before", "pivot": "a", "value": "m"});
    assert_eq!(door.told("/api/v1/lists/l/insert", insert).await["count"], 6);
    let insert = json!({"side": "after", "pivot": "none", "value": "m"});
    let absent = door.post("/api/v1/lists/l/insert", &insert).send().await.unwrap();
    assert_eq!(problem(absent, 412).await, "CONDITION_FAILED");
    assert_eq!(door.told("/api/v1/lists/l/remove", json!({"value": "b"})).await["count"], 2);
    let shift = json!({"to": "other", "from_end": "front", "to_end": "back"});
    assert_eq!(door.told("/api/v1/lists/l/move", shift).await["value"], "y");
    door.told("/api/v1/lists/l/trim", json!({"from": 0, "to": 1})).await;
    assert_eq!(
        door.told("/api/v1/lists/l/pop", json!({"count": 9})).await["values"],
        json!(["m", "a"])
    );
    assert_eq!(door.shown("/api/v1/lists/l").await["count"], 0);
    door.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pop_waits_for_a_value() {
    let door = Open::new().await;
    let waiting = door.told("/api/v1/lists/l/pop", json!({"wait_ms": 20_000}));
    let pushing = door.told("/api/v1/lists/l/push", json!({"values": ["v"]}));
    let (popped, _) = tokio::join!(waiting, pushing);
    assert_eq!(popped, json!({"values": ["v"]}));
    door.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sets_are_combined_and_scanned() {
    let door = Open::new().await;
    let members: Vec<String> = (0..250).map(|n| format!("m{n:03}")).collect();
    assert_eq!(door.told("/api/v1/sets/a/add", json!({"members": members})).await["count"], 250);
    door.told("/api/v1/sets/b/add", json!({"members": ["m001", "m002", "x"]})).await;
    let (mut seen, mut after) = (Vec::new(), String::new());
    loop {
        let page = door.shown(&format!("/api/v1/sets/a/members?count=99{after}")).await;
        seen.extend(page["members"].as_array().unwrap().clone());
        let Some(next) = page["next"].as_str() else { break };
        after = format!("&after={next}");
    }
    assert_eq!(json!(seen), json!(members));
    let combine = json!({"combination": "intersection", "names": ["a", "b"]});
    let both = door.told("/api/v1/combine/sets", combine).await;
    assert_eq!(both["members"], json!(["m001", "m002"]));
    let store = json!({"combination": "difference", "names": ["b", "a"]});
    assert_eq!(door.told("/api/v1/sets/c/store", store).await["count"], 1);
    let contain = json!({"members": ["x", "m001"]});
    let contained = door.told("/api/v1/sets/c/contain", contain).await;
    assert_eq!(contained["contained"], json!([true, false]));
    door.told("/api/v1/sets/b/move", json!({"to": "c", "member": "m001"})).await;
    assert_eq!(door.told("/api/v1/sets/c/remove", json!({"members": ["x"]})).await["count"], 1);
    let random = door.shown("/api/v1/sets/c/random?count=-3").await;
    assert_eq!(random["members"], json!(["m001", "m001", "m001"]));
    assert_eq!(door.told("/api/v1/sets/c/pop", json!({})).await["members"], json!(["m001"]));
    assert_eq!(door.shown("/api/v1/sets/a").await["count"], 250);
    door.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sorted_sets_go_by_score() {
    let door = Open::new().await;
    let members = json!({"members": [
        {"member": "a", "score": 1}, {"member": "b", "score": 2.5}, {"member": "c", "score": "inf"},
        {"member": "d", "score": -3}]});
    assert_eq!(door.told("/api/v1/sorted-sets/s/add", members).await["count"], 4);
    let all = door.shown("/api/v1/sorted-sets/s/members?direction=down&count=2").await;
    let top = json!([{"member": "c", "score": "inf"}, {"member": "b", "score": 2.5}]);
    assert_eq!(all["members"], top);
    let some = door.shown("/api/v1/sorted-sets/s/members?min=0&max=2.5").await;
    assert_eq!(some["members"].as_array().unwrap().len(), 2);
    let mixed = door.get("/api/v1/sorted-sets/s/members?min=0&from=2").send().await.unwrap();
    assert_eq!(problem(mixed, 400).await, "PARAMETER_INVALID");
    assert_eq!(door.shown("/api/v1/sorted-sets/s/rank?member=b").await["rank"], 2);
    problem(door.get("/api/v1/sorted-sets/s/rank?member=x").send().await.unwrap(), 404).await;
    let by = json!({"member": "a", "by": 0.5});
    assert_eq!(door.told("/api/v1/sorted-sets/s/increment", by).await["score"], 1.5);
    let scores = door.told("/api/v1/sorted-sets/s/scores", json!({"members": ["c", "x"]})).await;
    assert_eq!(scores["scores"], json!(["inf", null]));
    let combine = json!({"combination": "union", "inputs": [
        {"name": "s", "weight": 2.0}, {"name": "s"}], "aggregate": "sum"});
    assert_eq!(door.told("/api/v1/sorted-sets/t/store", combine.clone()).await["count"], 4);
    let combined = door.told("/api/v1/combine/sorted-sets", combine).await;
    assert_eq!(combined["members"][0], json!({"member": "d", "score": -9.0}));
    let span = json!({"score": {"min": "-inf", "max": 0}});
    assert_eq!(door.told("/api/v1/sorted-sets/s/remove-range", span).await["count"], 1);
    let popped = door.told("/api/v1/sorted-sets/s/pop", json!({"direction": "down"})).await;
    assert_eq!(popped["members"][0]["member"], "c");
    let page = door.shown("/api/v1/sorted-sets/s/scan?count=1").await;
    assert_eq!(page["members"].as_array().unwrap().len(), 1);
    assert!(page["next"].is_string());
    door.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn names_of_all_kinds_are_listed_renamed_and_deleted() {
    let door = Open::new().await;
    door.told("/api/v1/counters/visits/add", json!({"by": 1})).await;
    door.told("/api/v1/lists/l/push", json!({"values": ["a", "b"]})).await;
    good(door.put("/api/v1/maps/default/entries/greeting", "hello").send().await.unwrap()).await;
    let names = door.shown("/api/v1/names").await["names"].clone();
    let kinds: Vec<_> =
        names.as_array().unwrap().iter().map(|name| (&name["name"], &name["kind"])).collect();
    let wanted = json!([["greeting", "value"], ["l", "list"], ["visits", "counter"]]);
    assert_eq!(json!(kinds), wanted);
    let lists = door.shown("/api/v1/names?kind=list&matching=*").await["names"].clone();
    assert_eq!(lists[0]["len"], 2);
    door.told("/api/v1/names/l/copy", json!({"to": "l2"})).await;
    door.told("/api/v1/names/l2/rename", json!({"to": "l3"})).await;
    assert_eq!(door.shown("/api/v1/lists/l3").await["count"], 2);
    good(door.put("/api/v1/names/l3/expiry", "{\"ttl_ms\":3600000}").send().await.unwrap()).await;
    assert!(door.shown("/api/v1/names/l3").await["expires_ms"].is_u64());
    let expiry = door.ask(Method::DELETE, "/api/v1/names/l3/expiry");
    good(expiry.send().await.unwrap()).await;
    assert!(door.shown("/api/v1/names/l3").await["expires_ms"].is_null());
    good(door.ask(Method::DELETE, "/api/v1/names/l3").send().await.unwrap()).await;
    problem(door.get("/api/v1/names/l3").send().await.unwrap(), 404).await;
    door.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_structure_is_deleted_by_its_kind_only() {
    let door = Open::new().await;
    let transaction = json!({"operations": [
        {"map": {"put": {"map": "maps", "key": "k", "value": "v"}}},
        {"list": {"push": {"list": "lists", "values": ["v"]}}},
        {"set": {"add": {"set": "sets", "members": ["m"]}}},
        {"sorted_set": {"add": {"set": "sorted-sets", "members": [{"member": "m", "score": 1}]}}},
        {"queue": {"put": {"queue": "queues", "items": [{"payload": "p"}]}}},
        {"topic": {"append": {"topic": "topics", "fields": [["a", "b"]]}}},
        {"counter": {"add": {"counter": "counters", "by": 1}}}]});
    door.told("/api/v1/transactions", transaction).await;
    door.told("/api/v1/locks/locks/acquire", json!({"owner": "a"})).await;
    let kinds = ["maps", "lists", "sets", "sorted-sets", "queues", "topics", "locks", "counters"];
    for kind in kinds {
        for name in kinds.iter().filter(|name| **name != kind) {
            let other = door.ask(Method::DELETE, &format!("/api/v1/{kind}/{name}"));
            assert_eq!(problem(other.send().await.unwrap(), 409).await, "KIND_WRONG");
        }
    }
    for kind in kinds {
        let path = format!("/api/v1/{kind}/{kind}");
        good(door.ask(Method::DELETE, &path).send().await.unwrap()).await;
        problem(door.ask(Method::DELETE, &path).send().await.unwrap(), 404).await;
    }
    assert_eq!(door.shown("/api/v1/names").await["names"], json!([]));
    door.close().await;
}
