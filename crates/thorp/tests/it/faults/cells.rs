//! Tables with cells that nobody expects.

use super::archives::{Block, zstd};
use super::case::{Case, load, steps};
use crate::project::Project;

const ROWS: &str = "{from: rows.csv, name: rows}";

fn written(bytes: &[u8]) -> Project {
    let case = Case::with_file("rows.csv", bytes);
    case.works(&load(ROWS), &[]);
    case.project
}

#[test]
fn nul_bytes_are_kept() {
    assert_eq!(written(b"a,b\n1,x\0y\n\0,\n").read("out/rows.csv"), "a,b\r\n1,x\0y\r\n\0,\r\n");
}

#[test]
fn a_cell_of_50_mb_works() {
    let cell = "x".repeat(50_000_000);
    let project = written(format!("a,b\n1,{cell}\n").as_bytes());
    assert!(project.read("out/rows.csv") == format!("a,b\r\n1,{cell}\r\n"));
}

#[test]
fn a_cell_that_a_sheet_cannot_hold_is_named() {
    let case = Case::with_file("rows.csv", format!("a,b\n1,{}\n", "x".repeat(40_000)).as_bytes());
    let spec = load(ROWS).replace("out-path: out", "out-path: out, format: xlsx");
    let error = case.fails(&spec, ("VALUE_DOES_NOT_FIT", &["row 1, field `b`", "32767", "`csv`"]));
    assert_eq!(error["resource"], "rows");
}

#[test]
fn ten_thousand_columns_work() {
    let line = |cell: fn(usize) -> String| (0..10_000).map(cell).collect::<Vec<_>>().join(",");
    let (names, values) = (line(|at| format!("c{at}")), line(|at| at.to_string()));
    let project = written(format!("{names}\n{values}\n{values}\n").as_bytes());
    assert!(project.read("out/rows.csv") == format!("{names}\r\n{values}\r\n{values}\r\n"));
}

#[test]
fn a_cell_of_more_than_256_mib_is_refused() {
    let mut blocks = vec![Block::Bytes(b"{\"a\": \"")];
    blocks.extend((0..2049).map(|_| Block::Repeat(b'x')));
    blocks.push(Block::Bytes(b"\"}\n"));
    let case = Case::with_file("rows.jsonl.zst", &zstd(&blocks));
    let spec = load("{from: rows.jsonl.zst, name: rows}");
    case.fails(&spec, ("CELL_TOO_LARGE", &["row 1", "268435456 bytes"]));
}

#[test]
fn an_encoding_is_detected_and_a_wrong_one_is_named() {
    let latin = b"name\nZ\xfcrich\n";
    assert_eq!(written(latin).read("out/rows.csv"), "name\r\nZürich\r\n");
    let spec = load("{from: rows.csv, name: rows, encoding: utf-8}");
    let expected = ["row 2", "not valid UTF-8", "`encoding`"];
    Case::with_file("rows.csv", latin).fails(&spec, ("ROW_UNREADABLE", &expected));
    let spec = load("{from: rows.csv, name: rows, encoding: klingon}");
    Case::with_file("rows.csv", latin).fails(&spec, ("TABLE_UNREADABLE", &["klingon"]));
}

#[test]
fn a_quote_that_is_never_closed_is_named_with_its_row() {
    let case = Case::with_file("rows.csv", b"a,b\n1,2\n3,\"x\n4,5\n");
    case.fails(&load(ROWS), ("ROW_UNREADABLE", &["row 3", "never closed", "`quotechar`"]));
}

#[test]
fn a_header_that_occurs_twice_is_named_with_the_fix() {
    let case = Case::with_file("rows.csv", b"a,a\n1,2\n");
    let expected = ["duplicate header `a`", "`deduplicate_headers: true`"];
    case.fails(&load(ROWS), ("HEADER_DUPLICATE", &expected));
}

#[test]
fn a_file_that_is_not_of_its_format_is_an_error_without_noise() {
    for (file, code) in [
        ("rows.xlsx", "TABLE_UNREADABLE"),
        ("rows.xls", "TABLE_UNREADABLE"),
        ("rows.ods", "TABLE_UNREADABLE"),
        ("rows.parquet", "TABLE_UNREADABLE"),
        ("rows.arrow", "TABLE_UNREADABLE"),
        ("rows.json", "ROW_UNREADABLE"),
        ("rows.csv.gz", "COMPRESSION_INVALID"),
        ("rows.csv.zst", "COMPRESSION_INVALID"),
        ("rows.zip", "ARCHIVE_INVALID"),
        ("rows.odd", "FORMAT_UNKNOWN"),
    ] {
        let case = Case::with_file(file, &b"[PK\x03\x04 and nothing more".repeat(100));
        case.fails(&load(&format!("{{from: {file}, name: rows}}")), (code, &["rows"]));
    }
}

#[test]
fn cells_that_look_like_formulas_are_texts_in_every_format() {
    let table = "a,b\r\n=1+1,@SUM(A1)\r\n+1,-2\r\n\"=HYPERLINK(\"\"http://x\"\")\",=\r\n";
    let case = Case::with_file("rows.csv", table.as_bytes());
    case.works(&load(ROWS), &[]);
    assert_eq!(case.project.read("out/rows.csv"), table);
    let load =
        |from: &str| format!("    - run: load\n      parameters: {{from: {from}, name: rows}}\n");
    let to_sheet = steps(&load("rows.csv")).replace("out-path: out", "out-path: out, format: xlsx");
    case.works(&to_sheet, &[]);
    // A formula would come back as its value.
    case.works(&steps(&load("out/rows.xlsx")).replace("out-path: out", "out-path: back"), &[]);
    assert_eq!(case.project.read("back/rows.csv"), table);
}

#[test]
fn a_resource_with_any_name_makes_a_sheet() {
    let case = Case::with_file("rows.csv", b"a\n1\n");
    let name = "a resource of more than thirty-one letters [2026]";
    let spec = load(&format!("{{from: rows.csv, name: '{name}'}}"));
    case.works(&spec.replace("out-path: out", "out-path: sheet, format: xlsx"), &[]);
    let back = load(&format!("{{from: 'sheet/{name}.xlsx', name: rows}}"));
    case.works(&back.replace("out-path: out", "out-path: back"), &[]);
    assert_eq!(case.project.read("back/rows.csv"), "a\r\n1\r\n");
}
