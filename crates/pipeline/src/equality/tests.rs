use serde_json::json;
use tabular::{Column, Kind, Value};

use super::{Wanted, write_key};

fn key(kind: Kind, text: &str) -> String {
    let mut key = String::new();
    write_key(&mut key, Some(&Value::new(kind, text)));
    key
}

#[test]
fn numbers_of_equal_value_share_a_key() {
    let one = key(Kind::Integer, "1");
    assert_eq!(one, key(Kind::Number, "1.00"));
    assert_eq!(one, key(Kind::Float, "1.0"));
    assert_eq!(one, key(Kind::Boolean, "true"));
    assert_eq!(key(Kind::Integer, "1000"), key(Kind::Number, "1E+3"));
    assert_eq!(key(Kind::Number, "0.00"), key(Kind::Integer, "0"));
    assert_eq!(key(Kind::Number, "-0.0"), key(Kind::Integer, "0"));
    assert_eq!(key(Kind::Number, "-15E-3"), key(Kind::Number, "-0.0150"));
    assert_ne!(one, key(Kind::Text, "1"));
    assert_ne!(one, key(Kind::Integer, "-1"));
    assert_ne!(one, key(Kind::Integer, "10"));
}

#[test]
fn a_mask_marks_equal_cells_of_any_kind() {
    let mixed: Column = [
        Some(Value::new(Kind::Integer, "1")),
        Some(Value::new(Kind::Text, "1")),
        None,
        Some(Value::new(Kind::Number, "1.0")),
    ]
    .into_iter()
    .collect();
    let bits = |wanted: serde_json::Value| Wanted::new(&wanted).mask(&mixed).iter().collect();
    let (ones, texts, nulls): (Vec<bool>, Vec<bool>, Vec<bool>) =
        (bits(json!(1)), bits(json!("1")), bits(json!(null)));
    assert_eq!(ones, [true, false, false, true]);
    assert_eq!(texts, [false, true, false, false]);
    assert_eq!(nulls, [false, false, true, false]);
}

#[test]
fn a_date_equals_a_tagged_parameter() {
    let days: Column = [Some(Value::new(Kind::Date, "2020-01-02")), None].into_iter().collect();
    let wanted = Wanted::new(&json!({"type{date}": "2020-01-02"}));
    assert_eq!(wanted.mask(&days).iter().collect::<Vec<_>>(), [true, false]);
}
