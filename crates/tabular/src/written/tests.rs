use serde_json::json;

use super::{FieldStyle, WrittenField, push_text};
use crate::value::{Kind, Value};

fn text(style: &FieldStyle, kind: Kind, text: &str) -> String {
    let mut out = String::new();
    push_text(&mut out, style, &Value::new(kind, text)).unwrap();
    out
}

#[test]
fn values_look_as_python_writes_them() {
    use FieldStyle::{Any, GeoJson, GeoPoint, Json, Pattern, Plain, Year, YearMonth};
    for (style, kind, canonical, expected) in [
        (Plain, Kind::Boolean, "true", "True"),
        (Any, Kind::Boolean, "false", "False"),
        (Plain, Kind::Number, "1E+3", "1E+3"),
        (Any, Kind::Float, "1.50", "1.5"),
        (Any, Kind::Float, "-Infinity", "-inf"),
        (Any, Kind::Float, "NaN", "nan"),
        (Plain, Kind::Integer, "7", "7"),
        (Year, Kind::Integer, "7", "0007"),
        (Year, Kind::Integer, "-7", "-007"),
        (YearMonth, Kind::Json, "[2020, 7]", "2020-07"),
        (GeoPoint, Kind::Json, r#"[{"type{decimal}": "1.50"}, {"type{decimal}": "2"}]"#, "1.50, 2"),
        (GeoJson, Kind::Json, r#"{"a": "\u00e9"}"#, r#"{"a": "\u00e9"}"#),
        (
            Json,
            Kind::Json,
            r#"{"a": ["\u00e9", {"type{decimal}": "1.5"}]}"#,
            r#"{"a": ["é", 1.5]}"#,
        ),
        (Any, Kind::Json, r#"{"a": [true, null, "x"]}"#, "{'a': [True, None, 'x']}"),
        (Any, Kind::DateTime, "2020-01-02T03:04:05", "2020-01-02 03:04:05"),
        (Plain, Kind::DateTime, "2020-01-02T03:04:05.5+02:00", "2020-01-02T03:04:05.5+02:00"),
        (Pattern("%d/%m/%y".into()), Kind::Date, "2020-01-02", "02/01/20"),
        (Pattern("%H.%M %f".into()), Kind::Time, "03:04:05.25", "03.04 250000"),
        (Pattern("%Y %H %z".into()), Kind::DateTime, "2020-01-02T03:04:05+02:00", "2020 03 +0200"),
        (Pattern("%Y %H".into()), Kind::DateTime, "2020-01-02T03:04:05", "2020 03"),
    ] {
        assert_eq!(text(&style, kind, canonical), expected, "{style:?} {canonical}");
    }
}

#[test]
fn a_pattern_that_is_none_is_an_error() {
    let date = Value::new(Kind::Date, "2020-01-02");
    let error = push_text(&mut String::new(), &FieldStyle::Pattern("%H".into()), &date);
    assert_eq!(error, Err("`%H` is no pattern for a Date".into()));
}

#[test]
fn a_descriptor_tells_the_style() {
    let descriptor = json!({"name": "d", "title": "Day", "type": "date", "out": "%d.%m."});
    let field = descriptor.as_object().unwrap();
    let written = WrittenField::from_descriptor(field, Some("out")).with_title(field);
    assert_eq!(written.style, FieldStyle::Pattern("%d.%m.".into()));
    assert_eq!((&*written.name, &*written.header), ("d", "Day"));
    assert_eq!(WrittenField::from_descriptor(field, None).style, FieldStyle::Plain);
}
