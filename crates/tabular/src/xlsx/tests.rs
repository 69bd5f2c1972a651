use std::fs::File;
use std::io::Seek;

use proptest::prelude::{ProptestConfig, prop_assert_eq, proptest};

use super::*;
use crate::spreadsheet::{self, Options, SheetRows};
use crate::typed::testing::table;

fn columns(names: &[&str]) -> Vec<XlsxColumn> {
    names
        .iter()
        .map(|name| XlsxColumn { name: (*name).into(), header: (*name).to_owned() })
        .collect()
}

fn written(columns: &[XlsxColumn], batches: &[Batch]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    let output = Box::new(file.try_clone().unwrap());
    let mut writer = Box::new(XlsxWriter::new(output, columns, None).unwrap());
    for batch in batches {
        writer.write(batch).unwrap();
    }
    writer.finish().unwrap();
    file.rewind().unwrap();
    file
}

fn read(file: File) -> Vec<spreadsheet::Row> {
    let rows = SheetRows::open(file, spreadsheet::Format::Xlsx, &Options::default()).unwrap();
    rows.collect::<Result<_, _>>().unwrap()
}

/// What comes back of one cell.
fn back(kind: Kind, text: &str) -> Value<'static> {
    let column = [Some(Value::new(kind, text))].into_iter().collect();
    let batch = Batch::new(1, [("a".into(), column)]);
    let rows = read(written(&columns(&["a"]), &[batch]));
    rows[1][0].clone().unwrap()
}

#[test]
fn what_excel_has_exactly_stays_typed_and_the_rest_becomes_text() {
    let cases = [
        (Kind::Integer, "-123456789012345", Kind::Integer, "-123456789012345"),
        (Kind::Integer, "1234567890123456789", Kind::Text, "1234567890123456789"),
        (Kind::Number, "0.10", Kind::Float, "0.1"),
        (Kind::Number, "1E+3", Kind::Integer, "1000"),
        (Kind::Number, "0.00", Kind::Integer, "0"),
        (Kind::Number, "0.1234567890123456", Kind::Text, "0.1234567890123456"),
        (Kind::Number, "1E-999", Kind::Text, "1E-999"),
        (Kind::Number, "NaN", Kind::Text, "NaN"),
        (Kind::Float, "0.30000000000000004", Kind::Float, "0.30000000000000004"),
        (Kind::Float, "Infinity", Kind::Text, "Infinity"),
        (Kind::Boolean, "false", Kind::Boolean, "false"),
        (Kind::Date, "2020-02-29", Kind::Date, "2020-02-29"),
        (Kind::Date, "1899-12-31", Kind::Text, "1899-12-31"),
        (Kind::Date, "9999-12-31", Kind::Date, "9999-12-31"),
        (Kind::Time, "23:59:59.999", Kind::Time, "23:59:59.999"),
        (Kind::Time, "10:11:12.0001", Kind::Text, "10:11:12.0001"),
        (Kind::DateTime, "2020-02-29T00:00:00", Kind::DateTime, "2020-02-29T00:00:00"),
        (Kind::DateTime, "2020-02-29T10:11:12.25", Kind::DateTime, "2020-02-29T10:11:12.25"),
        (Kind::DateTime, "2020-02-29T10:11:12+02:00", Kind::Text, "2020-02-29T10:11:12+02:00"),
        (Kind::Duration, "P1D", Kind::Text, "P1D"),
        (Kind::Json, "[1, 2]", Kind::Text, "[1, 2]"),
        (Kind::Text, "=1+1", Kind::Text, "=1+1"),
        (Kind::Text, "+cmd|' /C calc'!A0", Kind::Text, "+cmd|' /C calc'!A0"),
        (Kind::Text, "http://example.org/", Kind::Text, "http://example.org/"),
        (Kind::Text, " a <b> & \"c\"\n ", Kind::Text, " a <b> & \"c\"\n "),
    ];
    for (kind, text, kind_back, text_back) in cases {
        assert_eq!(back(kind, text), Value::new(kind_back, text_back), "{kind:?} {text}");
    }
}

#[test]
fn columns_are_found_by_name_under_their_headers() {
    let batch = Batch::new(
        1,
        [
            ("b".into(), [Some(Value::new(Kind::Text, "2"))].into_iter().collect()),
            ("surplus".into(), Column::nulls(1)),
        ],
    );
    let mut columns = columns(&["a", "b"]);
    columns[1].header = "The second".into();
    let rows = read(written(&columns, &[batch]));
    let text = |text| Some(Value::new(Kind::Text, text));
    assert_eq!(rows, [vec![text("a"), text("The second")], vec![None, text("2")]]);
}

#[test]
fn the_same_rows_give_the_same_bytes() {
    let bytes = || {
        let mut bytes = Vec::new();
        let batch = Batch::new(1, [("a".into(), Column::nulls(1))]);
        let mut file = written(&columns(&["a"]), &[batch]);
        std::io::Read::read_to_end(&mut file, &mut bytes).unwrap();
        bytes
    };
    assert_eq!(bytes(), bytes());
}

#[test]
fn what_no_sheet_holds_is_refused() {
    let sink = || Box::new(std::io::sink());
    for name in ["", "a/b", "a name that is longer than thirty-one characters"] {
        assert!(XlsxWriter::new(sink(), &[], Some(name)).is_err(), "{name}");
    }
    let many: Vec<String> = (0..16_385).map(|at| at.to_string()).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert!(XlsxWriter::new(sink(), &columns(&many), None).is_err());

    let long = "x".repeat(32_768);
    let column = [None, Some(Value::new(Kind::Text, long))].into_iter().collect();
    let mut writer = XlsxWriter::new(sink(), &columns(&["a"]), None).unwrap();
    let error = writer.write(&Batch::new(2, [("a".into(), column)])).unwrap_err();
    assert!(error.to_string().starts_with("row 2, field `a`: "), "{error}");

    let mut writer = XlsxWriter::new(sink(), &[], None).unwrap();
    assert!(writer.write(&Batch::empty(1_048_575)).is_ok());
    assert!(writer.write(&Batch::empty(1)).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn tables_come_back((_, batch) in table(20)) {
        let names: Vec<&str> = batch.names().iter().map(|name| &**name).collect();
        let rows = read(written(&columns(&names), std::slice::from_ref(&batch)));
        for (column, at) in batch.columns().iter().zip(0..) {
            for row in 0..batch.rows() {
                let given = column.value(row);
                let cell = rows.get(row + 1).and_then(|cells| cells.get(at)).cloned().flatten();
                match (given, cell) {
                    (Some(given), Some(back)) if given.kind == Kind::Number => {
                        let number = |text: &str| text.parse::<f64>().unwrap();
                        prop_assert_eq!(number(&back.text), number(&given.text));
                    }
                    // An empty text and no text look the same in a sheet.
                    (Some(given), None) => prop_assert_eq!(&*given.text, ""),
                    (given, back) => prop_assert_eq!(
                        back.map(|value| value.text),
                        given.map(|value| value.text)
                    ),
                }
            }
        }
    }
}
