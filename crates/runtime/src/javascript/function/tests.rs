use model::Map;
use serde_json::json;

use super::{Anonymous, Name};
use crate::javascript::FunctionError;
use crate::limits::{
    JAVASCRIPT_CAPTURED_BYTES_MAX, JAVASCRIPT_NAME_BYTES_MAX, JAVASCRIPT_SOURCE_BYTES_MAX,
};

fn captured(value: &serde_json::Value) -> Map {
    value.as_object().unwrap().clone()
}

#[test]
fn names_are_identifiers_with_dots() {
    for name in ["f", "image.resize", "$_1", "größe"] {
        assert_eq!(Name::new(name).unwrap().as_str(), name);
    }
    for name in ["", "f()", "a..b", "1f", "a b", "f;g", "a[0]", ".f"] {
        assert_eq!(Name::new(name), Err(FunctionError::Name { name: name.into() }));
    }
    let long = "f".repeat(JAVASCRIPT_NAME_BYTES_MAX + 1);
    assert_eq!(Name::new(&long), Err(FunctionError::LongName { bytes: long.len() }));
}

#[test]
fn id_stands_for_source_and_captured_values() {
    let id = |source: &str, value| Anonymous::new(source, &captured(&value)).unwrap().id();

    assert_eq!(id("x => x + k", json!({"k": 1})), id("x => x + k", json!({"k": 1})));
    assert_ne!(id("x => x + k", json!({"k": 1})), id("x => x + k", json!({"k": 2})));
    assert_ne!(id("x => x + k", json!({"k": 1})), id("x => x - k", json!({"k": 1})));
    assert_eq!(id("x => x", json!({})).to_string().len(), 64);
}

#[test]
fn captured_values_need_names_that_a_function_can_use() {
    for name in ["class", "a-b", "", "a,b", "eval"] {
        let refused = Anonymous::new("x => x", &captured(&json!({ name: 1 }))).unwrap_err();
        assert_eq!(refused, FunctionError::CapturedName { name: name.into() });
    }
    assert_eq!(Anonymous::from_text("x => x", "[1]").unwrap_err(), FunctionError::Captured);
}

#[test]
fn source_and_captured_values_have_their_limits() {
    let long = "x".repeat(JAVASCRIPT_SOURCE_BYTES_MAX + 1);
    let refused = Anonymous::new(&long, &Map::new()).unwrap_err();
    assert_eq!(refused, FunctionError::LongSource { bytes: long.len() });

    let large = captured(&json!({"k": "x".repeat(JAVASCRIPT_CAPTURED_BYTES_MAX)}));
    let refused = Anonymous::new("x => x", &large).unwrap_err();
    assert!(matches!(refused, FunctionError::LongCaptured { .. }));
}
