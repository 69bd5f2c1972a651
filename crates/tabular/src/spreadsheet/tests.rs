use std::io::{Seek, Write};

use proptest::prelude::{ProptestConfig, any, prop, proptest};
use rust_xlsxwriter::{ExcelDateTime, Format as CellFormat, Formula, Workbook};
use zip::write::SimpleFileOptions;

use super::formats::Moment;
use super::*;
use crate::batch::Batch;
use crate::grid;
use crate::value::Kind;

const XLS: &[u8] = include_bytes!("tests/cells.xls");

fn file(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file.rewind().unwrap();
    file
}

fn rows(bytes: &[u8], format: Format, options: &Options) -> Result<Vec<Row>, ReadError> {
    SheetRows::open(file(bytes), format, options)?.collect()
}

/// `kind:text` for each cell, `-` for an empty one.
fn shown(rows: &[Row]) -> Vec<Vec<String>> {
    let cell = |cell: &Option<Value<'_>>| match cell {
        Some(value) if value.kind == Kind::Text => value.text.to_string(),
        Some(value) => format!("{:?}:{}", value.kind, value.text),
        None => "-".into(),
    };
    rows.iter().map(|row| row.iter().map(cell).collect()).collect()
}

fn sheet(sheet: Sheet) -> Options {
    Options { sheet: Some(sheet), ..Options::default() }
}

fn workbook() -> Vec<u8> {
    let mut book = Workbook::new();
    let cells = book.add_worksheet();
    cells.write(0, 0, "text").unwrap();
    cells.write(1, 0, "中国人").unwrap();
    cells.write(1, 1, 12).unwrap();
    cells.write(1, 2, 0.1 + 0.2).unwrap();
    cells.write(1, 3, true).unwrap();
    cells.write(3, 1, -0.0).unwrap();
    cells.write(3, 2, Formula::new("=1/0").set_result("#DIV/0!")).unwrap();
    cells.write(3, 3, Formula::new("=1+1").set_result("2")).unwrap();
    // A format alone is no value.
    cells.write_blank(9, 0, &CellFormat::new().set_bold()).unwrap();
    let moments = book.add_worksheet().set_name("moments").unwrap();
    let moment = ExcelDateTime::parse_from_str("2020-02-29 10:11:12.250").unwrap();
    let midnight = ExcelDateTime::from_ymd(2020, 2, 29).unwrap();
    let codes = ["yyyy-mm-dd", "dd/mm/yyyy hh:mm", "hh:mm:ss", "[h]:mm:ss", "0.00\"day\""];
    for (row, code) in (0..).zip(codes) {
        let format = CellFormat::new().set_num_format(code);
        moments.write_with_format(row, 0, &moment, &format).unwrap();
        moments.write_with_format(row, 1, &midnight, &format).unwrap();
        moments.write_number_with_format(row, 2, 0.5, &format).unwrap();
    }
    let merged = book.add_worksheet().set_name("merged").unwrap();
    merged.write(0, 0, "a").unwrap();
    merged.merge_range(1, 1, 3, 2, "m", &CellFormat::new()).unwrap();
    book.save_to_buffer().unwrap()
}

#[test]
fn cells_of_an_xlsx_sheet_have_their_kind() {
    let rows = rows(&workbook(), Format::Xlsx, &Options::default()).unwrap();
    assert_eq!(
        shown(&rows),
        [
            vec!["text"],
            vec!["中国人", "Integer:12", "Float:0.30000000000000004", "Boolean:true"],
            vec![],
            vec!["-", "Integer:0", "#DIV/0!", "Integer:2"],
        ]
    );
}

#[test]
fn the_number_format_tells_dates_moments_and_durations_apart() {
    let rows = rows(&workbook(), Format::Xlsx, &sheet(Sheet::Number(2))).unwrap();
    assert_eq!(
        shown(&rows),
        [
            ["DateTime:2020-02-29T10:11:12.25", "Date:2020-02-29", "Time:12:00:00"],
            ["DateTime:2020-02-29T10:11:12.25", "DateTime:2020-02-29T00:00:00", "Time:12:00:00"],
            ["DateTime:2020-02-29T10:11:12.25", "DateTime:2020-02-29T00:00:00", "Time:12:00:00"],
            ["Duration:P43890DT10H11M12.25S", "Duration:P43890D", "Duration:PT12H"],
            ["Float:43890.424447337966", "Integer:43890", "Float:0.5"],
        ]
    );
}

#[test]
fn format_codes_are_read_without_their_literals() {
    for (code, moment) in [
        ("yyyy\\-mm\\-dd;@", Moment::Date),
        ("[$-409]d\\-mmm\\-yy", Moment::Date),
        ("mmm", Moment::Time),
        ("[Red]hh:mm", Moment::Time),
        ("\"day\" hh", Moment::Time),
        ("dd.mm.yyyy hh:mm", Moment::Time),
        ("\\", Moment::Time),
        ("\"unclosed y", Moment::Time),
    ] {
        assert_eq!(Moment::of_code(code), moment, "{code}");
    }
}

#[test]
fn merged_cells_are_filled_when_asked() {
    let filled = Options { fill_merged_cells: true, ..sheet(Sheet::Name("merged".into())) };
    for (bytes, format) in [(workbook().as_slice(), Format::Xlsx), (XLS, Format::Xls)] {
        let plain = rows(bytes, format, &sheet(Sheet::Name("merged".into()))).unwrap();
        assert_eq!(shown(&plain), [vec!["a"], vec!["-", "m"]], "{format:?}");
        let filled = rows(bytes, format, &filled).unwrap();
        let region = vec!["-", "m", "m"];
        assert_eq!(
            shown(&filled),
            [vec!["a"], region.clone(), region.clone(), region],
            "{format:?}"
        );
    }
}

#[test]
fn cells_of_an_xls_sheet_have_their_kind() {
    // The name of the file may be wrong about its format.
    for format in [Format::Xls, Format::Xlsx] {
        let rows = rows(XLS, format, &Options::default()).unwrap();
        assert_eq!(
            shown(&rows),
            [
                vec!["text", "whole", "number", "flag", "date", "moment", "time"],
                vec![
                    "中国人",
                    "Integer:12",
                    "Float:0.5",
                    "Boolean:true",
                    "Date:2020-02-29",
                    "DateTime:2020-01-01T12:30:15",
                    "Time:06:00:00"
                ],
                vec![
                    "-",
                    "Integer:-3",
                    "-",
                    "-",
                    "Date:1999-12-31",
                    "DateTime:2020-01-02T00:00:00"
                ],
            ]
        );
    }
}

fn table(bytes: &[u8], options: &Options, parameters: &str) -> Vec<Batch> {
    let parameters = serde_json::from_str(parameters).unwrap();
    let grid = grid::Options::parse(&parameters).unwrap();
    let mut reader = table::open(file(bytes), Format::Xlsx, options, &grid).unwrap();
    let mut batches = Vec::new();
    while let Some(batch) = reader.next_batch().unwrap() {
        assert_eq!(batch.names(), reader.names());
        batches.push(batch);
    }
    batches
}

fn sheet_of(rows: &[&[&str]]) -> Vec<u8> {
    let mut book = Workbook::new();
    let cells = book.add_worksheet();
    for (row, texts) in (0..).zip(rows) {
        for (column, text) in (0..).zip(*texts) {
            if !text.is_empty() {
                cells.write(row, column, *text).unwrap();
            }
        }
    }
    book.save_to_buffer().unwrap()
}

#[test]
fn a_table_has_the_names_of_its_header_and_the_rows_below() {
    let bytes = sheet_of(&[
        &["A title"],
        &[],
        &["a", "", " b ", "a"],
        &["1", "x", " two "],
        &[],
        &["# note", "", "y"],
        &["3", "", "", "4"],
    ]);
    let parameters = r##"{"headers": 3, "deduplicate_headers": true, "skip_rows": ["#"]}"##;
    let batches = table(&bytes, &Options::default(), parameters);
    let [batch] = batches.as_slice() else { panic!("{batches:?}") };
    assert_eq!(batch.names(), ["a (1)".into(), "b".into(), "a (2)".into()]);
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(
        crate::typed::testing::rows(batch),
        [[text("1"), text("two"), None], [None, None, None], [text("3"), None, text("4")],]
    );
}

#[test]
fn a_column_of_several_kinds_keeps_each_of_them() {
    let batches = table(&workbook(), &Options::default(), r#"{"headers": ["a", "b", "c"]}"#);
    let column = batches[0].column("b").unwrap();
    assert_eq!(column.kind(), Kind::Integer);
    let values: Vec<_> = batches[0].column("c").unwrap().values().collect();
    assert_eq!(
        values,
        [
            None,
            Some(Value::new(Kind::Float, "0.30000000000000004")),
            None,
            Some(Value::new(Kind::Text, "#DIV/0!"))
        ]
    );
}

#[test]
fn a_long_table_comes_in_batches() {
    let mut book = Workbook::new();
    let cells = book.add_worksheet();
    for row in 0..20_000 {
        cells.write(row, 0, row).unwrap();
    }
    let bytes = book.save_to_buffer().unwrap();
    let batches = table(&bytes, &Options::default(), r#"{"headers": ["n"], "limit_rows": 19000}"#);
    assert_eq!(batches.iter().map(Batch::rows).collect::<Vec<_>>(), [8192, 8192, 2616]);
    assert_eq!(batches[2].columns()[0].text(2615), Some("18999"));
}

fn ods(cells: &str) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default();
    zip.start_file("mimetype", stored).unwrap();
    zip.write_all(b"application/vnd.oasis.opendocument.spreadsheet").unwrap();
    zip.start_file("META-INF/manifest.xml", stored).unwrap();
    zip.write_all(b"<manifest:manifest/>").unwrap();
    zip.start_file("content.xml", stored).unwrap();
    write!(
        zip,
        r#"<?xml version="1.0"?><office:document-content
            xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
            xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
            xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">
            <office:body><office:spreadsheet><table:table table:name="t">{cells}</table:table>
            </office:spreadsheet></office:body></office:document-content>"#
    )
    .unwrap();
    zip.finish().unwrap().into_inner()
}

#[test]
fn cells_of_an_ods_sheet_have_their_kind() {
    let cell = |kind: &str, value: &str| {
        let name = match kind {
            "date" => "date-value",
            "time" => "time-value",
            "boolean" => "boolean-value",
            _ => "value",
        };
        format!(
            r#"<table:table-cell office:value-type="{kind}" office:{name}="{value}"
                ><text:p>x</text:p></table:table-cell>"#
        )
    };
    let cells = [
        cell("float", "3"),
        cell("percentage", "0.25"),
        cell("boolean", "true"),
        cell("date", "2020-02-29"),
        cell("date", "2020-02-29T10:11:12.5"),
        cell("time", "PT10H11M12.5S"),
        cell("time", "PT36H00M00S"),
        cell("date", "not a date"),
        r#"<table:table-cell office:value-type="string"><text:p>text</text:p></table:table-cell>"#
            .to_owned(),
    ];
    let bytes = ods(&format!("<table:table-row>{}</table:table-row>", cells.concat()));
    let rows = rows(&bytes, Format::Ods, &Options::default()).unwrap();
    assert_eq!(
        shown(&rows),
        [[
            "Integer:3",
            "Float:0.25",
            "Boolean:true",
            "Date:2020-02-29",
            "DateTime:2020-02-29T10:11:12.5",
            "Time:10:11:12.5",
            "Duration:P1DT12H",
            "not a date",
            "text"
        ]]
    );
}

#[test]
fn an_unknown_sheet_is_refused_with_the_names_there_are() {
    for (wanted, text) in [
        (Sheet::Name("x".into()), "there is no sheet `x`"),
        (Sheet::Number(0), "there is no sheet number 0"),
        (Sheet::Number(4), "there is no sheet number 4"),
    ] {
        let error = rows(&workbook(), Format::Xlsx, &sheet(wanted)).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "not a readable xlsx table: {text}; the sheets are `Sheet1`, `moments`, `merged`"
            )
        );
    }
}

#[test]
fn an_archive_that_expands_too_far_is_refused_unless_allowed() {
    let mut bytes = workbook();
    // The uncompressed size in the first entry of the directory.
    let directory = bytes.windows(4).position(|magic| magic == b"PK\x01\x02").unwrap();
    bytes[directory + 24..directory + 28].copy_from_slice(&0x7fff_ffff_u32.to_le_bytes());
    let error = rows(&bytes, Format::Xlsx, &Options::default()).unwrap_err();
    assert!(matches!(error, ReadError::Expands { .. }), "{error}");
    let allowed = Options { allow_expansion: true, ..Options::default() };
    assert!(rows(&bytes, Format::Xlsx, &allowed).is_ok());
}

#[test]
fn a_sheet_of_impossible_size_is_refused() {
    let mut bytes = XLS.to_vec();
    let record = bytes.windows(4).position(|head| head == [0, 2, 14, 0]).unwrap();
    bytes[record + 8..record + 12].copy_from_slice(&u32::MAX.to_le_bytes());
    let error = rows(&bytes, Format::Xls, &Options::default()).unwrap_err();
    assert!(error.to_string().contains("larger than any xls sheet"), "{error}");
}

#[test]
fn what_is_no_spreadsheet_is_refused() {
    for format in [Format::Xlsx, Format::Xls, Format::Ods] {
        for bytes in [&b""[..], b"PK", b"a,b\n1,2\n", b"PK\x03\x04 and nothing more"] {
            assert!(rows(bytes, format, &Options::default()).is_err(), "{format:?} {bytes:?}");
        }
    }
}

#[test]
fn dropping_the_rows_ends_their_thread() {
    let mut book = Workbook::new();
    let cells = book.add_worksheet();
    for row in 0..5_000 {
        cells.write(row, 0, row).unwrap();
    }
    let bytes = book.save_to_buffer().unwrap();
    let mut rows = SheetRows::open(file(&bytes), Format::Xlsx, &Options::default()).unwrap();
    assert_eq!(shown(&[rows.next().unwrap().unwrap()]), [["Integer:0"]]);
    drop(rows);
    let rows = SheetRows::open(file(&bytes), Format::Xlsx, &Options::default()).unwrap();
    assert_eq!(rows.count(), 5_000);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_damaged_file_is_an_error_or_rows(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        for (mut bytes, format) in [(workbook(), Format::Xlsx), (XLS.to_vec(), Format::Xls)] {
            let at = at.index(bytes.len());
            bytes[at] = byte;
            drop(rows(&bytes, format, &Options::default()));
        }
    }
}
