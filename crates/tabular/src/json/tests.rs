use std::io;
use std::sync::{Arc, Mutex};

use proptest::prelude::proptest;
use serde_json::json;

use super::{Layout, Numbers, Options, Writer, read};
use crate::batch::Batch;
use crate::column::Column;
use crate::format::{ReadError, RowWriter};
use crate::value::{Kind, Value};
use crate::wire::Encoder;
use crate::written::{FieldStyle, WrittenField};

fn load(parameters: &serde_json::Value, layout: Layout) -> Options {
    Options::parse(parameters.as_object().unwrap(), layout).unwrap()
}

/// The names of the columns, and the rows as the wire has them.
fn try_rows(text: &str, options: &Options) -> Result<(String, String), ReadError> {
    let mut reader = read(Box::new(io::Cursor::new(text.to_owned().into_bytes())), options)?;
    let names = reader.names().join("|");
    let mut rows = String::new();
    while let Some(batch) = reader.next_batch()? {
        Encoder::default().encode(&batch, &mut rows);
    }
    Ok((names, rows))
}

fn rows(text: &str, layout: Layout) -> (String, String) {
    try_rows(text, &load(&json!({}), layout)).unwrap()
}

fn refused(text: &str, layout: Layout) -> String {
    try_rows(text, &Options::new(layout)).unwrap_err().to_string()
}

// What dataflows gives for the same texts.
#[test]
fn rows_that_are_objects_have_the_keys_of_the_first() {
    let text = r#" [ {"b": 1.50, "a": 1} , {"a": 2, "c": [1]}, {"a": 1e3, "b": " x\u00e9 "} ] "#;
    let (names, rows) = rows(text, Layout::Array);
    assert_eq!(names, "a|b");
    assert_eq!(
        rows,
        "{\"a\": 1, \"b\": {\"type{decimal}\": \"1.50\"}}\n{\"a\": 2, \"b\": null}\n\
         {\"a\": {\"type{decimal}\": \"1E+3\"}, \"b\": \"x\\u00e9\"}\n"
    );
}

#[test]
fn rows_that_are_arrays_have_a_header() {
    let (names, found) =
        rows(r#"[["note"],["h","g", ""],[1,2.50],[true],[false,0]]"#, Layout::Array);
    assert_eq!(names, "h|g");
    assert_eq!(
        found,
        "{\"g\": {\"type{decimal}\": \"2.50\"}, \"h\": 1}\n{\"g\": null, \"h\": true}\n\
         {\"g\": 0, \"h\": false}\n"
    );
}

#[test]
fn lines_are_rows_and_their_numbers_doubles() {
    let (names, rows) =
        rows("{\"b\":1.50,\"a\":-0}\n\n{\"a\":null,\"b\":1e400}\r\n[7]", Layout::Lines);
    assert_eq!(names, "a|b");
    assert_eq!(
        rows,
        "{\"a\": 0, \"b\": 1.5}\n{\"a\": null, \"b\": Infinity}\n{\"a\": 7, \"b\": null}\n"
    );
}

#[test]
fn features_give_their_properties_and_the_geometry_as_text() {
    let text = r#"{"type":"FeatureCollection","features":[
        {"type":"Feature","properties":{"z":1,"a":"x"},
         "geometry":{"type":"Point","coordinates":[1.50,2]}},
        {"geometry":null,"properties":null}]}"#;
    let (names, rows) = rows(text, Layout::Features);
    assert_eq!(names, "z|a|__geometry");
    assert_eq!(
        rows,
        "{\"__geometry\": \"{\\\"type\\\": \\\"Point\\\", \\\"coordinates\\\": [1.5, 2]}\", \
         \"a\": \"x\", \"z\": 1}\n{\"__geometry\": \"null\", \"a\": null, \"z\": null}\n"
    );
}

#[test]
fn rows_may_lie_deeper() {
    let text =
        r#"{"x": [{"rows": 1}, "]}\""], "r": {"q": 2, "rows": [{"a": {"c":1, "b":[ ]}}], "z"#;
    let options = load(&json!({"property": "r.rows"}), Layout::Array);
    let (names, rows) = try_rows(text, &options).unwrap();
    assert_eq!((&*names, &*rows), ("a", "{\"a\": {\"b\": [], \"c\": 1}}\n"));
}

#[test]
fn parameters_of_load_are_followed() {
    let text = r#"[{"a": "1", "b": 2}, {"a": "% no"}, {"a": "3"}, {"a": "4"}, {"a": "5"}]"#;
    let options = load(&json!({"skip_rows": ["%", -1], "limit_rows": 2}), Layout::Array);
    assert_eq!(
        try_rows(text, &options).unwrap().1,
        "{\"a\": \"1\", \"b\": 2}\n{\"a\": \"3\", \"b\": null}\n"
    );
    let chosen = load(&json!({"headers": ["b", "c"], "limit_rows": 1}), Layout::Array);
    assert_eq!(try_rows(text, &chosen).unwrap().0, "b|c");
    let doubles = Options { numbers: Numbers::Double, ..Options::new(Layout::Array) };
    assert_eq!(try_rows("[{\"a\": 1.50}]", &doubles).unwrap().1, "{\"a\": 1.5}\n");
}

#[test]
fn text_that_is_no_table_is_refused_with_its_row() {
    let array = |text| refused(text, Layout::Array);
    assert!(array("{\"rows\": []}").contains("set `property`"));
    assert!(array("").contains("there is no array of rows"));
    assert!(array("[1]").contains("json, row 1: a row is an object or an array"));
    assert!(array("[{\"a\": 1}").contains("the array of rows has no end"));
    assert!(array("[{\"a\": 1} {}]").contains("row 1: expected `,` or `]` after the row"));
    assert!(array("[{\"a\": 1}, {\"a\": x}]").contains("row 2: expected a value at byte 6"));
    assert!(array("[{\"a\": \"x").contains("row 1: the text ends in the middle of a value"));
    assert!(array("[{\"a\": 1},]").contains("a row is an object or an array"));
    assert!(refused("{\"a\": 1}\noops", Layout::Lines).contains("jsonl, row 2: a row is"));
    assert!(refused("{\"f\": 1}", Layout::Features).contains("no property `features`"));
    assert_eq!(rows("[]", Layout::Array), (String::new(), String::new()));
}

#[test]
fn a_row_may_be_longer_than_many_blocks() {
    let long = "x\\\"[{,".repeat(1_000_000);
    let text = format!("[{{\"a\": \"{long}\"}}, {{\"a\": 1}}]");
    let (_, rows) = rows(&text, Layout::Array);
    assert!(rows.ends_with("{\"a\": 1}\n"));
    assert!(rows.len() > 6_000_000);
}

#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl io::Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn written(fields: Vec<WrittenField>, batches: &[Batch], layout: Layout) -> String {
    let sink = Sink::default();
    let mut writer = Writer::new(Box::new(sink.clone()), fields, layout);
    for batch in batches {
        writer.write(batch).unwrap();
    }
    Box::new(writer).finish().unwrap();
    let bytes = sink.0.lock().unwrap().clone();
    String::from_utf8(bytes).unwrap()
}

fn one(name: &str, kind: Kind, text: &str) -> (Arc<str>, Column) {
    (name.into(), [Some(Value::new(kind, text))].into_iter().collect())
}

fn field(name: &str, style: FieldStyle) -> WrittenField {
    WrittenField { style, ..WrittenField::plain(name) }
}

#[test]
fn values_are_written_as_dataflows_does() {
    let point = r#"[{"type{decimal}": "1.50"}, {"type{decimal}": "2"}]"#;
    let batch = Batch::new(
        1,
        [
            one("n", Kind::Number, "1.50"),
            one("i", Kind::Integer, "7"),
            one("big", Kind::Number, "1E+20"),
            one("t", Kind::Text, "é\"\n"),
            one("d", Kind::DateTime, "2020-01-02T03:04:05"),
            one("ym", Kind::Json, "[2020, 7]"),
            one("p", Kind::Json, point),
            one("o", Kind::Json, r#"{"b": {"type{decimal}": "1.5"}, "c": "\u00e9"}"#),
            one("b", Kind::Boolean, "true"),
        ],
    );
    let fields = vec![
        field("t", FieldStyle::Plain),
        field("n", FieldStyle::Plain),
        field("i", FieldStyle::Year),
        field("big", FieldStyle::Plain),
        field("d", FieldStyle::Plain),
        field("ym", FieldStyle::YearMonth),
        field("p", FieldStyle::GeoPoint),
        field("o", FieldStyle::Json),
        field("absent", FieldStyle::Plain),
        field("b", FieldStyle::Plain),
    ];
    let row = "{\"absent\": null, \"b\": true, \"big\": 1e+20, \"d\": \"2020-01-02T03:04:05\", \"i\": 7, \
        \"n\": 1.5, \"o\": {\"b\": 1.5, \"c\": \"\\u00e9\"}, \"p\": [1.5, 2.0], \"t\": \"\\u00e9\\\"\\n\", \
        \"ym\": \"2020-07\"}";
    let batches = [batch.clone(), batch.clone()];
    assert_eq!(written(fields.clone(), &batches, Layout::Array), format!("[{row},{row}]"));
    assert_eq!(written(fields.clone(), &batches, Layout::Lines), format!("{row}\n{row}\n"));
    assert_eq!(written(fields, &[], Layout::Array), "[]");
}

#[test]
fn features_are_written_with_their_geometry() {
    let fields = vec![
        field("z", FieldStyle::Plain),
        field("p", FieldStyle::GeoPoint),
        field("a", FieldStyle::Plain),
    ];
    let with = Batch::new(1, [one("p", Kind::Json, "[1, 2.5]"), one("z", Kind::Integer, "1")]);
    let without = Batch::new(1, [one("a", Kind::Text, "x")]);
    assert_eq!(
        written(fields, &[with, without], Layout::Features),
        "{\"type\": \"FeatureCollection\",\"features\":[\
         {\"geometry\": {\"coordinates\": [1.0, 2.5], \"type\": \"Point\"}, \
         \"properties\": {\"a\": null, \"z\": 1}, \"type\": \"Feature\"},\
         {\"geometry\": null, \"properties\": {\"a\": \"x\", \"z\": null}, \"type\": \"Feature\"}]}"
    );
    let shapes = vec![field("g", FieldStyle::GeoJson)];
    let shape = Batch::new(1, [one("g", Kind::Json, "{\"type\": \"Point\"}")]);
    assert!(
        written(shapes, &[shape], Layout::Features)
            .contains("{\"geometry\": {\"type\": \"Point\"}, ")
    );
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(texts in proptest::collection::vec("\\PC{0,20}", 1..50)) {
        let column: Column = texts.iter().map(|t| Some(Value::new(Kind::Text, t.as_str()))).collect();
        let batch = Batch::new(texts.len(), [("a".into(), column)]);
        for layout in [Layout::Array, Layout::Lines] {
            let text = written(vec![WrittenField::plain("a")], std::slice::from_ref(&batch), layout);
            let mut reader = read(Box::new(io::Cursor::new(text.into_bytes())), &Options::new(layout)).unwrap();
            let again = reader.next_batch().unwrap().unwrap();
            let cells: Vec<_> = again.column("a").unwrap().cells().iter().flatten().collect();
            assert_eq!(cells, texts);
        }
    }

    #[test]
    fn nearly_json_is_rows_or_an_error(text in "[\\[\\]{}\",:0-9a\\\\ \n]{0,40}") {
        for layout in [Layout::Array, Layout::Lines, Layout::Features] {
            for text in [text.clone(), format!("[{{\"a\":1}},{text}"), format!("{{\"features\":[{text}]}}")] {
                if let Err(error) = try_rows(&text, &Options::new(layout)) {
                    assert!(!error.to_string().is_empty());
                }
            }
        }
    }
}
