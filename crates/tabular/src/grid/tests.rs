use serde_json::json;

use super::{Headers, Options, resolve};
use crate::format::ReadError;

fn options(parameters: &serde_json::Value) -> Options {
    Options::parse(parameters.as_object().unwrap()).unwrap()
}

fn rows(text: &str) -> Vec<Vec<Option<String>>> {
    let cell = |cell: &str| (cell != "-").then(|| cell.to_owned());
    text.lines()
        .map(|line| line.split(',').filter(|_| !line.is_empty()).map(cell).collect())
        .collect()
}

/// The names, their columns and the first row of data.
fn found(text: &str, parameters: &serde_json::Value) -> (String, Vec<usize>, usize) {
    let header = resolve(&rows(text), &options(parameters), "csv").unwrap();
    (header.names.join("|"), header.columns, header.first_row)
}

fn refused(text: &str, parameters: &serde_json::Value) -> String {
    resolve(&rows(text), &options(parameters), "csv").unwrap_err().to_string()
}

#[test]
fn notes_above_the_header_are_shorter_than_the_table() {
    let text = "a note,,\n\na, b ,c\n1,2,3\n4,5,6\n7,8";
    assert_eq!(found(text, &json!({})), ("a|b|c".into(), vec![0, 1, 2], 3));
    assert_eq!(found(text, &json!({"headers": 1})), ("a note".into(), vec![0], 1));
}

#[test]
fn rows_that_are_skipped_move_the_header_down() {
    let text = "# one\n-,x\nno: 3\na,b\n1,2";
    let skip = json!(["#", "", {"type": "regex", "value": "^no"}]);
    assert_eq!(found(text, &json!({"headers": 1, "skip_rows": skip})).2, 4);
    assert_eq!(found(text, &json!({"headers": 1, "skip_rows": [1, 2, 3]})).0, "a|b");
    assert_eq!(found(text, &json!({"headers": 1, "skip_rows": 3})).0, "a|b");
}

#[test]
fn a_header_may_span_rows() {
    let text = "a,a,,d\nx,a,c,-\n1,2,3,4";
    let two = found(text, &json!({"headers": [1, 2]}));
    assert_eq!(two, ("a x|a|c|d".into(), vec![0, 1, 2, 3], 2));
    let repeated = json!({"headers": [1, 2], "multiline_headers_duplicates": true,
                          "multiline_headers_joiner": "-"});
    assert_eq!(found(text, &repeated).0, "a-x|a-a|c|d");
}

#[test]
fn columns_without_a_name_are_left_out() {
    assert_eq!(found(",a,,b\n1,2,3,4", &json!({})), ("a|b".into(), vec![1, 3], 1));
    let kept = json!({"ignore_blank_headers": false});
    assert_eq!(found(",a\n1,2", &kept), ("|a".into(), vec![0, 1], 1));
}

#[test]
fn names_may_be_given() {
    let given = found("1,2,3", &json!({"headers": ["x", "y"]}));
    assert_eq!(given, ("x|y".into(), vec![0, 1], 0));
    let absent = found("1,2\n3,4,5", &json!({"headers": null}));
    assert_eq!(absent, ("field1|field2|field3".into(), vec![0, 1, 2], 0));
}

#[test]
fn equal_names_are_numbered_when_asked() {
    assert!(refused("a,b,a\n1,2,3", &json!({})).starts_with("duplicate header `a`"));
    let text = "a,b,a,A,a\n1,2,3,4,5";
    let numbered = json!({"deduplicate_headers": true});
    assert_eq!(found(text, &numbered).0, "a (1)|b|a (2)|A|a (3)");
    let folded = json!({"deduplicate_headers": true, "deduplicate_headers_case_sensitive": false,
                        "deduplicate_headers_format": "_%s"});
    assert_eq!(found(text, &folded).0, "a_1|b|a_2|A_3|a_4");
    let clash = refused("a,a,a (1)\n1,2,3", &json!({"deduplicate_headers": true}));
    assert!(clash.starts_with("duplicate header `a (1)`"));
}

#[test]
fn a_header_beyond_the_rows_is_an_error() {
    let error = refused("a,b", &json!({"headers": 3}));
    assert!(error.contains("row 3 should be the header, and there are 1 rows"), "{error}");
    assert!(matches!(
        resolve(&[], &Options::default(), "csv"),
        Err(ReadError::Format { format: "csv", .. })
    ));
}

#[test]
fn parameters_of_another_form_are_refused() {
    for parameters in [
        json!({"headers": "one"}),
        json!({"headers": 0}),
        json!({"headers": [2, 1]}),
        json!({"headers": [["a"]]}),
        json!({"skip_rows": [{"type": "preset", "value": "other"}]}),
        json!({"skip_rows": [{"type": "regex", "value": "("}]}),
        json!({"skip_rows": [1.5]}),
        json!({"limit_rows": "ten"}),
        json!({"strip": "yes"}),
        json!({"deduplicate_headers": 1}),
    ] {
        let refused = Options::parse(parameters.as_object().unwrap());
        assert!(refused.is_err(), "{parameters}");
    }
    let options = options(&json!({"headers": [1, 2, 4], "limit_rows": 0, "skip_rows": [-1]}));
    assert_eq!(options.headers, Headers::Rows(vec![1, 2, 4]));
    assert_eq!(options.limit_rows, None);
    assert!(options.skip_rows.from_end.contains(&1));
}
