//! What must be refused in order: wrong requests, broken connections, large bodies.

use std::process::Stdio;

use gateway::https::limits;
use reqwest::Method;
use serde_json::json;
use tokio::process::Command;

use super::kit::{Open, TOKEN, good, problem};

#[tokio::test(flavor = "multi_thread")]
async fn wrong_requests_are_problems_with_a_code() {
    let door = Open::new().await;
    let send = async |method: Method, path: &str, body: &str| {
        door.ask(method, path).body(body.to_owned()).send().await.unwrap()
    };
    let wrong = [
        (Method::GET, "/api/v1/nothing", "", 404, "ROUTE_UNKNOWN"),
        (Method::PATCH, "/api/v1/counters/c", "", 405, "METHOD_NOT_ALLOWED"),
        (Method::POST, "/api/v1/counters/c/add", "", 400, "BODY_INVALID"),
        (Method::POST, "/api/v1/counters/c/add", "{\"by\":", 400, "BODY_INVALID"),
        (Method::POST, "/api/v1/counters/c/add", "{\"by\":1.5}", 400, "BODY_INVALID"),
        (Method::POST, "/api/v1/counters/c/add", "{\"by\":1,\"x\":2}", 400, "BODY_INVALID"),
        (Method::POST, "/api/v1/maps/m/get", "{\"keys\":[1]}", 400, "BODY_INVALID"),
        (Method::GET, "/api/v1/counters/c?fresh=1", "", 400, "PARAMETER_INVALID"),
        (Method::GET, "/api/v1/maps/m/entries?after=%ff", "", 400, "PARAMETER_INVALID"),
        (
            Method::PUT,
            "/api/v1/maps/m/entries/k?ttl_ms=1&expires_ms=2",
            "",
            400,
            "PARAMETER_INVALID",
        ),
        (
            Method::POST,
            "/api/v1/maps/m/entries/k/merge",
            "{\"add_number\":\"x\"}",
            400,
            "VALUE_WRONG_TYPE",
        ),
    ];
    for (method, path, body, status, code) in wrong {
        let response = send(method.clone(), path, body).await;
        assert_eq!(problem(response, status).await, code, "{method} {path} {body}");
    }
    door.told("/api/v1/counters/c/add", json!({"by": 1})).await;
    let kind = send(Method::GET, "/api/v1/queues/c", "").await;
    assert_eq!(problem(kind, 409).await, "KIND_WRONG");
    door.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn large_bodies_and_keys_are_refused_with_their_number() {
    let door = Open::new().await;
    let entry = "/api/v1/maps/m/entries/k";
    let most = structures::limits::VALUE_BYTES_MAX;
    good(door.put(entry, vec![b'x'; most]).send().await.unwrap()).await;
    let over = door.put(entry, vec![b'x'; most + 1]).send().await.unwrap();
    assert_eq!(problem(over, 413).await, "VALUE_TOO_LARGE");
    let body = vec![b'x'; limits::VALUE_BYTES_MAX + 1];
    let announced = door.put(entry, body.clone()).send().await.unwrap();
    assert_eq!(problem(announced, 413).await, "BODY_TOO_LARGE");
    let chunks = body.chunks(10_000).map(|chunk| Ok::<_, std::io::Error>(chunk.to_vec()));
    let chunks = reqwest::Body::wrap_stream(futures::stream::iter(chunks.collect::<Vec<_>>()));
    let chunked = door.put(entry, chunks).send().await.unwrap();
    assert_eq!(problem(chunked, 413).await, "BODY_TOO_LARGE");
    let json = vec![b' '; limits::JSON_BYTES_MAX + 1];
    let json = door.ask(Method::POST, "/api/v1/maps/m/put").body(json).send().await.unwrap();
    assert_eq!(problem(json, 413).await, "BODY_TOO_LARGE");
    // Nobody waits for the end of this one.
    let endless = futures::stream::repeat_with(|| Ok::<_, std::io::Error>(vec![0; 100_000]));
    let endless = door.put(entry, reqwest::Body::wrap_stream(endless)).send().await;
    if let Ok(endless) = endless {
        assert_eq!(problem(endless, 413).await, "BODY_TOO_LARGE");
    }
    let keys = "k".repeat(structures::limits::KEY_BYTES_MAX + 1);
    let keys = json!({"entries": [{"key": keys, "value": ""}]});
    let long = door.post("/api/v1/maps/m/put", &keys).send().await.unwrap();
    assert_eq!(problem(long, 413).await, "VALUE_TOO_LARGE");
    // The door goes on.
    let read = door.get(entry).send().await.unwrap();
    assert_eq!(read.bytes().await.unwrap().len(), most);
    door.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn curl_speaks_both_versions_of_http() {
    let door = Open::new().await;
    for version in ["--http1.1", "--http2"] {
        let output = Command::new("curl")
            .args(["--silent", "--show-error", "--fail-with-body", version, "--cacert"])
            .arg(door.certificate())
            .args(["--header", &format!("Authorization: Bearer {TOKEN}")])
            .args(["--data", r#"{"by": 2}"#, "--write-out", " %{http_version}"])
            .arg(door.url("/api/v1/counters/c/add"))
            .stdin(Stdio::null())
            .output()
            .await
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{text} {error}");
        let wanted = if version == "--http2" { " 2" } else { " 1.1" };
        assert!(text.ends_with(wanted), "{text}");
    }
    assert_eq!(door.shown("/api/v1/counters/c").await["value"], 4);
    door.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_that_is_too_large_is_answered_by_a_status() {
    let door = Open::new().await;
    let authority = std::fs::read(door.certificate()).unwrap();
    let authority = reqwest::Certificate::from_pem(&authority).unwrap();
    // A buffer of HTTP/1.1 may grow to twice the limit before the head is held against it; HTTP/2
    // ends connections that send heads in too many pieces.
    let clients = [
        (reqwest::Client::builder().http1_only(), 3 * limits::HEAD_BYTES_MAX),
        (reqwest::Client::builder(), limits::HEAD_BYTES_MAX * 3 / 2),
    ];
    for (client, bytes) in clients {
        let client = client.add_root_certificate(authority.clone()).build().unwrap();
        let large = client.get(door.url("/healthz")).header("x", "x".repeat(bytes)).send().await;
        // Who is still sending when the door has answered may see the end of the connection alone.
        assert!(large.as_ref().map_or(true, |answer| answer.status() == 431), "{large:?}");
        let fits = client.get(door.url("/healthz")).header("x", "x".repeat(20_000)).send().await;
        assert_eq!(fits.unwrap().status(), 200);
    }
    door.close().await;
}
