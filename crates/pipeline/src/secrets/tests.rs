use std::collections::BTreeMap;

use model::package::Package;
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

#[test]
fn a_descriptor_keeps_the_names_and_paths_that_its_files_have() {
    let redactor = Redactor::default();
    redactor.add("OUT", "data");
    redactor.add("TOKEN", "tok-12345");
    let descriptor = json!({
        "name": "data",
        "title": "all data of tok-12345",
        "resources": [{
            "name": "data",
            "path": ["data/tok-12345.csv"],
            "data": "data",
            "dpp:streamedFrom": "http://host/?key=tok-12345",
            "schema": {"fields": [{"name": "data", "title": "data"}]},
        }],
    });
    let mut package = Package { descriptor: descriptor.as_object().unwrap().clone() };
    redactor.redact_package(&mut package);
    let expected = json!({
        "name": "env://OUT",
        "title": "all data of env://TOKEN",
        "resources": [{
            "name": "data",
            "path": ["data/tok-12345.csv"],
            "data": "env://OUT",
            "dpp:streamedFrom": "http://host/?key=env://TOKEN",
            "schema": {"fields": [{"name": "data", "title": "env://OUT"}]},
        }],
    });
    assert_eq!(model::Json::Object(package.descriptor), expected);
}

#[test]
fn the_query_of_an_address_is_hidden_by_itself() {
    let redactor = Redactor::default();
    redactor.add("URL", "https://host/a.csv?format=geojson&token=0123456789abcdef");
    redactor.add("TOKEN", "0123456789abcdef");
    let text = "GET /a.csv?format=geojson&token=0123456789abcdef, token 0123456789abcdef, geojson";
    assert_eq!(redactor.redact(text), "GET /a.csv?env://URL, token env://TOKEN, geojson");
}
