//! The OpenAPI document.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use serde::Serialize as _;
use serde_json::Value;
use serde_json::ser::{PrettyFormatter, Serializer};

use super::kit::Open;

#[tokio::test(flavor = "multi_thread")]
async fn the_document_and_the_list_of_routes_are_the_committed_ones() {
    let document = gateway::https::document();
    committed("openapi.json", |_| page(&document));
    // What stands before the list is written by hand.
    committed("http-api.md", |page| {
        let about = page.split(ROUTES).next().unwrap();
        format!("{about}{ROUTES}\n{}", list(&document))
    });
    let door = Open::new().await;
    assert_eq!(door.shown("/api/v1/openapi.json").await, document);
    door.close().await;
}

/// The document as a page, indented by one space: so it is not the largest file of all.
fn page(document: &Value) -> String {
    let mut page = Vec::new();
    let formatter = PrettyFormatter::with_indent(b" ");
    document.serialize(&mut Serializer::with_formatter(&mut page, formatter)).unwrap();
    String::from_utf8(page).unwrap() + "\n"
}

const ROUTES: &str = "## All routes\n";

/// Holds a page of `docs/reference` against what is made; `THORP_BLESS=1` writes it anew.
fn committed(name: &str, make: impl FnOnce(&str) -> String) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference");
    let path = folder.join(name);
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    let made = make(&written);
    if std::env::var_os("THORP_BLESS").is_some() {
        std::fs::write(&path, &made).unwrap();
        return;
    }
    assert!(made == written, "`{name}` is out of date: run this test with THORP_BLESS=1");
}

/// The routes as a table for each kind of thing.
fn list(document: &Value) -> String {
    let (mut text, mut tag) = (String::new(), "");
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let kind = operation["tags"][0].as_str().unwrap();
            if kind != tag {
                write!(text, "\n### {kind}\n\n| method and path | |\n|---|---|\n").unwrap();
                tag = kind;
            }
            let (method, about) = (method.to_ascii_uppercase(), &operation["summary"]);
            let about = about.as_str().unwrap();
            writeln!(text, "| `{method} {path}` | {about} |").unwrap();
        }
    }
    text.trim_start().to_owned()
}

/// Two types of one name would be told apart by a number, which changes when routes move.
#[test]
fn schemas_have_names_of_their_own() {
    let document = gateway::https::document();
    for name in document["components"]["schemas"].as_object().unwrap().keys() {
        assert!(!name.ends_with(|letter: char| letter.is_ascii_digit()), "{name}");
    }
}

#[test]
fn operations_have_names_of_their_own_and_references_lead_somewhere() {
    let document = gateway::https::document();
    let mut names = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for operation in methods.as_object().unwrap().values() {
            let name = operation["operationId"].as_str().unwrap();
            assert!(names.insert(name.to_owned()), "{name} of {path} is there twice");
        }
    }
    check(&document, &document);
}

fn check(document: &Value, part: &Value) {
    match part {
        Value::Object(fields) => {
            if let Some(Value::String(target)) = fields.get("$ref") {
                let pointer = target.strip_prefix('#').unwrap();
                assert!(document.pointer(pointer).is_some(), "{target} leads nowhere");
            }
            fields.values().for_each(|value| check(document, value));
        }
        Value::Array(values) => values.iter().for_each(|value| check(document, value)),
        _ => {}
    }
}
