use super::Inference;
use crate::column::Column;
use crate::value::{Kind, Value};

fn of(inference: Inference, kind: Kind, cells: &[&str]) -> String {
    let column: Column = cells.iter().map(|text| Some(Value::new(kind, *text))).collect();
    let mut inference = inference;
    inference.add(&column);
    let inferred = inference.finish();
    format!("{} {}", inferred.field_type.name(), inferred.format)
}

fn inferred(kind: Kind, cells: &[&str]) -> String {
    of(Inference::new(&[String::new()]), kind, cells)
}

#[test]
fn texts_get_the_first_type_that_fits_them_all() {
    let cases: [(&[&str], &str); 20] = [
        (&["1", "", "2"], "integer default"),
        (&["1", "2.5"], "number default"),
        (&["1", "x"], "string default"),
        (&["true", "False"], "boolean default"),
        (&["2020-01-31"], "date %Y-%m-%d"),
        (&["01/02/2020"], "date %d/%m/%Y"),
        (&["01/02/2020", "01/31/2020"], "date %m/%d/%Y"),
        (&["20200101", "20201231"], "date %Y%m%d"),
        (&["20200101", "20209999"], "integer default"),
        (&["202011"], "date %Y%m%d"),
        (&["1.2.2020"], "date %d.%m.%Y"),
        (&["10:11:12"], "time default"),
        (&["2020-01-01T10:11:12Z"], "datetime default"),
        (&["2020-01-01T10:11:12"], "string default"),
        (&["P1Y", "PT5M"], "duration default"),
        (&["1,2", "10.5, 20"], "geopoint default"),
        (&["[1]", "[]"], "array default"),
        (&["{}", "{\"a\": 1}"], "object default"),
        (&[r#"{"type": "Point", "coordinates": [1, 2]}"#], "geojson default"),
        (&["", ""], "string default"),
    ];
    for (cells, expected) in cases {
        assert_eq!(inferred(Kind::Text, cells), expected, "{cells:?}");
    }
}

#[test]
fn typed_cells_are_judged_by_their_value() {
    assert_eq!(inferred(Kind::Integer, &["1"]), "integer default");
    assert_eq!(inferred(Kind::Float, &["1.0"]), "integer default");
    assert_eq!(inferred(Kind::Float, &["1.5"]), "number default");
    assert_eq!(inferred(Kind::Boolean, &["true"]), "boolean default");
    assert_eq!(inferred(Kind::Date, &["2020-01-01"]), "date %Y-%m-%d");
    assert_eq!(inferred(Kind::DateTime, &["2020-01-01T00:00:00"]), "datetime default");
    assert_eq!(inferred(Kind::Json, &["[1, 2]"]), "geopoint default");
    assert_eq!(inferred(Kind::Json, &[r#"["1", "2"]"#]), "array default");
}

#[test]
fn nulls_vote_for_any_only_when_they_are_counted() {
    let column: Column = [Some(Value::new(Kind::Integer, "1")), None].into_iter().collect();
    let name = |mut inference: Inference| {
        inference.add(&column);
        inference.finish().field_type.name()
    };
    assert_eq!(name(Inference::new(&[])), "integer");
    assert_eq!(name(Inference::new(&[]).counting_nulls()), "any");
}

#[test]
fn with_less_confidence_some_cells_may_differ() {
    let inference = Inference::new(&[]).with_confidence(0.75);
    assert_eq!(of(inference, Kind::Text, &["a", "1", "2", "3"]), "integer default");
}
