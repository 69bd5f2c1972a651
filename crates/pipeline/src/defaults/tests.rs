use model::package::Package;
use serde_json::json;

use super::apply_defaults;

fn completed(descriptor: &serde_json::Value) -> serde_json::Value {
    let mut package = Package { descriptor: descriptor.as_object().unwrap().clone() };
    apply_defaults(&mut package);
    serde_json::Value::Object(package.descriptor)
}

#[test]
fn a_plain_resource_gets_a_profile_and_nothing_else() {
    let completed = completed(&json!({"resources": [{"name": "r", "schema": {"fields": [{}]}}]}));
    let expected = json!({
        "resources": [{"name": "r", "schema": {"fields": [{}]}, "profile": "data-resource"}],
        "profile": "data-package",
    });
    assert_eq!(completed, expected);
}

#[test]
fn a_tabular_resource_gets_types_formats_and_the_rest_of_its_dialect() {
    let completed = completed(&json!({"profile": "p", "resources": [{
        "profile": "tabular-data-resource",
        "dialect": {"delimiter": ";"},
        "schema": {"fields": [{"name": "a", "type": "integer"}], "missingValues": ["-"]},
    }]}));
    let expected = json!({"profile": "p", "resources": [{
        "profile": "tabular-data-resource",
        "dialect": {
            "delimiter": ";", "doubleQuote": true, "lineTerminator": "\r\n", "quoteChar": "\"",
            "skipInitialSpace": true, "header": true, "caseSensitiveHeader": false,
        },
        "schema": {
            "fields": [{"name": "a", "type": "integer", "format": "default"}],
            "missingValues": ["-"],
        },
    }]});
    assert_eq!(completed, expected);
}
