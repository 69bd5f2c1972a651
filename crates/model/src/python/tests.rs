use serde_json::json;

use super::{Style, dumps, float_text, literal};

#[test]
fn one_line_form_has_pythons_separators_escapes_and_order() {
    let value = json!({"b": [1, 2.5], "a": "é\n\"", "c": {}});
    assert_eq!(dumps(&value, Style::WIRE), r#"{"a": "\u00e9\n\"", "b": [1, 2.5], "c": {}}"#);
}

#[test]
fn characters_beyond_the_basic_plane_become_surrogate_pairs() {
    assert_eq!(dumps(&json!("😀"), Style::WIRE), r#""\ud83d\ude00""#);
}

#[test]
fn indented_form_breaks_lines_without_trailing_spaces() {
    let style = Style { indent: Some(2), sort_keys: true, ascii: false };
    assert_eq!(dumps(&json!({"é": [1]}), style), "{\n  \"é\": [\n    1\n  ]\n}");
}

#[test]
fn doubles_are_written_as_python_writes_them() {
    let cases = [
        (1.0, "1.0"),
        (1e16, "1e+16"),
        (1e15, "1000000000000000.0"),
        (0.0001, "0.0001"),
        (0.00001, "1e-05"),
        (1.5e300, "1.5e+300"),
        (-0.0, "-0.0"),
    ];
    for (value, text) in cases {
        assert_eq!(float_text(value), text);
    }
}

#[test]
fn literal_quotes_as_repr_does() {
    let value = json!({"bytes": null, "it's": "a\"b", "plain": "it's", "ok": true});
    assert_eq!(literal(&value), r#"{'bytes': None, "it's": 'a"b', 'plain': "it's", 'ok': True}"#);
}
