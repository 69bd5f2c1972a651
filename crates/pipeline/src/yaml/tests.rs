use proptest::prelude::{ProptestConfig, any, prop, proptest};
use serde_json::json;

use super::{At, LoadError, limits, load};

fn value(text: &str) -> model::Json {
    load(text.as_bytes()).unwrap().value
}

fn error(text: &str) -> LoadError {
    load(text.as_bytes()).unwrap_err()
}

fn warnings(text: &str) -> Vec<String> {
    let document = load(text.as_bytes()).unwrap();
    document.warnings.into_iter().map(|w| format!("{}: {}", w.at, w.text)).collect()
}

#[test]
fn a_specification_becomes_json_in_its_own_order() {
    let text = "z:\n  pipeline:\n  - run: load\n    parameters: {from: 'a.csv', limit: 010}\na: |\n  two\n  lines\n";
    let value = value(text);
    assert_eq!(
        value.to_string(),
        r#"{"z":{"pipeline":[{"run":"load","parameters":{"from":"a.csv","limit":8}}]},"a":"two\nlines\n"}"#
    );
}

#[test]
fn empty_texts_are_null() {
    for text in ["", "\n\n", "# a comment\n", "---\n", "\u{feff}"] {
        assert_eq!(value(text), json!(null), "{text:?}");
    }
}

#[test]
fn only_plain_scalars_are_resolved() {
    assert_eq!(value("[yes, 'yes', \"1\", ! 12, !!str 12]"), json!([true, "yes", "1", 12, "12"]));
    assert_eq!(value("a: >-\n  12\n"), json!({"a": "12"}));
}

#[test]
fn tags_of_the_core_are_applied() {
    let text =
        "[!!int '0x10', !!float '1', !!bool 'ON', !!null '', !!timestamp '2001-1-2', !!map {}]";
    assert_eq!(value(text).to_string(), r#"[16,1.0,true,null,"2001-01-02",{}]"#);
}

#[test]
fn other_tags_are_errors_with_their_place() {
    let tag = "tag:yaml.org,2002:python/object/apply:os.system".to_owned();
    assert_eq!(
        error("a: 1\nb: !!python/object/apply:os.system [ls]\n"),
        LoadError::Tag { at: At { line: 2, column: 4 }, tag }
    );
    assert!(matches!(error("!mine 1"), LoadError::Tag { .. }));
    assert!(matches!(error("!!set {a, b}"), LoadError::Tag { .. }));
    assert!(matches!(error("!!int 1.5"), LoadError::Value { .. }));
}

#[test]
fn keys_become_texts() {
    let text = "1: a\n0x10: b\n1.50: c\nno: d\n~: e\n2001-01-02: f\n";
    let keys: Vec<String> = value(text).as_object().unwrap().keys().cloned().collect();
    assert_eq!(keys, ["1", "16", "1.5", "false", "null", "2001-01-02"]);
    assert_eq!(
        warnings("no: 1"),
        ["line 1, column 1: key `no` is read as `false`: quote it to keep it"]
    );
    assert!(matches!(error("[a]: 1"), LoadError::Key { .. }));
}

#[test]
fn the_last_of_repeated_keys_counts() {
    assert_eq!(value("a: 1\nb: 2\na: 3\n").to_string(), r#"{"a":3,"b":2}"#);
    assert_eq!(
        warnings("a: 1\nb: 2\na: 3\n"),
        ["line 3, column 1: key `a` is repeated: the last one counts"]
    );
}

#[test]
fn aliases_are_written_out() {
    assert_eq!(value("a: &x [1]\nb: [*x, *x]"), json!({"a": [1], "b": [[1], [1]]}));
    assert_eq!(value("a: &x 1\nb: &x 2\nc: *x"), json!({"a": 1, "b": 2, "c": 2}));
    assert!(matches!(error("a: &x [*x]"), LoadError::Recursive { .. }));
    assert!(matches!(error("a: *x"), LoadError::Syntax { .. }));
}

#[test]
fn merged_keys_come_first_and_give_way() {
    let base = "base: &b {x: 1, y: 2}\nmore: &m {y: 3, z: 4}\n";
    let of = |tail: &str| value(&format!("{base}{tail}"))["c"].to_string();
    assert_eq!(of("c: {w: 0, <<: *b, y: 9}"), r#"{"x":1,"y":9,"w":0}"#);
    assert_eq!(of("c: {<<: [*b, *m]}"), r#"{"y":2,"z":4,"x":1}"#);
    assert_eq!(of("c: {'<<': 1}"), r#"{"<<":1}"#);
    assert!(warnings(&format!("{base}c: {{<<: *b, y: 9}}")).is_empty());
    assert!(matches!(error("a: {<<: 1}"), LoadError::Merge { .. }));
    assert!(matches!(error("a: {<<: [1]}"), LoadError::Merge { .. }));
}

#[test]
fn errors_say_line_and_column() {
    assert_eq!(error("a: 1\n b: 2\n").to_string().split(": ").next(), Some("line 2, column 3"));
    assert_eq!(
        error("a: 1\nb: \u{1}\n").to_string(),
        r"line 2, column 4: character '\u{1}' is not allowed in YAML"
    );
    assert_eq!(load(b"a: 1\nb: \xff").unwrap_err(), LoadError::Encoding { line: 2 });
    assert!(matches!(error("a: 1\n---\nb: 2\n"), LoadError::Documents { .. }));
}

#[test]
fn infinity_is_a_text_with_a_warning() {
    assert_eq!(value("[-.inf, .nan]"), json!(["-Infinity", "NaN"]));
    assert_eq!(
        warnings("[.inf]"),
        ["line 1, column 2: JSON has no number `.inf`: read as text `Infinity`"]
    );
}

#[test]
fn nesting_has_its_bound() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(load(nested(limits::DEPTH_MAX).as_bytes()).is_ok());
    assert!(matches!(error(&nested(limits::DEPTH_MAX + 1)), LoadError::Depth { .. }));
    // Here the parser's own bound may come first.
    assert!(load("[".repeat(100_000).as_bytes()).is_err());
    assert!(matches!(error(&"- ".repeat(100_000)), LoadError::Depth { .. }));
    let chain: String =
        (1..200).map(|i| format!("a{i}: &a{i} [*a{}]\n", i - 1)).collect::<Vec<_>>().concat();
    assert!(matches!(error(&format!("a0: &a0 []\n{chain}")), LoadError::Depth { .. }));
}

#[test]
fn aliases_do_not_fill_the_memory() {
    let mut laughs = String::from("a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n");
    let mut merges = String::from("a0: &a0 {a: 1, b: 2}\n");
    for i in 1..30 {
        let aliases = vec![format!("*a{}", i - 1); 9].join(", ");
        laughs.push_str(&format!("a{i}: &a{i} [{aliases}]\n"));
        merges.push_str(&format!("a{i}: &a{i} {{<<: [{aliases}]}}\n"));
    }
    assert!(matches!(error(&laughs), LoadError::Expansion { .. }));
    assert!(matches!(error(&merges), LoadError::Expansion { .. }));
    let long = "x".repeat(1 << 20);
    let aliases = vec!["*a"; 100].join(", ");
    let text = format!("a: &a {long}\nb: [{aliases}]\n");
    assert!(matches!(error(&text), LoadError::Expansion { .. }));
    assert!(matches!(
        load(&vec![b' '; limits::TEXT_BYTES_MAX + 1]).unwrap_err(),
        LoadError::TooLarge { .. }
    ));
    assert!(matches!(
        error(&"9".repeat(limits::INTEGER_DIGITS_MAX + 1)),
        LoadError::Integer { .. }
    ));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        load(&bytes).ok();
    }

    #[test]
    fn arbitrary_marks_never_panic(
        text in r#"([\-?:,\[\]{}#&*!|>'"%@`~<=+._ \t\n\r\u{85}\u{2028}aé0-9]|<<: |- |\? |: |--- |\.\.\.\n|!!|\\x|\n  ){0,60}"#
    ) {
        load(text.as_bytes()).ok();
    }

    #[test]
    fn what_json_writes_is_read_back(text in "[ -~é\n\t]{0,40}", number in any::<i64>()) {
        let value = json!({"text": text, "list": [number, null, true]});
        assert_eq!(load(value.to_string().as_bytes()).unwrap().value, value);
    }
}
