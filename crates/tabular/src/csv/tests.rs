use std::io::{self, Read};

use arrow::array::Array;
use model::Map;
use proptest::prelude::{Strategy, any, prop_oneof, proptest};
use serde_json::json;

use super::{Options, read};
use crate::batch::Batch;
use crate::dialect::Dialect;
use crate::format::ReadError;
use crate::limits;

/// Gives its bytes a few at a time.
struct Trickle(io::Cursor<Vec<u8>>, usize);

impl Read for Trickle {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let length = out.len().min(self.1);
        self.0.read(&mut out[..length])
    }
}

mod writing;

fn plain() -> Options {
    Options { keep_breaks: true, ..Options::default() }
}

fn load(parameters: &serde_json::Value) -> Options {
    Options::parse(parameters.as_object().unwrap()).unwrap()
}

fn try_rows(bytes: &[u8], options: &Options) -> Result<Vec<Vec<Option<String>>>, ReadError> {
    let mut reader = read(Box::new(io::Cursor::new(bytes.to_vec())), options)?;
    let mut rows = vec![reader.names().iter().map(|name| Some(name.to_string())).collect()];
    while let Some(batch) = reader.next_batch()? {
        rows.extend(batch_rows(&batch));
    }
    Ok(rows)
}

fn batch_rows(batch: &Batch) -> Vec<Vec<Option<String>>> {
    for column in batch.columns() {
        column.cells().to_data().validate_full().unwrap();
    }
    (0..batch.rows())
        .map(|row| batch.columns().iter().map(|c| c.text(row).map(str::to_owned)).collect())
        .collect()
}

/// Rows as `a|b`, null as `~`, one below the other.
fn shown(bytes: &[u8], options: &Options) -> String {
    let rows = try_rows(bytes, options).unwrap();
    let cell = |cell: &Option<String>| cell.clone().unwrap_or_else(|| "~".into());
    let row = |row: &Vec<_>| row.iter().map(cell).collect::<Vec<_>>().join("|");
    rows.iter().map(row).collect::<Vec<_>>().join("\n")
}

fn refused(bytes: &[u8], options: &Options) -> String {
    try_rows(bytes, options).unwrap_err().to_string()
}

#[test]
fn every_kind_of_line_end_ends_a_row() {
    for text in ["a,b\n1,2\n3,4\n", "a,b\r\n1,2\r\n3,4", "a,b\r1,2\r3,4\r", "a,b\r\n1,2\r3,4\n"] {
        assert_eq!(shown(text.as_bytes(), &plain()), "a|b\n1|2\n3|4", "{text:?}");
    }
}

#[test]
fn quoted_cells_hold_anything() {
    let text =
        "a,b\n\"x, \"\"y\"\"\",\"\"\n\"1\r\n2\",\"a longer text, over twelve bytes\"\nx\"y, z";
    let expected = "a|b\nx, \"y\"|\n1\r\n2|a longer text, over twelve bytes\nx\"y| z";
    let options = Options { dialect: Some(Dialect::default()), ..plain() };
    assert_eq!(shown(text.as_bytes(), &options), expected);
    let folded = Options::default();
    assert_eq!(shown(b"a\n\"1\r\n2\r3\"\n", &folded), "a\n1\n2\n3");
}

#[test]
fn text_after_a_closing_quote_is_kept_as_python_does() {
    assert_eq!(shown(b"a,b\n\"x\"y\"z,1\n\"p\" ,2\n", &plain()), "a|b\nxy\"z|1\np |2");
}

#[test]
fn short_rows_are_null_and_long_rows_are_cut() {
    assert_eq!(shown(b"a,b,c\n1\n1,2,3,4\n,,\n", &plain()), "a|b|c\n1|~|~\n1|2|3\n||");
}

#[test]
fn blank_lines_are_skipped_unless_asked_for() {
    assert_eq!(shown(b"a,b\n\n1,2\n\r\n\n", &plain()), "a|b\n1|2");
    let kept = Options { blank_lines: true, ..plain() };
    assert_eq!(shown(b"a,b\n\n1,2\n", &kept), "a|b\n~|~\n1|2");
}

#[test]
fn parameters_of_load_are_followed() {
    let text = b"note\n\n id ;; n\xc3\xa4me \n 1 ;x; \xc2\xa0b \n# no;;\n2;;c\n3;;d\n";
    let options =
        load(&json!({"skip_rows": ["#", {"type": "preset", "value": "auto"}], "delimiter": ";"}));
    assert_eq!(shown(text, &options), "id|n\u{e4}me\n1|b\n2|c\n3|d");
    let limited = load(&json!({"limit_rows": 2, "strip": false, "delimiter": ";"}));
    assert_eq!(shown(text, &limited), "id|n\u{e4}me\n 1 | \u{a0}b \n# no|");
    let last =
        load(&json!({"skip_rows": [-1, 5, {"type": "preset", "value": "auto"}], "delimiter": ";"}));
    assert_eq!(shown(text, &last), "id|n\u{e4}me\n1|b\n2|c");
    let named =
        load(&json!({"headers": ["x", "y"], "skip_rows": [{"type": "preset", "value": "blank"}]}));
    assert_eq!(shown(b"1;2\n;\n3;4\n", &named), "x|y\n1|2\n3|4");
}

#[test]
fn dialects_with_escapes_and_null_texts_are_read() {
    let dialect = json!({"escapeChar": "\\", "quoteChar": "'", "skipInitialSpace": true,
        "nullSequence": "NA", "commentChar": "#"});
    let dialect = Dialect::parse(dialect.as_object().unwrap()).unwrap();
    let options = Options { keep_breaks: true, ..Options::with_dialect(dialect) };
    let text = b"a,b\n1\\,2, 'x\\'y\nz'\n# c\nNA,''\n\\N,end\\";
    assert_eq!(shown(text, &options), "a|b\n1,2|x'y\nz\n~|\nN|end");
}

#[test]
fn other_encodings_are_detected_or_named() {
    let text: Vec<u8> =
        "name,city\nJosé,São Paulo\n".chars().map(|c| u8::try_from(c).unwrap()).collect();
    assert_eq!(shown(&text, &plain()), "name|city\nJosé|São Paulo");
    let named = load(&json!({"encoding": "shift_jis"}));
    assert_eq!(shown(b"a\n\x82\xcd\n", &named), "a\nは");
    assert_eq!(shown(b"\xef\xbb\xbfa,b\n1,2\n", &plain()), "a|b\n1|2");
}

#[test]
fn a_wrong_encoding_is_an_error_with_its_row() {
    let wrong = load(&json!({"encoding": "utf-8"}));
    let error = refused(b"a\nx\n\"1\n2\"\ny\n\xe9\n", &wrong);
    assert_eq!(error, "csv, row 5: not valid UTF-8; set `encoding`, for example to `cp1252`");
    let unknown = refused(b"a\n", &load(&json!({"encoding": "klingon"})));
    assert!(unknown.contains("encoding `klingon` is not known"), "{unknown}");
}

#[test]
fn an_unclosed_quote_is_an_error_with_its_row() {
    let error = refused(b"a,b\n1,2\n3,\"4\n5,6\n", &plain());
    assert!(error.starts_with("csv, row 3: its quote is never closed"), "{error}");
}

#[test]
fn a_table_without_a_header_is_an_error() {
    assert!(refused(b"", &plain()).starts_with("not a readable csv table: row 1 should be"));
    assert_eq!(shown(b"", &load(&json!({"headers": ["a"]}))), "a");
    assert!(refused(b"a,b,a\n", &plain()).starts_with("duplicate header `a`"));
}

#[test]
fn nul_bytes_are_letters() {
    assert_eq!(shown(b"a,b\n\0,x\0y\n", &plain()), "a|b\n\0|x\0y");
}

#[test]
fn a_cell_may_be_longer_than_many_blocks() {
    let long = "x, \u{e9}".repeat(2 * 1024 * 1024);
    let text = format!("a,b,c\n1,\"{long}\",2\n3,4,5\n");
    let rows = try_rows(text.as_bytes(), &plain()).unwrap();
    assert_eq!(rows.len(), 3);
    assert_eq!(rows[1][1].as_deref(), Some(&*long));
    assert_eq!(rows[2][2].as_deref(), Some("5"));
}

#[test]
fn there_may_be_ten_thousand_columns() {
    let line = |row: usize| {
        (0..10_000).map(|column| format!("{row}_{column}")).collect::<Vec<_>>().join(",") + "\n"
    };
    let text: String = (0..12).map(line).collect();
    let rows = try_rows(text.as_bytes(), &plain()).unwrap();
    assert_eq!(rows.len(), 12);
    assert!(
        rows.iter().enumerate().all(|(row, cells)| cells[9_999] == Some(format!("{row}_9999")))
    );
}

#[test]
fn the_header_may_be_longer_than_a_block() {
    let name = "n".repeat(3 * limits::BLOCK_BYTES);
    let text = format!("{name},b\n1,2\n");
    assert!(shown(text.as_bytes(), &plain()) == format!("{name}|b\n1|2"));
}

#[test]
fn options_of_another_form_are_refused() {
    let parse = |parameters: &serde_json::Value| Options::parse(parameters.as_object().unwrap());
    assert!(parse(&json!({"encoding": 1})).is_err());
    assert!(parse(&json!({"delimiter": "ab"})).is_err());
    assert!(Options::parse(&Map::new()).is_ok());
}

fn cell() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-c]{0,14}",
        "[,\"\r\n\t;'a é\u{1F600}]{0,8}",
        proptest::collection::vec(any::<char>(), 0..6)
            .prop_map(|chars| chars.into_iter().collect()),
    ]
}

/// The text of a table in which every cell is quoted.
fn quoted(rows: &[Vec<String>]) -> String {
    let cell = |cell: &String| format!("\"{}\"", cell.replace('"', "\"\""));
    let row = |row: &Vec<String>| row.iter().map(cell).collect::<Vec<_>>().join(",") + "\r\n";
    rows.iter().map(row).collect()
}

proptest! {
    #[test]
    fn quoted_cells_come_back(
        rows in proptest::collection::vec(proptest::collection::vec(cell(), 3), 1..30),
        copies in 1_usize..50,
        step in 1_usize..100_000,
    ) {
        let rows: Vec<Vec<String>> = rows.iter().cycle().take(rows.len() * copies).cloned().collect();
        let text = format!("a,b,c\n{}", quoted(&rows));
        let options = Options { dialect: Some(Dialect::default()), encoding: Some("utf-8".into()), ..plain() };
        let input = Trickle(io::Cursor::new(text.into_bytes()), step);
        let mut reader = read(Box::new(input), &options).unwrap();
        let mut read_back = Vec::new();
        while let Some(batch) = reader.next_batch().unwrap() {
            read_back.extend(batch_rows(&batch));
        }
        let expected: Vec<Vec<Option<String>>> =
            rows.into_iter().map(|row| row.into_iter().map(Some).collect()).collect();
        assert_eq!(read_back, expected);
    }

    #[test]
    fn any_bytes_are_rows_or_an_error(bytes in "[,\"\r\n\\\\a é']{0,200}", escape in any::<bool>()) {
        let dialect = Dialect { escape: escape.then_some('\\'), ..Default::default() };
        let options = Options { dialect: Some(dialect), ..load(&json!({"headers": ["a", "b"]})) };
        for options in [&options, &load(&json!({"headers": ["a", "b"]}))] {
            if let Ok(rows) = try_rows(bytes.as_bytes(), options) {
                assert!(rows.iter().all(|row| row.len() == 2));
            }
        }
    }
}
