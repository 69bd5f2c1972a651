use tabular::Kind;

use super::Form;
use super::cell::{Cell, cell, date_time, time};
use super::ddl::quoted;

#[test]
fn moments_have_six_digits_after_the_point() {
    assert_eq!(time("10:11:12"), "10:11:12.000000");
    assert_eq!(time("10:11:12.5"), "10:11:12.500000");
    assert_eq!(date_time("2020-12-31T10:11:12"), "2020-12-31 10:11:12.000000");
    assert_eq!(date_time("2020-12-31T10:11:12.25-03:30"), "2020-12-31 10:11:12.250000-03:30");
}

#[test]
fn cells_of_mixed_columns_are_what_they_encode() {
    let text = |form, json| cell(form, Kind::Json, json).unwrap();
    assert_eq!(text(Form::Text, "\"a\""), Some(Cell::Text("a".into())));
    assert_eq!(text(Form::Text, "null"), None);
    assert_eq!(text(Form::Json, "\"a\""), Some(Cell::Text("\"a\"".into())));
    let dates = "[{\"type{date}\": \"2016-12-31\"}]";
    assert_eq!(text(Form::Json, dates), Some(Cell::Text("[\"2016-12-31\"]".into())));
    assert_eq!(text(Form::Month, "[2020, 1]"), Some(Cell::Text("2020-01".into())));
}

#[test]
fn quotes_in_names_are_doubled() {
    assert_eq!(quoted("a\"b"), "\"a\"\"b\"");
}
