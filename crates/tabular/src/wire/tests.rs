use std::sync::Arc;

use proptest::prelude::{Just, Strategy, prop_oneof, proptest};

use super::{DecodeError, Decoder, Encoder};
use crate::batch::Batch;
use crate::column::Column;
use crate::value::{Kind, Value};

fn decode(lines: &[&str]) -> Batch {
    let mut decoder = Decoder::new([]);
    for line in lines {
        decoder.push(line.as_bytes()).unwrap();
    }
    decoder.finish()
}

fn encode(batch: &Batch) -> String {
    let mut out = String::new();
    Encoder::default().encode(batch, &mut out);
    out
}

fn problem(line: &str) -> String {
    Decoder::new([]).push(line.as_bytes()).unwrap_err().to_string()
}

#[test]
fn values_of_every_kind_come_out_as_they_came_in() {
    let line = concat!(
        r#"{"a": "caf\u00e9 \"q\"", "b": 12345678901234567890, "c": 1.50, "d": NaN, "#,
        r#""e": -Infinity, "f": true, "g": null, "h": [1, {"x": "}]"}], "#,
        r#""i": {"type{decimal}": "1.50"}, "j": {"type{datetime}": "2020-12-31 10:11:12"}, "#,
        r#""k": {}, "l": "", "m": 1e+16}"#,
        "\n"
    );
    let batch = decode(&[line]);
    assert_eq!(encode(&batch), line);
    assert_eq!(batch.column("i").unwrap().value(0), Some(Value::new(Kind::Number, "1.50")));
    assert_eq!(batch.column("a").unwrap().text(0), Some("café \"q\""));
}

#[test]
fn keys_may_differ_from_row_to_row() {
    let mut decoder = Decoder::new(["a", "absent", "b"].map(Arc::from));
    for line in [r#"{"b":1,"a":"x"}"#, r#"{"c":[],"a":2}"#, "{}", r#" { "a" : 3 , "b" : 4 } "#] {
        decoder.push(line.as_bytes()).unwrap();
    }
    let batch = decoder.finish();
    assert_eq!(batch.names(), ["a", "b", "c"].map(Arc::from));
    assert_eq!(
        encode(&batch),
        "{\"a\": \"x\", \"b\": 1, \"c\": null}\n{\"a\": 2, \"b\": null, \"c\": []}\n\
         {\"a\": null, \"b\": null, \"c\": null}\n{\"a\": 3, \"b\": 4, \"c\": null}\n"
    );
    decoder.push(br#"{"absent": 1}"#).unwrap();
    assert_eq!(decoder.finish().names(), ["absent"].map(Arc::from));
}

#[test]
fn the_last_of_equal_keys_wins() {
    let batch = decode(&[r#"{"a": 1, "a": "two"}"#]);
    assert_eq!(encode(&batch), "{\"a\": \"two\"}\n");
}

#[test]
fn a_key_may_hold_escapes() {
    let batch = decode(&[r#"{"a\u00e9\"": -0}"#]);
    assert_eq!(batch.names(), [Arc::from("aé\"")]);
    assert_eq!(encode(&batch), "{\"a\\u00e9\\\"\": 0}\n");
}

#[test]
fn text_that_is_no_row_is_refused_with_its_place() {
    assert_eq!(problem("oops"), "row 1 is not a JSON object: expected `{` at byte 0");
    assert_eq!(problem("[1]"), "row 1 is not a JSON object: expected `{` at byte 0");
    assert_eq!(problem(r#"{"a": 1"#), "row 1 is not a JSON object: expected `,` or `}` at byte 7");
    assert_eq!(problem(r#"{"a": 01}"#), "row 1 is not a JSON object: expected a value at byte 6");
    assert_eq!(problem(r#"{"a": 1} 2"#), "row 1 is not a JSON object: surplus text at byte 9");
    for line in [
        r#"{"a": 1,}"#,
        r#"{"a" 1}"#,
        r#"{"a": "x}"#,
        r#"{"a": [1,]}"#,
        r#"{"a": [1}]}"#,
        r#"{"a": {1: 2}}"#,
        r#"{"a": {"b": 1,}}"#,
        r#"{"a": {"b"}}"#,
        r#"{a: 1}"#,
        r#"{"a": .5}"#,
        r#"{"a": 1.}"#,
        r#"{"a": 1e}"#,
        r#"{"a": "\"#,
        "{",
        r#"{"a": [}"#,
        "{,}",
    ] {
        assert!(problem(line).starts_with("row 1 is not a JSON object"), "{line}");
    }
    let deep = format!(r#"{{"a": {}}}"#, "[".repeat(100_000));
    assert!(problem(&deep).contains("nested too deep"));
}

#[test]
fn a_bad_line_leaves_the_rows_before_it() {
    let mut decoder = Decoder::new([]);
    decoder.push(br#"{"a": 1}"#).unwrap();
    assert_eq!(decoder.push(b"{\"a\": \"\xff\"}"), Err(DecodeError::Encoding { line: 2 }));
    decoder.push(br#"{"a": 2, "b": x}"#).unwrap_err();
    assert_eq!(encode(&decoder.finish()), "{\"a\": 1}\n");
}

fn cell() -> impl Strategy<Value = Option<Value<'static>>> {
    let of = |kind, text: String| Some(Value::new(kind, text));
    prop_oneof![
        Just(None),
        "\\PC{0,20}|[\"\\\\\n\r\t\u{0}é\u{1F600}]{0,5}".prop_map(move |t| of(Kind::Text, t)),
        "-?[1-9][0-9]{0,30}".prop_map(move |t| of(Kind::Integer, t)),
        "-?[1-9][0-9]{0,20}\\.[0-9]{1,9}".prop_map(move |t| of(Kind::Number, t)),
        "-?[0-9]\\.[0-9]{1,9}(e\\+[1-9]{2})?".prop_map(move |t| of(Kind::Float, t)),
        "true|false".prop_map(move |t| of(Kind::Boolean, t)),
        "20[0-9]{2}-1[0-2]-[12][0-9]".prop_map(move |t| of(Kind::Date, t)),
        "20[0-9]{2}-1[0-2]-[12][0-9]T1[0-9]:[0-5][0-9]:00".prop_map(move |t| of(Kind::DateTime, t)),
        "\\[1, \"\\]\", \\{\"a\": null\\}\\]".prop_map(move |t| of(Kind::Json, t)),
    ]
}

proptest! {
    #[test]
    fn rows_round_trip(rows in proptest::collection::vec(proptest::array::uniform3(cell()), 1..20)) {
        let columns = (0..3).map(|at| {
            let column: Column = rows.iter().map(|row| row[at].clone()).collect();
            (Arc::from(format!("é{at}")), column)
        });
        let batch = Batch::new(rows.len(), columns);
        let text = encode(&batch);
        assert!(text.is_ascii());
        let again = decode(&text.lines().collect::<Vec<_>>());
        assert_eq!(encode(&again), text);
        for (name, column) in again.iter() {
            let before: Vec<_> = batch.column(name).unwrap().values().collect();
            assert_eq!(column.values().collect::<Vec<_>>(), before);
        }
    }

    #[test]
    fn any_bytes_are_a_row_or_an_error(line in proptest::collection::vec(proptest::num::u8::ANY, 0..40)) {
        let mut decoder = Decoder::new([]);
        let rows = usize::from(decoder.push(&line).is_ok());
        assert_eq!(decoder.finish().rows(), rows);
    }

    #[test]
    fn nearly_json_is_a_row_or_an_error(line in "[\\[\\]{}\",:0-9a\\\\ ]{0,30}") {
        let strict = serde_json::from_str::<serde_json::Value>(&format!("{{\"a\":{line}}}"));
        let ours = Decoder::new([]).push(format!("{{\"a\":{line}}}").as_bytes());
        if strict.is_ok() {
            assert!(ours.is_ok(), "{line}");
        }
    }
}
