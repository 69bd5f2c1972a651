//! Status, members, health, figures.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use state::{Engine as _, NodeId, Origin};

use super::kit::{Open, SOON, good, problem};
use crate::engines::member;

#[tokio::test(flavor = "multi_thread")]
async fn status_members_and_tasks_come_from_the_port() {
    let door = Open::new().await;
    let status = door.shown("/api/v1/status").await;
    assert_eq!(status["members"][0]["role"], "leader");
    assert_eq!(status.get("tasks"), None);
    let tasks = door.shown("/api/v1/status?tasks=true").await["tasks"].clone();
    assert!(!tasks.as_array().unwrap().is_empty());
    assert_eq!(door.shown("/api/v1/members").await["members"], status["members"]);
    let token = door.told("/api/v1/join-tokens", json!({})).await;
    assert!(token["token"].as_str().unwrap().starts_with("thorp-join"));
    let gone = door.ask(Method::DELETE, "/api/v1/members/nobody").send().await.unwrap();
    assert_eq!(problem(gone, 404).await, "MEMBER_UNKNOWN");
    let last = door.ask(Method::DELETE, "/api/v1/members/node-1").send().await.unwrap();
    assert_eq!(problem(last, 409).await, "MEMBERS_UNCHANGED");
    door.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn health_is_open_and_everything_else_asks_for_the_token() {
    let door = Open::new().await;
    for path in ["/healthz", "/readyz"] {
        good(door.client.get(door.url(path)).send().await.unwrap()).await;
    }
    for path in ["/metrics", "/api/v1/status", "/api/v1/openapi.json", "/nowhere"] {
        let refused = door.client.get(door.url(path)).send().await.unwrap();
        assert_eq!(refused.headers()["www-authenticate"], "Bearer");
        assert_eq!(problem(refused, 401).await, "TOKEN_REFUSED");
        for token in ["", "x", "Letmein-0123456789abcdef", "letmein-0123456789abcdefg"] {
            let refused = door.client.get(door.url(path)).bearer_auth(token);
            problem(refused.send().await.unwrap(), 401).await;
        }
    }
    let any_case = door.client.get(door.url("/api/v1/status"));
    let any_case = any_case.header("authorization", format!("bEaReR  {}", super::kit::TOKEN));
    good(any_case.send().await.unwrap()).await;
    door.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_count_requests_by_route() {
    let door = Open::new().await;
    for _ in 0..3 {
        problem(door.get("/api/v1/counters/c").send().await.unwrap(), 404).await;
    }
    door.told("/api/v1/counters/c/add", json!({"by": 1})).await;
    problem(door.get("/nowhere").send().await.unwrap(), 404).await;
    let figures = door.get("/metrics").send().await.unwrap().text().await.unwrap();
    for line in [
        "thorp_gateway_https_requests_total{method=\"GET\",route=\"/api/v1/counters/{counter}\",status=\"4xx\"} 3",
        "thorp_gateway_https_requests_total{method=\"GET\",route=\"none\",status=\"4xx\"} 1",
        "thorp_gateway_https_request_duration_seconds_count{method=\"POST\",route=\"/api/v1/counters/{counter}/add\"} 1",
        "thorp_state_voters 1",
        "thorp_state_has_leader 1",
    ] {
        assert!(figures.lines().any(|found| found == line), "no {line} in\n{figures}");
    }
    door.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_node_is_not_ready_and_refuses_with_a_code() {
    let door = Open::new().await;
    door.engine.close().await;
    let write = door.post("/api/v1/counters/c/add", &json!({"by": 1})).send().await.unwrap();
    assert_eq!(write.headers()["retry-after"], "1");
    let code = problem(write, 503).await;
    assert!(["STATE_STOPPED", "NO_QUORUM"].contains(&code.as_str()), "{code}");
    door.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_quorum_writes_are_refused_soon_and_stale_reads_go_on() {
    let door = Open::new().await;
    door.told("/api/v1/counters/c/add", json!({"by": 1})).await;
    let second = door.wire.node(door.dir.path(), 2, Origin::Join).await;
    door.engine.add(NodeId(2), &member(2), SOON).await.unwrap();
    door.engine.set_voters(&[NodeId(1), NodeId(2)], SOON).await.unwrap();
    good(door.get("/readyz").send().await.unwrap()).await;
    second.close().await;
    drop(second);

    let write = async || {
        let add = door.post("/api/v1/counters/c/add", &json!({"by": 1}));
        add.timeout(Duration::from_secs(10)).send().await.unwrap()
    };
    // What is under way while the quorum goes may have been done, so that is another answer.
    let mut refused = write().await;
    while refused.status() == 504 {
        refused = write().await;
    }
    assert_eq!(refused.headers()["retry-after"], "1");
    assert_eq!(problem(refused, 503).await, "NO_QUORUM");
    let read = door.get("/api/v1/counters/c").send().await.unwrap();
    assert_eq!(problem(read, 503).await, "NO_QUORUM");
    let ready = door.client.get(door.url("/readyz")).send().await.unwrap();
    assert_eq!(problem(ready, 503).await, "NO_QUORUM");
    assert!(door.shown("/api/v1/counters/c?stale").await["value"].is_i64());
    good(door.client.get(door.url("/healthz")).send().await.unwrap()).await;
    door.close().await;
}
