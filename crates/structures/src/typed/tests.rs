use std::collections::BTreeMap;
use std::fmt::Debug;

use model::Json;
use proptest::prelude::{any, prop_assert_eq, proptest};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{read, write};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Person {
    name: String,
    age: Option<u8>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Id(String);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Shape {
    Point,
    Circle { radius: f64 },
    Named(String),
}

#[track_caller]
fn kept<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T, bytes: &str) {
    assert_eq!(write(value).unwrap(), bytes);
    assert_eq!(read::<T>(bytes.as_bytes()).unwrap(), *value);
}

#[test]
fn strings_are_bare_and_all_else_is_json() {
    kept(&"grün".to_owned(), "grün");
    kept(&"\"quoted\"".to_owned(), "\"quoted\"");
    kept(&"42".to_owned(), "42");
    kept(&String::new(), "");
    kept(&Id("a".into()), "a");
    kept(&'x', "x");
    kept(&42_i64, "42");
    kept(&1.5_f64, "1.5");
    kept(&true, "true");
    kept(&(), "null");
    kept(&vec![1, 2], "[1,2]");
    kept(&(1_u8, "b".to_owned()), "[1,\"b\"]");
    kept(&Person { name: "Ada".into(), age: None }, r#"{"name":"Ada","age":null}"#);
    kept(&BTreeMap::from([("k".to_owned(), 1)]), r#"{"k":1}"#);
    kept(&Shape::Point, "Point");
    kept(&Shape::Circle { radius: 2.0 }, r#"{"Circle":{"radius":2.0}}"#);
    kept(&Shape::Named("Point".into()), r#"{"Named":"Point"}"#);
    kept(&Some("x".to_owned()), "x");
    kept(&None::<i32>, "null");
    kept(&Some(3), "3");
}

#[test]
fn where_any_type_will_do_bytes_are_json_when_they_can_be() {
    assert_eq!(read::<Json>(b"{\"a\": 1}").unwrap(), json!({"a": 1}));
    assert_eq!(read::<Json>(b"42").unwrap(), json!(42));
    assert_eq!(read::<Json>(b"1 2").unwrap(), json!("1 2"));
    assert_eq!(read::<Json>(b"hello").unwrap(), json!("hello"));
    assert_eq!(read::<Json>(b"\xff").unwrap(), json!("\u{fffd}"));
}

#[test]
fn bytes_of_another_type_are_refused() {
    assert!(read::<i64>(b"hello").is_err());
    assert!(read::<i64>(b"1 2").is_err());
    assert!(read::<u8>(b"256").is_err());
    assert!(read::<Person>(b"Ada").is_err());
    assert!(read::<Shape>(b"Square").is_err());
    assert!(write(&BTreeMap::from([(vec![1], 2)])).is_err());
}

proptest! {
    #[test]
    fn every_text_comes_back(text in any::<String>()) {
        prop_assert_eq!(read::<String>(&write(&text).unwrap()).unwrap(), text);
    }

    #[test]
    fn any_bytes_are_answered(bytes in any::<Vec<u8>>()) {
        drop(read::<Shape>(&bytes));
        drop(read::<Person>(&bytes));
        read::<Json>(&bytes).unwrap();
    }
}
