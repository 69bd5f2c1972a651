use super::{Change, Set, Value, What};

#[test]
fn a_change_reads_as_it_is_written() {
    let values = [("queues.attempts".to_owned(), Value::Number(3))];
    let set = What::Set { key: "queues.lease".to_owned(), value: Some(Value::Number(u64::MAX)) };
    for what in [set, What::RolledBack { to: 300 }] {
        let change = Change { number: 7, made_ms: 9, what, values: values.clone().into() };
        let json = serde_json::to_string(&change).unwrap();
        assert_eq!(serde_json::from_str::<Change>(&json).unwrap(), change, "{json}");
    }
}

#[test]
fn a_value_is_a_number_a_text_or_null_and_must_be_there() {
    let read = serde_json::from_str::<Set>;
    assert_eq!(read(r#"{"value": 3}"#).unwrap().value, Some(Value::Number(3)));
    assert_eq!(read(r#"{"value": "3s"}"#).unwrap().value, Some(Value::Text("3s".to_owned())));
    assert_eq!(read(r#"{"value": null}"#).unwrap().value, None);
    for json in ["{}", r#"{"value": -1}"#, r#"{"value": 1.5}"#, r#"{"value": [1]}"#] {
        read(json).unwrap_err();
    }
}
