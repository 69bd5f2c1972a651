use super::{PointFormat, geo_json, geo_point, object, year_month};
use crate::value::{Kind, Value};

fn text(text: &str) -> Value<'_> {
    Value::new(Kind::Text, text)
}

#[test]
fn json_is_written_as_python_writes_it() {
    let cell = object(text("{\"b\":1.50,\"a\":\"é\"}")).unwrap();
    assert_eq!(cell, r#"{"b": 1.5, "a": "\u00e9"}"#);
    assert!(matches!(object(text(r#"{"a": [1, null]}"#)).unwrap(), std::borrow::Cow::Borrowed(_)));
}

#[test]
fn points_become_two_decimals() {
    let expected = r#"[{"type{decimal}": "10.50"}, {"type{decimal}": "20"}]"#;
    let cases = [
        (PointFormat::Plain, "10.50, 20"),
        (PointFormat::Array, "[10.50, 20]"),
        (PointFormat::Object, r#"{"lon": 10.50, "lat": "20"}"#),
    ];
    for (format, cell) in cases {
        assert_eq!(geo_point(&text(cell), format).as_deref(), Some(expected), "{cell}");
    }
    // What was cast once is cast to itself.
    let cast = Value::new(Kind::Json, expected);
    assert_eq!(geo_point(&cast, PointFormat::Plain).as_deref(), Some(expected));
}

#[test]
fn points_beyond_the_earth_are_refused() {
    for cell in ["180.1,0", "0,-91", "NaN,0", "1,2,3", "1"] {
        assert_eq!(geo_point(&text(cell), PointFormat::Plain), None, "{cell}");
    }
}

#[test]
fn a_month_has_a_year() {
    assert_eq!(year_month(&text("2020-7")).as_deref(), Some("[2020, 7]"));
    assert_eq!(year_month(&Value::new(Kind::Json, "[2020, 7]")).as_deref(), Some("[2020, 7]"));
    assert_eq!(year_month(&Value::new(Kind::Json, "[2020, 13]")), None);
}

#[test]
fn geojson_is_looked_into() {
    let valid = [
        r#"{"type": "Point", "coordinates": [1, 2]}"#,
        r#"{"type": "Feature", "geometry": null, "properties": null}"#,
        r#"{"type": "FeatureCollection", "features": []}"#,
        r#"{"type": "GeometryCollection", "geometries": [{"type": "Point", "coordinates": [1, 2]}]}"#,
        r#"{"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}"#,
    ];
    for cell in valid {
        assert!(geo_json(text(cell)).is_some(), "{cell}");
    }
    let invalid = [
        "{}",
        r#"{"type": "Point", "coordinates": [1]}"#,
        r#"{"type": "LineString", "coordinates": [[1, 2]]}"#,
        r#"{"type": "Feature", "properties": {}}"#,
        r#"{"type": "Point", "coordinates": [1, 2], "bbox": "wide"}"#,
    ];
    for cell in invalid {
        assert!(geo_json(text(cell)).is_none(), "{cell}");
    }
}
