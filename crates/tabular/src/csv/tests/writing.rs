//! Writing text tables, held against what the reference writes.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use proptest::prelude::proptest;

use super::{Dialect, Options, cell, plain, try_rows};
use crate::batch::Batch;
use crate::column::Column;
use crate::csv::{WriteOptions, Writer};
use crate::format::{RowWriter, WriteError};
use crate::value::{Kind, Value};
use crate::written::{FieldStyle, WrittenField};

#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn written(fields: Vec<WrittenField>, batch: &Batch, options: WriteOptions) -> String {
    let sink = Sink::default();
    let mut writer = Writer::new(Box::new(sink.clone()), fields, options).unwrap();
    writer.write(batch).unwrap();
    Box::new(writer).finish().unwrap();
    let bytes = sink.0.lock().unwrap().clone();
    String::from_utf8(bytes).unwrap()
}

fn column<'a>(kind: Kind, texts: &[Option<&'a str>]) -> Column {
    texts.iter().map(|text| text.map(|text: &'a str| Value::new(kind, text))).collect()
}

/// What is written for one column of texts.
fn texts(name: &str, cells: &[Option<&str>], delimiter: char) -> String {
    let batch = Batch::new(cells.len(), [(name.into(), column(Kind::Text, cells))]);
    let options = WriteOptions { delimiter, ..WriteOptions::default() };
    written(vec![WrittenField::plain(name)], &batch, options)
}

// Each as Python's csv.writer writes it.
#[test]
fn quotes_are_written_where_python_writes_them() {
    let cells = [
        Some("a"),
        Some(""),
        None,
        Some("a,b"),
        Some("say \"hi\""),
        Some("\""),
        Some("a\nb"),
        Some("a\rb"),
        Some(" a "),
        Some("a;b"),
        Some("'a'"),
        Some("a longer text, with a comma"),
        Some("a longer text without one"),
        Some("\t"),
        Some("é\u{1F600}"),
    ];
    assert_eq!(
        texts("a,b", &cells, ','),
        "\"a,b\"\r\na\r\n\"\"\r\n\"\"\r\n\"a,b\"\r\n\"say \"\"hi\"\"\"\r\n\"\"\"\"\r\n\"a\nb\"\r\n\
         \"a\rb\"\r\n a \r\na;b\r\n'a'\r\n\"a longer text, with a comma\"\r\n\
         a longer text without one\r\n\t\r\né\u{1F600}\r\n"
    );
    assert_eq!(texts("", &[Some("a\tb"), Some("a,b")], '\t'), "\"\"\r\n\"a\tb\"\r\na,b\r\n");
}

#[test]
fn values_of_every_kind_are_written() {
    let batch = Batch::new(
        2,
        [
            ("i".into(), column(Kind::Integer, &[Some("-7"), None])),
            ("b".into(), column(Kind::Boolean, &[Some("true"), Some("false")])),
            ("n".into(), column(Kind::Number, &[Some("1234567890.1234567890"), Some("1E+3")])),
            ("t".into(), column(Kind::DateTime, &[Some("2020-01-02T03:04:05"), None])),
            ("j".into(), column(Kind::Json, &[Some("[1, \"\\u00e9\"]"), None])),
            (
                "m".into(),
                [Some(Value::new(Kind::Integer, "5")), Some(Value::new(Kind::Text, "x"))]
                    .into_iter()
                    .collect(),
            ),
        ],
    );
    let field = |name: &str, style| WrittenField { style, ..WrittenField::plain(name) };
    let fields = vec![
        field("i", FieldStyle::Year),
        field("b", FieldStyle::Plain),
        field("n", FieldStyle::Plain),
        field("t", FieldStyle::Plain),
        field("absent", FieldStyle::Plain),
        field("j", FieldStyle::Json),
        field("m", FieldStyle::Any),
    ];
    let newer = written(fields.clone(), &batch, WriteOptions::default());
    assert_eq!(
        newer,
        "i,b,n,t,absent,j,m\r\n\
         -007,True,1234567890.1234567890,2020-01-02T03:04:05,,\"[1, \"\"é\"\"]\",5\r\n\
         ,False,1E+3,,,,x\r\n"
    );
    let older = written(fields, &batch, WriteOptions { time_separator: ' ', ..Default::default() });
    assert!(older.contains(",2020-01-02 03:04:05,"), "{older}");
}

#[test]
fn a_delimiter_that_is_a_figure_quotes_figures() {
    let batch = Batch::new(1, [("n".into(), column(Kind::Number, &[Some("1.5")]))]);
    let options = WriteOptions { delimiter: '.', ..WriteOptions::default() };
    assert_eq!(written(vec![WrittenField::plain("n")], &batch, options), "n\r\n\"1.5\"\r\n");
}

#[test]
fn long_cells_pass_through_the_buffer() {
    let long = "x".repeat(3_000_000);
    let text = texts("a", &[Some("1"), Some(&long), Some("2")], ',');
    assert!(text == format!("a\r\n1\r\n{long}\r\n2\r\n"));
}

#[test]
fn an_output_that_is_full_is_an_error() {
    struct Full;
    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::Error::from(io::ErrorKind::StorageFull))
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let fields = vec![WrittenField::plain("a")];
    let writer = Writer::new(Box::new(Full), fields, WriteOptions::default()).unwrap();
    assert!(matches!(Box::new(writer).finish(), Err(WriteError::Io(_))));
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(
        rows in proptest::collection::vec(proptest::collection::vec(cell(), 3), 1..40),
        copies in 1_usize..40,
    ) {
        let rows: Vec<Vec<String>> = rows.iter().cycle().take(rows.len() * copies).cloned().collect();
        let columns = ["a", "b", "c"].into_iter().enumerate().map(|(at, name)| {
            let cells = rows.iter().map(|row| Some(Value::new(Kind::Text, row[at].as_str())));
            (name.into(), cells.collect::<Column>())
        });
        let batch = Batch::new(rows.len(), columns);
        let fields = ["a", "b", "c"].map(WrittenField::plain).to_vec();
        let text = written(fields, &batch, WriteOptions::default());
        let options = Options { dialect: Some(Dialect::default()), encoding: Some("utf-8".into()), ..plain() };
        let read_back = try_rows(text.as_bytes(), &options).unwrap();
        let expected: Vec<Vec<Option<String>>> =
            rows.into_iter().map(|row| row.into_iter().map(Some).collect()).collect();
        assert_eq!(&read_back[1..], expected);
    }
}
