use std::collections::BTreeMap;

use serde_json::json;

use super::{Redactor, reveal};

fn environment() -> BTreeMap<String, String> {
    [
        ("TOKEN", "tok-12345"),
        ("LONGER", "tok-12345-and-more"),
        ("URL", "postgresql://me:pa%ss@host/db"),
        ("QUOTE", "say \"hi\"\nthere"),
        ("SHORT", "abc"),
        ("EMPTY", ""),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}

fn revealed(value: &model::Json) -> (model::Json, Redactor) {
    let redactor = Redactor::default();
    let map = reveal(value.as_object().unwrap(), &environment(), &redactor).unwrap();
    (model::Json::Object(map), redactor)
}

#[test]
fn texts_are_revealed_however_deep() {
    let parameters = json!({
        "a": "env://TOKEN",
        "b": [{"c": "env://URL"}, "x env://TOKEN", 1, null],
        "env://TOKEN": "env://EMPTY",
    });
    let expected = json!({
        "a": "tok-12345",
        "b": [{"c": "postgresql://me:pa%ss@host/db"}, "x env://TOKEN", 1, null],
        "env://TOKEN": "",
    });
    assert_eq!(revealed(&parameters).0, expected);
}

#[test]
fn a_variable_that_is_not_set_is_named_with_its_parameter() {
    let parameters = json!({"tables": {"x": ["a", "env://NONE"]}});
    let error =
        reveal(parameters.as_object().unwrap(), &environment(), &Redactor::default()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "environment variable `NONE` is not set, parameter `tables.x[1]` needs it"
    );
}

#[test]
fn values_leave_texts_again() {
    let (_, redactor) = revealed(&json!({"list": [
        "env://TOKEN", "env://LONGER", "env://URL", "env://QUOTE", "env://SHORT", "env://EMPTY",
    ]}));
    let cases = [
        ("got tok-12345.", "got env://TOKEN."),
        ("tok-12345-and-more", "env://LONGER"),
        ("tok-12345tok-12345", "env://TOKENenv://TOKEN"),
        ("password pa%ss is wrong", "password env://URL is wrong"),
        ("to postgresql://me:pa%ss@host/db?x", "to env://URL?x"),
        ("say \"hi\"\nthere", "env://QUOTE"),
        (r#"{"a": "say \"hi\"\nthere"}"#, r#"{"a": "env://QUOTE"}"#),
        ("abc", "abc"),
    ];
    for (text, expected) in cases {
        assert_eq!(redactor.redact(text), expected);
    }
    let mut json = json!({"stats": {"tok-12345": ["tok-12345", 12345]}});
    redactor.redact_json(&mut json);
    assert_eq!(json, json!({"stats": {"env://TOKEN": ["env://TOKEN", 12345]}}));
}

#[test]
fn values_are_not_in_debug_texts() {
    let (_, redactor) = revealed(&json!({"a": "env://TOKEN"}));
    assert_eq!(format!("{redactor:?}"), r#"["env://TOKEN"]"#);
}
