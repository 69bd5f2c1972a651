use super::{Kind, Value};

fn wire(kind: Kind, text: &str) -> String {
    let mut out = String::new();
    Value::new(kind, text).write_wire(&mut out);
    out
}

#[test]
fn every_kind_round_trips_through_the_wire() {
    let cases = [
        (Kind::Text, "a \"b\" é", r#""a \"b\" \u00e9""#),
        (Kind::Integer, "123456789012345678901234567890", "123456789012345678901234567890"),
        (Kind::Number, "1.50", r#"{"type{decimal}": "1.50"}"#),
        (Kind::Number, "1E+3", r#"{"type{decimal}": "1E+3"}"#),
        (Kind::Float, "1.5", "1.5"),
        (Kind::Boolean, "true", "true"),
        (Kind::Date, "2020-12-31", r#"{"type{date}": "2020-12-31"}"#),
        (Kind::DateTime, "2020-12-31T10:11:12", r#"{"type{datetime}": "2020-12-31 10:11:12"}"#),
        (Kind::Time, "10:11:12", r#"{"type{time}": "10:11:12"}"#),
        (Kind::Duration, "P1DT12H", r#"{"type{duration}": "P1DT12H"}"#),
        (Kind::Json, "[2020, 7]", "[2020, 7]"),
    ];
    for (kind, text, json) in cases {
        assert_eq!(wire(kind, text), json);
        assert_eq!(Value::from_wire(json), Some(Value::new(kind, text)), "{json}");
    }
}

#[test]
fn a_tag_with_malformed_text_stays_an_object() {
    let json = r#"{"type{date}": "soon"}"#;
    assert_eq!(Value::from_wire(json), Some(Value::new(Kind::Json, json)));
}

#[test]
fn null_is_no_value() {
    assert_eq!(Value::from_wire(" null "), None);
}
