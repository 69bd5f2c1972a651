use std::sync::Arc;

use arrow::array::{
    Array, AsArray, BinaryArray, Decimal128Array, Decimal256Array, DictionaryArray,
    DurationMillisecondArray, Float32Array, Float64Array, Int8Array, Int16DictionaryArray,
    Int32Array, LargeStringArray, ListArray, MapBuilder, NullArray, StringArray, StringBuilder,
    StructArray, Time32SecondArray, Time64NanosecondArray, TimestampMillisecondArray,
    TimestampNanosecondArray, TimestampSecondArray, UInt64Array,
};
use arrow::array::{Date32Array, Date64Array, Int32Builder};
use arrow::datatypes::{Date32Type, Field, Int32Type, Int64Type, TimestampMicrosecondType, i256};
use proptest::prelude::{Strategy, any, prop, prop_assert_eq, proptest};

use super::plan::{TypePlan, TypedField, to_arrays};
use super::*;
use crate::Batch;
use crate::form::has_form;

fn column(kind: Kind, texts: &[&str]) -> Column {
    texts.iter().map(|text| (*text != "null").then(|| Value::new(kind, *text))).collect()
}

fn texts(column: &Column) -> Vec<&str> {
    column.cells().iter().map(|cell| cell.unwrap_or("null")).collect()
}

fn read(array: impl Array + 'static) -> (Kind, Vec<String>) {
    let array: ArrayRef = Arc::new(array);
    let column = from_arrow(&array);
    for text in column.cells().iter().flatten() {
        assert!(has_form(column.kind(), text), "{text:?} is no {:?}", column.kind());
    }
    (column.kind(), texts(&column).into_iter().map(str::to_owned).collect())
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// `column` as an array of `data_type` and back.
fn there_and_back(column: &Column, data_type: &DataType) -> Result<Column, TypedError> {
    to_arrow(column, data_type).map(|array| from_arrow(&array))
}

#[test]
fn each_table_schema_type_has_an_arrow_type_that_gives_the_text_back() {
    let cases: [(&str, Kind, &[&str]); 7] = [
        ("integer", Kind::Integer, &["0", "-7", "null", "9223372036854775807", "123456789012"]),
        ("year", Kind::Integer, &["2020"]),
        ("number", Kind::Number, &["1.50", "-0.01", "0.00", "null", "123.45"]),
        ("boolean", Kind::Boolean, &["true", "null", "false"]),
        ("date", Kind::Date, &["0001-01-01", "1969-12-31", "2024-02-29", "9999-12-31", "null"]),
        ("time", Kind::Time, &["00:00:00", "23:59:59.999999", "10:11:12.5", "null"]),
        ("datetime", Kind::DateTime, &["0001-01-01T00:00:00", "2020-12-31T10:11:12.25", "null"]),
    ];
    for (name, kind, cells) in cases {
        let given = column(kind, cells);
        let back = there_and_back(&given, &data_type(name, 2)).unwrap();
        assert_eq!((back.kind(), texts(&back)), (kind, texts(&given)), "{name}");
    }
    for name in ["string", "any", "object", "duration", "yearmonth", "geopoint"] {
        assert_eq!(data_type(name, 2), DataType::Utf8, "{name}");
    }
}

#[test]
fn a_decimal_takes_every_spelling_of_a_fitting_number() {
    let given = column(Kind::Number, &["1", "1.5", "1.500", "15E-1", "1E+3", "0E-9", "-2.5E+2"]);
    let back = there_and_back(&given, &data_type("number", 2)).unwrap();
    assert_eq!(texts(&back), ["1.00", "1.50", "1.50", "1.50", "1000.00", "0.00", "-250.00"]);
}

#[test]
fn a_value_that_does_not_fit_names_its_row_and_the_fix() {
    let cases = [
        (Kind::Integer, "9223372036854775808", data_type("integer", 0), Misfit::IntegerRange),
        (Kind::Integer, "1".repeat(60).leak(), data_type("integer", 0), Misfit::IntegerRange),
        (Kind::Number, "1.234", data_type("number", 2), Misfit::Scale { digits: 3, scale: 2 }),
        (Kind::Number, "1E-50", data_type("number", 2), Misfit::Scale { digits: 50, scale: 2 }),
        (Kind::Number, "1E+37", data_type("number", 2), Misfit::Precision { scale: 2 }),
        (Kind::Number, "1E+99999", data_type("number", 2), Misfit::Precision { scale: 2 }),
        (Kind::Number, "NaN", data_type("number", 2), Misfit::NotFinite),
        (Kind::Number, "-Infinity", data_type("number", 2), Misfit::NotFinite),
        (Kind::Text, "x", data_type("integer", 2), Misfit::Form { expected: "an integer" }),
        (Kind::Text, "", data_type("integer", 2), Misfit::Form { expected: "an integer" }),
        (Kind::Text, "-", data_type("number", 2), Misfit::Form { expected: "a number" }),
        (Kind::Text, "1.2.3", data_type("number", 2), Misfit::Form { expected: "a number" }),
        (Kind::Text, "2023-02-29", DataType::Date32, Misfit::Form { expected: "a date" }),
        (Kind::Text, "24:00:00", data_type("time", 0), Misfit::Form { expected: "a time" }),
        (
            Kind::Text,
            "2020-01-01 00:00:00",
            data_type("datetime", 0),
            Misfit::Form { expected: "a datetime" },
        ),
    ];
    for (kind, text, data_type, problem) in cases {
        let error = to_arrow(&column(kind, &["null", text]), &data_type).unwrap_err();
        assert_eq!((error.row, error.problem), (1, problem), "{text}");
        assert!(!error.problem.fix().is_empty());
    }
}

#[test]
fn an_integer_may_be_written_as_a_whole_decimal() {
    let given = column(Kind::Number, &["3.0", "1E+3", "-12.00"]);
    assert_eq!(texts(&there_and_back(&given, &DataType::Int64).unwrap()), ["3", "1000", "-12"]);
}

#[test]
fn offsets_are_moved_to_utc() {
    let given = column(
        Kind::DateTime,
        &["2020-01-01T01:30:00+02:00", "2020-01-01T01:30:00.5-00:30", "2020-01-01T00:00:00"],
    );
    let utc = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    let back = there_and_back(&given, &utc).unwrap();
    assert_eq!(
        texts(&back),
        ["2019-12-31T23:30:00", "2020-01-01T02:00:00.5", "2020-01-01T00:00:00"]
    );
}

#[test]
fn mixed_cells_are_read_as_the_values_they_encode() {
    let mixed: Column = [
        Some(Value::new(Kind::Integer, "1")),
        None,
        Some(Value::new(Kind::Number, "2.5")),
        Some(Value::new(Kind::Text, "3")),
    ]
    .into_iter()
    .collect();
    assert_eq!(mixed.kind(), Kind::Json);
    let back = there_and_back(&mixed, &data_type("number", 1)).unwrap();
    assert_eq!(texts(&back), ["1.0", "null", "2.5", "3.0"]);
    assert_eq!(texts(&there_and_back(&mixed, &DataType::Utf8).unwrap()), ["1", "null", "2.5", "3"]);
}

#[test]
fn nested_values_become_json_without_tags() {
    let cases = [
        (r#"[{"type{decimal}": "1.50"}, {"type{decimal}": "2"}]"#, "[1.5, 2]"),
        (r#"{"a": {"type{datetime}": "2020-01-01 00:00:00"}}"#, r#"{"a": "2020-01-01T00:00:00"}"#),
        (r#"{"type{decimal}": "NaN", "b": 1}"#, r#"{"type{decimal}": "NaN", "b": 1}"#),
        (
            r#"{"z": "\u00e9", "a": [{"type{date}": "nonsense"}]}"#,
            r#"{"z": "é", "a": [{"type{date}": "nonsense"}]}"#,
        ),
        (r#"{"z": 1,"a":2}"#, r#"{"z": 1,"a":2}"#),
        (r#"[NaN, "\u00e9"]"#, r#"[NaN, "\u00e9"]"#),
    ];
    for (wire, plain) in cases {
        let given = column(Kind::Json, &[wire]);
        assert_eq!(texts(&there_and_back(&given, &DataType::Utf8).unwrap()), [plain]);
    }
}

#[test]
fn numbers_of_every_width_are_read() {
    assert_eq!(read(Int8Array::from(vec![-128])), (Kind::Integer, owned(&["-128"])));
    assert_eq!(
        read(UInt64Array::from(vec![Some(u64::MAX), None])),
        (Kind::Integer, owned(&["18446744073709551615", "null"]))
    );
    assert_eq!(
        read(Float64Array::from(vec![1.0, 0.1, -0.0, 1e16, 1e-5, 0.0001, f64::NAN, f64::INFINITY])),
        (
            Kind::Float,
            owned(&["1.0", "0.1", "-0.0", "1e+16", "1e-05", "0.0001", "NaN", "Infinity"])
        )
    );
    assert_eq!(
        read(Float32Array::from(vec![0.1, 16_777_216.0, 1e20])),
        (Kind::Float, owned(&["0.1", "16777216.0", "1e+20"]))
    );
}

#[test]
fn decimals_are_written_as_python_writes_them() {
    let scaled = |values: Vec<i128>, scale| {
        read(Decimal128Array::from(values).with_precision_and_scale(38, scale).unwrap())
    };
    assert_eq!(
        scaled(vec![150, -5, 0, 123_456], 2),
        (Kind::Number, owned(&["1.50", "-0.05", "0.00", "1234.56"]))
    );
    assert_eq!(
        scaled(vec![1, 0, 10, 123], 7),
        (Kind::Number, owned(&["1E-7", "0E-7", "0.0000010", "0.0000123"]))
    );
    assert_eq!(scaled(vec![12, 0], -3), (Kind::Number, owned(&["1.2E+4", "0E+3"])));
    let wide = Decimal256Array::from(vec![i256::from(-12_345)]);
    assert_eq!(
        read(wide.with_precision_and_scale(60, 3).unwrap()),
        (Kind::Number, owned(&["-12.345"]))
    );
}

#[test]
fn times_of_every_unit_are_read() {
    assert_eq!(read(Date32Array::from(vec![0])), (Kind::Date, owned(&["1970-01-01"])));
    assert_eq!(read(Date64Array::from(vec![-1])), (Kind::Date, owned(&["1969-12-31"])));
    assert_eq!(read(Time32SecondArray::from(vec![3661])), (Kind::Time, owned(&["01:01:01"])));
    assert_eq!(
        read(Time64NanosecondArray::from(vec![1_500_000_999])),
        (Kind::Time, owned(&["00:00:01.5"]))
    );
    assert_eq!(
        read(TimestampMillisecondArray::from(vec![-1])),
        (Kind::DateTime, owned(&["1969-12-31T23:59:59.999"]))
    );
    assert_eq!(
        read(TimestampNanosecondArray::from(vec![1_000])),
        (Kind::DateTime, owned(&["1970-01-01T00:00:00.000001"]))
    );
    for (zone, text) in [
        ("UTC", "1970-01-01T00:00:00"),
        ("+00:00", "1970-01-01T00:00:00"),
        ("Europe/Berlin", "1970-01-01T00:00:00"),
        ("+02:00", "1970-01-01T02:00:00+02:00"),
        ("-0330", "1969-12-31T20:30:00-03:30"),
    ] {
        let array = TimestampSecondArray::from(vec![0]).with_timezone(zone);
        assert_eq!(read(array), (Kind::DateTime, owned(&[text])), "{zone}");
    }
    assert_eq!(
        read(DurationMillisecondArray::from(vec![90_061_500, 0, -1_000, 60_000])),
        (Kind::Duration, owned(&["P1DT1H1M1.5S", "P0D", "-PT1S", "PT1M"]))
    );
}

#[test]
fn a_date_that_has_no_canonical_text_makes_its_column_text() {
    let (kind, cells) = read(Date32Array::from(vec![Some(0), None, Some(3_000_000)]));
    assert_eq!((kind, cells.len()), (Kind::Text, 3));
    assert_eq!(cells.first().map(String::as_str), Some("1970-01-01"));
    let (kind, _) = read(TimestampSecondArray::from(vec![i64::MAX]));
    assert_eq!(kind, Kind::Text);
}

#[test]
fn texts_share_the_buffers_they_came_in() {
    let long = "a text that is too long for a view";
    let array: ArrayRef = Arc::new(StringArray::from(vec![long, "short"]));
    let column = from_arrow(&array);
    assert_eq!(
        column.cells().data_buffers().first().unwrap().as_ptr(),
        array.as_string::<i32>().values().as_ptr()
    );
    assert_eq!(
        read(LargeStringArray::from(vec![Some(long), None])),
        (Kind::Text, owned(&[long, "null"]))
    );
}

#[test]
fn a_dictionary_is_read_as_its_values() {
    let array: Int16DictionaryArray = [Some("b"), None, Some("a"), Some("b")].into_iter().collect();
    assert_eq!(read(array.clone()), (Kind::Text, owned(&["b", "null", "a", "b"])));
    assert_eq!(read(array.slice(3, 1)), (Kind::Text, owned(&["b"])));
    let values: ArrayRef = Arc::new(Date32Array::from(vec![Some(1), None]));
    let dates = DictionaryArray::<Int32Type>::new(Int32Array::from(vec![0, 1, 0]), values);
    assert_eq!(read(dates), (Kind::Date, owned(&["1970-01-02", "null", "1970-01-02"])));
}

#[test]
fn bytes_become_base64() {
    let array = BinaryArray::from(vec![&b""[..], b"f", b"fo", b"foo", b"\xff\xfe\xfd\xfc"]);
    assert_eq!(read(array), (Kind::Text, owned(&["", "Zg==", "Zm8=", "Zm9v", "//79/A=="])));
}

#[test]
fn nested_values_become_json_of_the_wire() {
    let list = ListArray::from_iter_primitive::<Int64Type, _, _>([
        Some(vec![Some(1), None]),
        None,
        Some(vec![]),
        Some(vec![Some(2)]),
    ]);
    assert_eq!(read(list.clone()), (Kind::Json, owned(&["[1, null]", "null", "[]", "[2]"])));
    assert_eq!(read(list.slice(3, 1)), (Kind::Json, owned(&["[2]"])));

    let dates: ArrayRef =
        Arc::new(arrow::array::PrimitiveArray::<Date32Type>::from(vec![Some(0), None, None, None]));
    let lists: ArrayRef = Arc::new(list.clone());
    let record = StructArray::from(vec![
        (Arc::new(Field::new("day \"1\"", DataType::Date32, true)), dates),
        (Arc::new(Field::new("list", list.data_type().clone(), true)), lists),
    ]);
    let (kind, cells) = read(record.slice(0, 2));
    assert_eq!(kind, Kind::Json);
    assert_eq!(
        cells,
        [
            r#"{"day \"1\"": {"type{date}": "1970-01-01"}, "list": [1, null]}"#,
            r#"{"day \"1\"": null, "list": null}"#
        ]
    );

    let mut map = MapBuilder::new(None, StringBuilder::new(), Int32Builder::new());
    map.keys().append_value("é");
    map.values().append_value(5);
    map.append(true).unwrap();
    map.append(false).unwrap();
    assert_eq!(read(map.finish()), (Kind::Json, owned(&[r#"{"\u00e9": 5}"#, "null"])));
    assert_eq!(read(NullArray::new(2)), (Kind::Text, owned(&["null", "null"])));
}

fn batch(columns: &[(&str, Column)]) -> Batch {
    let rows = columns.first().map_or(0, |(_, column)| column.len());
    Batch::new(rows, columns.iter().map(|(name, column)| ((*name).into(), column.clone())))
}

#[test]
fn a_plan_takes_scales_and_zones_from_the_first_rows() {
    let fields = ["n", "t", "u"]
        .map(|name| TypedField::new(name, if name == "n" { "number" } else { "datetime" }));
    let mut plan = TypePlan::new(fields);
    assert!(!plan.is_settled());
    plan.observe(&batch(&[
        ("n", column(Kind::Number, &["1", "2.50", "1E-4", "NaN"])),
        ("t", column(Kind::DateTime, &["2020-01-01T00:00:00"; 4])),
        ("u", column(Kind::DateTime, &["2020-01-01T00:00:00+01:00"; 4])),
    ]));
    let schema = plan.schema();
    let types: Vec<&DataType> = schema.fields().iter().map(|field| field.data_type()).collect();
    let utc = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    assert_eq!(types, [&DataType::Decimal128(38, 4), &data_type("datetime", 0), &utc]);
    plan.observe(&Batch::empty(crate::limits::SCALE_ROWS_MAX));
    assert!(plan.is_settled());
}

#[test]
fn a_plan_that_needs_no_rows_is_settled_at_once() {
    let descriptor = |json: &str| TypedField::from_descriptor(&serde_json::from_str(json).unwrap());
    let plan = TypePlan::new([
        descriptor(r#"{"name": "a", "type": "number", "scale": 3}"#),
        descriptor(r#"{"name": "b", "type": "number", "floatNumber": true}"#),
        descriptor(r#"{"name": "c"}"#),
    ]);
    assert!(plan.is_settled());
    let schema = plan.schema();
    let types: Vec<&DataType> = schema.fields().iter().map(|field| field.data_type()).collect();
    assert_eq!(types, [&DataType::Decimal128(38, 3), &DataType::Float64, &DataType::Utf8]);
}

#[test]
fn a_late_value_beyond_the_scale_is_refused_with_its_row_in_the_table() {
    let plan = TypePlan::new([TypedField { scale: Some(1), ..TypedField::new("n", "number") }]);
    let given = batch(&[("n", column(Kind::Number, &["1.5", "1.25"]))]);
    let error = to_arrays(&given, &plan.schema(), 70_000).unwrap_err();
    assert_eq!(
        error.to_string(),
        "row 70002, field `n`: `1.25` has 2 digits after the point, the column has 1; \
         set `scale: 2` on the field, or declare it as `string`"
    );
}

#[test]
fn a_field_without_a_column_is_null() {
    let plan = TypePlan::new([TypedField::new("a", "integer"), TypedField::new("b", "date")]);
    let given = batch(&[("b", column(Kind::Date, &["2020-01-01"]))]);
    let arrays = to_arrays(&given, &plan.schema(), 0).unwrap();
    assert_eq!(arrays.iter().map(|array| array.null_count()).collect::<Vec<_>>(), [1, 0]);
}

fn decimal_text() -> impl Strategy<Value = (String, u8)> {
    (any::<i64>(), 0_u8..19).prop_map(|(value, scale)| {
        let mut text = String::new();
        print::decimal(&mut text, value.into(), scale.cast_signed());
        (text, scale)
    })
}

proptest! {
    #[test]
    fn integers_come_back(values in prop::collection::vec(any::<Option<i64>>(), 0..40)) {
        let given: Column = values
            .iter()
            .map(|value| value.map(|value| Value::new(Kind::Integer, value.to_string())))
            .collect();
        let array = to_arrow(&given, &DataType::Int64).unwrap();
        prop_assert_eq!(array.as_primitive::<Int64Type>().iter().collect::<Vec<_>>(), values);
        let back = from_arrow(&array);
        prop_assert_eq!(texts(&back), texts(&given));
    }

    #[test]
    fn decimals_come_back((text, scale) in decimal_text()) {
        prop_assert_eq!(digits::scale_of(&text), scale);
        let given = column(Kind::Number, &[&text]);
        let back = there_and_back(&given, &data_type("number", scale)).unwrap();
        prop_assert_eq!(texts(&back), [text.as_str()]);
    }

    #[test]
    fn moments_come_back(us in -62_135_596_800_000_000_i64..253_402_300_800_000_000) {
        let array = arrow::array::PrimitiveArray::<TimestampMicrosecondType>::from(vec![us]);
        let array: ArrayRef = Arc::new(array);
        let column = from_arrow(&array);
        let text = column.text(0).unwrap();
        prop_assert_eq!(column.kind(), Kind::DateTime);
        assert!(has_form(Kind::DateTime, text), "{text}");
        let back = to_arrow(&column, array.data_type()).unwrap();
        prop_assert_eq!(&back, &array);
    }

    #[test]
    fn doubles_come_back(value in any::<f64>()) {
        let array: ArrayRef = Arc::new(Float64Array::from(vec![value]));
        let column = from_arrow(&array);
        let expected = model::python::float_text(value);
        prop_assert_eq!(column.text(0), Some(expected.as_str()));
        let back = to_arrow(&column, &DataType::Float64).unwrap();
        let back = back.as_primitive::<arrow::datatypes::Float64Type>().value(0);
        assert!(back == value || (back.is_nan() && value.is_nan()));
    }

    #[test]
    fn no_text_makes_the_parsers_panic(text in "\\PC{0,30}|[-+0-9.eE:T]{0,40}") {
        for name in ["integer", "number", "boolean", "date", "time", "datetime", "string"] {
            if let Ok(array) = to_arrow(&column(Kind::Text, &[&text]), &data_type(name, 3)) {
                assert_eq!(array.len(), 1);
            }
        }
    }
}
