//! Requests at random: whatever comes, the answer is good or a problem, and the door goes on.

use std::fmt::Write as _;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::chance::{Chance, seed};
use super::kit::Open;

impl Chance {
    /// Bytes, each percent-encoded.
    fn encoded(&mut self) -> String {
        let mut text = String::new();
        for _ in 0..self.below(6) + 1 {
            match self.below(4) {
                0 => write!(text, "%{:02X}", self.below(256)).unwrap(),
                1 => text.push_str(self.pick(&["%", "%2", "%zz", "+", "%00", "%2F", "*"])),
                _ => text.push_str(self.pick(&["a", "m", "0", "-1", "5-1", "default"])),
            }
        }
        text
    }

    fn json(&mut self, depth: u64) -> Value {
        match self.below(if depth == 0 { 6 } else { 8 }) {
            0 => Value::Null,
            1 => json!(self.next()),
            2 => json!(-1),
            3 => json!("inf"),
            4 => json!(self.below(3)),
            5 => json!({"base64": "AP8="}),
            6 => (0..self.below(3)).map(|_| self.json(depth - 1)).collect(),
            _ => json!({(self.pick(&["keys", "put", "x"])): self.json(depth - 1)}),
        }
    }

    /// An instance of a schema, with something wrong here and there.
    fn instance(&mut self, document: &Value, schema: &Value, depth: u64) -> Value {
        if depth == 0 || self.below(12) == 0 {
            return self.json(1);
        }
        if let Some(target) = schema["$ref"].as_str() {
            let target = document.pointer(target.strip_prefix('#').unwrap()).unwrap();
            return self.instance(document, target, depth - 1);
        }
        for choices in ["oneOf", "anyOf"] {
            if let Some(choices) = schema[choices].as_array() {
                let choice = self.pick(choices);
                return self.instance(document, &choice, depth - 1);
            }
        }
        if let Some(words) = schema["enum"].as_array() {
            return self.pick(words);
        }
        match schema["type"].as_str() {
            Some("object") => {
                let fields = schema["properties"].as_object().into_iter().flatten();
                let fields = fields.filter_map(|(name, field)| {
                    let is_there = self.below(8) > 0;
                    is_there.then(|| (name.clone(), self.instance(document, field, depth - 1)))
                });
                fields.collect::<serde_json::Map<_, _>>().into()
            }
            Some("array") => (0..self.below(3))
                .map(|_| self.instance(document, &schema["items"], depth - 1))
                .collect(),
            Some("string") => json!(self.pick(&["a", "m", "0", "5-1", "none", "üß"])),
            Some("boolean") => json!(self.below(2) == 0),
            Some("integer" | "number") => json!(self.pick(&[0, 1, 2, 7, 100_000])),
            _ => self.json(1),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_at_random_are_answered_in_order() {
    let door = Open::new().await;
    let mut chance = Chance(seed());
    let document = gateway::https::document();
    let operations: Vec<(Method, String, Value)> = document["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, methods)| {
            methods.as_object().unwrap().iter().map(move |(method, operation)| {
                let method = method.to_ascii_uppercase().parse().unwrap();
                (method, path.clone(), operation.clone())
            })
        })
        .filter(|(_, path, _)| !path.ends_with("/watch") && !path.ends_with("/follow"))
        .filter(|(_, path, _)| path != "/api/v1/members/{member}")
        .collect();
    let mut statuses = std::collections::BTreeMap::new();
    for _ in 0..1_500 {
        let (method, template, operation) = chance.pick(&operations);
        let mut path = String::new();
        for part in template.split('/').skip(1) {
            let part = if part.starts_with('{') { chance.encoded() } else { part.to_owned() };
            write!(path, "/{part}").unwrap();
        }
        if chance.below(3) == 0 {
            let parameters = operation["parameters"].as_array().unwrap();
            let names: Vec<&str> = parameters
                .iter()
                .filter(|p| p["in"] == "query")
                .filter_map(|p| p["name"].as_str())
                .collect();
            let name = if names.is_empty() { "x" } else { chance.pick(&names) };
            write!(path, "?{name}={}", chance.encoded()).unwrap();
        }
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
        let mut body = chance.instance(&document, schema, 8).to_string();
        if body.contains("wait_ms") {
            body = body.replace("100000", "3");
        }
        if chance.below(10) == 0 {
            body.truncate(body.floor_char_boundary(chance.below(20)));
        }
        let request = door.ask(method.clone(), &path).body(body.clone());
        let response =
            request.send().await.unwrap_or_else(|e| panic!("{method} {path} {body}: {e}"));
        let status = response.status();
        *statuses.entry(status.as_u16()).or_insert(0) += 1;
        assert_ne!(status, StatusCode::INTERNAL_SERVER_ERROR, "{method} {path} {body}");
        if !status.is_success() {
            let kind = response.headers()["content-type"].clone();
            assert_eq!(kind, "application/problem+json", "{method} {path} {body}");
        }
    }
    assert!(statuses[&200] > 100, "{statuses:?}");
    door.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_that_are_no_tls_or_no_http_end_one_connection_only() {
    let door = Open::new().await;
    let mut chance = Chance(7);
    for _ in 0..20 {
        let mut stream = tokio::net::TcpStream::connect(door.address).await.unwrap();
        let bytes: Vec<u8> =
            (0..chance.below(300) + 1).map(|_| u8::try_from(chance.below(256)).unwrap()).collect();
        // The door may have hung up already.
        drop(stream.write_all(&bytes).await);
        drop(stream.shutdown().await);
        drop(stream.read_to_end(&mut Vec::new()).await);
    }
    door.shown("/api/v1/status").await;
    door.close().await;
}
