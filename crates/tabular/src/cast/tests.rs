use model::{Json, Map};
use proptest::prelude::{Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest};
use serde_json::json;

use super::{Cast, Caster};
use crate::column::Column;
use crate::form;
use crate::schema::{Field, FieldType, Rule};
use crate::value::{Kind, Value};

fn field(json: Json) -> Field {
    let descriptor: Map = serde_json::from_value(json).unwrap();
    Field::parse(&descriptor).unwrap()
}

fn column(kind: Kind, cells: &[Option<&str>]) -> Column {
    cells.iter().map(|cell| cell.map(|text| Value::new(kind, text))).collect()
}

fn cast(json: Json, kind: Kind, cells: &[&str]) -> Cast {
    let cells: Vec<Option<&str>> = cells.iter().copied().map(Some).collect();
    Caster::new(&field(json), &[String::new()]).unwrap().cast(&column(kind, &cells))
}

fn texts(column: &Column) -> Vec<Option<&str>> {
    (0..column.len()).map(|row| column.text(row)).collect()
}

#[test]
fn canonical_cells_are_shared_and_missing_ones_hidden() {
    let source = column(Kind::Text, &[Some("1234567890123"), Some(""), None, Some("-5")]);
    let caster = Caster::new(&field(json!({"type": "integer"})), &[String::new()]).unwrap();
    let cast = caster.cast(&source);

    assert_eq!(cast.errors, []);
    assert_eq!(cast.column.kind(), Kind::Integer);
    assert_eq!(texts(&cast.column), [Some("1234567890123"), None, None, Some("-5")]);
    let buffer = |column: &Column| column.cells().data_buffers()[0].as_ptr();
    assert_eq!(buffer(&cast.column), buffer(&source));
}

#[test]
fn failed_cells_are_null_and_named() {
    let cast = cast(json!({"type": "integer"}), Kind::Text, &["1", "x", " 2 ", "y", "3"]);
    assert_eq!(texts(&cast.column), [Some("1"), None, Some("2"), None, Some("3")]);
    let errors: Vec<_> =
        cast.errors.iter().map(|e| (e.row, e.rule, e.text.as_str(), e.message.as_str())).collect();
    assert_eq!(
        errors,
        [
            (1, Rule::Type, "x", "`x` is not an integer"),
            (3, Rule::Type, "y", "`y` is not an integer"),
        ]
    );
}

#[test]
fn numbers_keep_their_digits_whatever_surrounds_them() {
    let plain = json!({"type": "number"});
    let cells =
        ["1.50", "1e3", "007", "1 000.0", ".5", "-nan", "123456789012345678901234567890.10"];
    assert_eq!(
        texts(&cast(plain, Kind::Text, &cells).column).into_iter().flatten().collect::<Vec<_>>(),
        ["1.50", "1E+3", "7", "1000.0", "0.5", "-NaN", "123456789012345678901234567890.10"]
    );
    let signs = json!({"type": "number", "bareNumber": false, "groupChar": ","});
    let cells = ["-$1,000.50", "$-5", "\u{2212}3 €", "$.50", "No.5", "95%"];
    assert_eq!(
        texts(&cast(signs, Kind::Text, &cells).column).into_iter().flatten().collect::<Vec<_>>(),
        ["-1000.50", "-5", "-3", "0.50", "5", "95"]
    );
}

#[test]
fn datetimes_keep_fractions_and_offsets() {
    let cells = [
        "2020-01-31T10:11:12Z",
        "2020-01-31T10:11:12",
        "2020-01-31T10:11:12.50+02:00",
        "2020-01-31T10:11:12+00:00",
        "2020-1-3T1:2:3Z",
        "2020-01-31T10:11:12.1234567Z",
    ];
    let cast = cast(json!({"type": "datetime"}), Kind::Text, &cells);
    assert_eq!(
        texts(&cast.column).into_iter().flatten().collect::<Vec<_>>(),
        [
            "2020-01-31T10:11:12",
            "2020-01-31T10:11:12",
            "2020-01-31T10:11:12.50+02:00",
            "2020-01-31T10:11:12",
            "2020-01-03T01:02:03",
            "2020-01-31T10:11:12.123456",
        ]
    );
}

#[test]
fn typed_columns_are_cast_by_value() {
    let cases = [
        ("integer", Kind::Number, "1E+3", Some("1000")),
        ("integer", Kind::Float, "3.0", Some("3")),
        ("integer", Kind::Float, "-0.0", Some("0")),
        ("integer", Kind::Float, "-1.2345678901234568e+28", Some("-12345678901234568227576610816")),
        ("integer", Kind::Float, "0.5", None),
        ("integer", Kind::Float, "Infinity", None),
        ("integer", Kind::Number, "1.5", None),
        ("integer", Kind::Number, "1E+999999999", None),
        ("integer", Kind::Boolean, "true", None),
        ("number", Kind::Integer, "7", Some("7")),
        ("number", Kind::Float, "1e+16", Some("1E+16")),
        ("date", Kind::DateTime, "2020-01-31T00:00:00", Some("2020-01-31")),
        ("date", Kind::DateTime, "2020-01-31T00:00:01", None),
        ("year", Kind::Integer, "2020", Some("2020")),
        ("year", Kind::Integer, "20200", None),
        ("string", Kind::Integer, "7", None),
    ];
    for (field_type, kind, text, expected) in cases {
        let cast = cast(json!({"type": field_type}), kind, &[text]);
        assert_eq!(cast.column.text(0), expected, "{text} as {field_type}");
        assert_eq!(cast.errors.is_empty(), expected.is_some());
    }
}

#[test]
fn mixed_columns_are_cast_cell_by_cell() {
    let cells = [r#""1""#, "2", r#"{"type{decimal}": "3.0"}"#, "null", r#""""#];
    let cast = cast(json!({"type": "integer"}), Kind::Json, &cells);
    assert_eq!(cast.errors, []);
    assert_eq!(texts(&cast.column), [Some("1"), Some("2"), Some("3"), None, None]);
}

#[test]
fn lists_are_cut_and_their_items_cast() {
    let dates = json!({"type": "list", "itemType": "date", "delimiter": ";"});
    let cast = cast(dates, Kind::Text, &["2020-01-31;2020-02-01"]);
    assert_eq!(
        cast.column.text(0),
        Some(r#"[{"type{date}": "2020-01-31"}, {"type{date}": "2020-02-01"}]"#)
    );
}

#[test]
fn constraints_name_what_they_miss() {
    let cases = [
        (
            json!({"type": "integer", "constraints": {"minimum": 2}}),
            "1",
            "is below the minimum `2`",
        ),
        (
            json!({"type": "number", "constraints": {"maximum": "1.5"}}),
            "1.51",
            "is above the maximum `1.5`",
        ),
        (
            json!({"type": "number", "constraints": {"minimum": 0}}),
            "NaN",
            "is below the minimum `0`",
        ),
        (
            json!({"type": "integer", "constraints": {"exclusiveMinimum": 1}}),
            "1",
            "is not above `1`",
        ),
        (
            json!({"type": "date", "constraints": {"exclusiveMaximum": "2020-01-01"}}),
            "2020-01-01",
            "is not below `2020-01-01`",
        ),
        (
            json!({"type": "duration", "constraints": {"maximum": "P1M"}}),
            "P31D",
            "is above the maximum `P1M`",
        ),
        (
            json!({"type": "yearmonth", "constraints": {"minimum": "2020-02"}}),
            "2020-01",
            "is below the minimum `[2020, 2]`",
        ),
        (json!({"constraints": {"minLength": 3}}), "éé", "has length 2, less than 3"),
        (
            json!({"type": "array", "constraints": {"maxLength": 1}}),
            "[1, 2]",
            "has length 2, more than 1",
        ),
        (json!({"constraints": {"pattern": "a|bc"}}), "ab", "does not match the pattern `a|bc`"),
        (
            json!({"type": "number", "constraints": {"enum": ["1.0", 2]}}),
            "3",
            "is none of `1.0`, `2`",
        ),
        (
            json!({"type": "integer", "categories": [1, {"value": 2, "label": "two"}]}),
            "3",
            "is none of `1`, `2`",
        ),
    ];
    for (json, cell, problem) in cases {
        let cast = cast(json.clone(), Kind::Text, &[cell]);
        let expected = format!("`{cell}` {problem}");
        assert_eq!(cast.errors.first().map(|e| &e.message), Some(&expected), "{json}");
        assert_eq!(cast.column.text(0), None);
    }
}

#[test]
fn equal_values_pass_however_they_are_written() {
    let cases = [
        (json!({"type": "number", "constraints": {"enum": ["1.0"]}}), "1.00"),
        (
            json!({"type": "datetime", "constraints": {"enum": ["2020-01-01T10:00:00Z"]}}),
            "2020-01-01T12:00:00+02:00",
        ),
        (
            json!({"type": "object", "constraints": {"enum": [{"a": 1, "b": 2}]}}),
            "{\"b\": 2, \"a\": 1}",
        ),
        (
            json!({"type": "object", "constraints": {"jsonSchema": {"required": ["a"]}}}),
            "{\"a\": 1}",
        ),
    ];
    for (json, cell) in cases {
        assert_eq!(cast(json.clone(), Kind::Text, &[cell]).errors, [], "{json}");
    }
}

#[test]
fn a_required_cell_must_be_there() {
    let required = field(json!({"constraints": {"required": true}}));
    let caster = Caster::new(&required, &[String::new(), "NA".into()]).unwrap();
    let cast = caster.cast(&column(Kind::Text, &[Some("a"), None, Some("NA")]));
    let broken: Vec<_> = cast.errors.iter().map(|e| (e.row, e.rule, e.text.as_str())).collect();
    assert_eq!(broken, [(1, Rule::Required, ""), (2, Rule::Required, "NA")]);
}

#[test]
fn constraints_that_mean_nothing_are_schema_errors() {
    let error = |json| Caster::new(&field(json), &[]).unwrap_err().to_string();
    assert_eq!(
        error(json!({"name": "a", "type": "integer", "constraints": {"minimum": "low"}})),
        "property `minimum` of field `a`: `\"low\"` is not a value of type `integer`"
    );
    assert!(error(json!({"constraints": {"pattern": "("}})).contains("`pattern`"));
    assert!(error(json!({"type": "date", "format": "%Q"})).contains("`%Q`"));
}

#[test]
fn differences_from_the_reference_are_as_documented() {
    // docs/compatibility.md, "Types"; what is given here was refused or other there.
    let cases = [
        (json!({"type": "integer", "groupChar": ","}), Kind::Text, "1,000", Some("1000")),
        (json!({"type": "date", "format": "any"}), Kind::Text, "1 May 68", Some("2068-05-01")),
        (json!({"type": "date", "format": "any"}), Kind::Text, "1 May 69", Some("1969-05-01")),
        (json!({"type": "duration"}), Kind::Text, "PT", None),
        (
            json!({"type": "duration", "constraints": {"maximum": "P1M"}}),
            Kind::Text,
            "P2D",
            Some("P2D"),
        ),
        (json!({"type": "year"}), Kind::Boolean, "true", None),
        (json!({"type": "yearmonth"}), Kind::Json, "[2020, 13]", None),
        (json!({"type": "array"}), Kind::Text, "[NaN, Infinity]", None),
        (json!({"type": "number"}), Kind::Text, "NaN12", Some("NaN")),
        (json!({"constraints": {"pattern": "a|b"}}), Kind::Text, "ax", None),
    ];
    for (json, kind, text, expected) in cases {
        let cast = cast(json.clone(), kind, &[text]);
        assert_eq!(cast.column.text(0), expected, "{json}");
    }
}

#[test]
fn booleans_are_shared_or_written_anew() {
    let plain = json!({"type": "boolean"});
    let cells = ["true", "false", "True", "0", " TRUE ", "yes"];
    let result = cast(plain, Kind::Text, &cells);
    let expected = [Some("true"), Some("false"), Some("true"), Some("false"), Some("true"), None];
    assert_eq!(texts(&result.column), expected);
    let own = json!({"type": "boolean", "trueValues": ["yes", 1], "falseValues": ["true"]});
    let result = cast(own.clone(), Kind::Text, &["yes", "true", "1"]);
    assert_eq!(texts(&result.column), [Some("true"), Some("false"), None]);
    assert_eq!(texts(&cast(own, Kind::Integer, &["1", "0"]).column), [Some("true"), None]);
}

#[test]
fn long_cells_are_cut_in_messages() {
    let cell = "x".repeat(1000);
    let cast = cast(json!({"type": "integer"}), Kind::Text, &[&cell]);
    assert_eq!(cast.errors[0].message.len(), 100 + "`...` is not an integer".len());
    assert_eq!(cast.errors[0].text, cell);
}

/// A field type and texts that are canonical in it.
fn canonical() -> impl Strategy<Value = (FieldType, Kind, String)> {
    let of = |field_type, kind| move |text: String| (field_type, kind, text);
    prop_oneof![
        any::<i128>()
            .prop_map(|number| number.to_string())
            .prop_map(of(FieldType::Integer, Kind::Integer)),
        "-?(0|[1-9][0-9]{0,30})([.][0-9]{1,6})?".prop_map(of(FieldType::Number, Kind::Number)),
        "[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])"
            .prop_filter("year 0", |text| !text.starts_with("0000"))
            .prop_map(of(FieldType::Date, Kind::Date)),
        "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,6})?"
            .prop_map(of(FieldType::Time, Kind::Time)),
        "20[0-9]{2}-0[1-9]-0[1-9]T1[0-9]:[0-5][0-9]:[0-5][0-9]([.][0-9]{1,6})?([+-]0[1-9]:30)?"
            .prop_map(of(FieldType::DateTime, Kind::DateTime)),
        "P[1-9]Y[1-9]M[1-9]DT[1-9]H[1-9]M[1-9]S".prop_map(of(FieldType::Duration, Kind::Duration)),
        "[a-z]{1,20}".prop_map(of(FieldType::String, Kind::Text)),
        "true|false".prop_map(of(FieldType::Boolean, Kind::Boolean)),
    ]
}

proptest! {
    #[test]
    fn canonical_texts_are_cast_to_themselves((field_type, kind, text) in canonical()) {
        prop_assert!(form::has_form(kind, &text), "{text}");
        let caster = Caster::new(&Field::plain("f", field_type), &[]).unwrap();
        for source in [Kind::Text, kind] {
            let cast = caster.cast(&column(source, &[Some(&text)]));
            prop_assert!(cast.errors.is_empty());
            prop_assert_eq!(cast.column.value(0), Some(Value::new(kind, text.as_str())));
        }
        // The same through the wire encoding, as in a mixed column.
        let wire = column(kind, &[Some(&text)]).to_json();
        let cast = caster.cast(&wire);
        prop_assert_eq!(cast.column.value(0), Some(Value::new(kind, text.as_str())));
    }

    #[test]
    fn every_text_is_cast_to_its_form_or_refused(text in "[ -~é٣]{0,12}|[-+0-9.eE_PTYMDHS:/]{0,12}") {
        for field_type in [
            FieldType::Any, FieldType::Array, FieldType::Boolean, FieldType::Date,
            FieldType::DateTime, FieldType::Duration, FieldType::GeoJson, FieldType::GeoPoint,
            FieldType::Integer, FieldType::List, FieldType::Number, FieldType::Object,
            FieldType::String, FieldType::Time, FieldType::Year, FieldType::YearMonth,
        ] {
            for format in ["default", "any", "%d/%m/%y %H:%M"] {
                let field = Field { format: format.into(), ..Field::plain("f", field_type) };
                let cast = Caster::new(&field, &[]).unwrap().cast(&column(Kind::Text, &[Some(&text)]));
                prop_assert_eq!(cast.column.text(0).is_none(), !cast.errors.is_empty());
                if let Some(result) = cast.column.text(0) {
                    prop_assert!(form::has_form(cast.column.kind(), result), "{result}");
                    let again = Caster::new(&field, &[]).unwrap().cast(&cast.column);
                    prop_assert_eq!(again.column.text(0), Some(result));
                }
            }
        }
    }
}
