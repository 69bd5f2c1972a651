//! A function called with many items: lines, errors, order, chance.

use proptest::prelude::*;
use runtime::javascript::{Anonymous, CallError, Cancel, Function, Items, Scope, Value};
use serde_json::json;

use super::kit::{anonymous, call, items, javascript, map, named, scope, short};

#[test]
fn each_item_gives_one_line_in_order() {
    let answers = map("x => x * 2", "1\n2\n3\n");

    assert_eq!(answers.lines, "2\n4\n6\n");
    assert_eq!(answers.items, 3);
    assert_eq!(answers.errors, []);
}

#[test]
fn last_line_may_end_without_a_line_feed_and_no_line_is_no_item() {
    assert_eq!(map("x => x", "1\n2").lines, "1\n2\n");
    assert_eq!(map("x => x", "").items, 0);
    assert_eq!(map("x => x", "\n").errors.len(), 1);
}

/// What a function gives for a line as one of many items, and for the same text as a value alone,
/// which the engine itself parses and prints.
fn both_ways(source: &str, line: &str) -> (Option<String>, Option<String>) {
    let answers = map(source, line);
    let many = answers.errors.is_empty().then(|| answers.lines.trim_end().to_owned());
    let alone = match call(source, line) {
        Ok(Value::Json(text)) => Some(text),
        _ => None,
    };
    (many, alone)
}

#[test]
fn items_are_read_and_written_as_values_alone_are() {
    let lines = [
        "0",
        "-0",
        "-",
        "--1",
        "+1",
        "007",
        "-07",
        "1.",
        "1.0",
        ".5",
        "1e3",
        "1E400",
        " 1",
        "1 ",
        "1\r",
        "2147483647",
        "2147483648",
        "-2147483648",
        "-2147483649",
        "999999999999999",
        "1000000000000000",
        "9007199254740991",
        "9007199254740993",
        "123456789012345678901234",
        "NaN",
        "true",
        "false",
        "null",
        "True",
        "nul",
        "\"1\"",
        "[1]",
        "{}",
        "1 2",
    ];
    let sources = ["x => x", "x => -x", "x => x / 3", "x => x * 2 ** 40", "x => x > 1 || null"];
    for (line, source) in lines.iter().flat_map(|line| sources.map(|source| (line, source))) {
        let (many, alone) = both_ways(source, line);
        assert_eq!(many, alone, "{source} of {line}");
    }
}

#[test]
fn item_that_throws_has_an_empty_line_and_an_error() {
    let source = "x => { if (x === 2) throw new TypeError('no twos'); return x }";

    let answers = map(source, "1\n2\n3\n");

    assert_eq!(answers.lines, "1\n\n3\n");
    let [error] = &answers.errors[..] else { panic!("{:?}", answers.errors) };
    assert_eq!(error.index, 1);
    assert_eq!(error.source.to_string(), "TypeError: no twos");
    assert!(error.source.stack.contains("function:1:"), "{}", error.source.stack);
}

#[test]
fn first_error_ends_the_chunk_when_asked() {
    let items = Items { stop_at_error: true, first_index: 10, ..items("1\n{\n3\n") };

    let answers = javascript().call_many(&scope(&[]), &anonymous("x => x"), items).unwrap();

    assert_eq!(answers.lines, "1\n\n");
    assert_eq!(answers.errors[0].index, 11);
    assert!(answers.errors[0].source.to_string().starts_with("SyntaxError: the argument is"));
}

#[test]
fn limit_ends_the_chunk_and_keeps_the_answers_before() {
    let source = "x => { while (x === 2); return x }";
    let items = Items { first_index: 100, ..items("0\n1\n2\n3\n") };

    let error = javascript().call_many(&short(), &anonymous(source), items).unwrap_err();

    assert_eq!(error.index, 102);
    assert_eq!(error.answers.lines, "0\n1\n");
    assert_eq!(error.source.to_string(), "the function ran longer than 300 ms");
}

#[test]
fn functions_that_promise_are_awaited() {
    let source =
        "async x => { await null; await new Promise(done => setTimeout(done, 5)); return -x }";
    assert_eq!(map(source, "1\n2\n").lines, "-1\n-2\n");

    let answers = map("async x => { await null; throw new Error(`item ${x}`) }", "1\n2\n");
    let texts: Vec<String> = answers.errors.iter().map(|error| error.source.to_string()).collect();
    assert_eq!(texts, ["Error: item 1", "Error: item 2"]);
    assert_eq!(answers.log.lines, []);
}

#[test]
fn captured_values_are_there() {
    let captured = json!({"k": 10, "words": ["a", "b"]});
    let captured = captured.as_object().unwrap();
    let function = Anonymous::new("x => words[x] + k", captured).unwrap();

    let javascript = javascript();
    for _ in 0..2 {
        let function = Function::Anonymous(function.clone());
        let answers = javascript.call_many(&scope(&[]), &function, items("0\n1\n")).unwrap();
        assert_eq!(answers.lines, "\"a10\"\n\"b10\"\n");
    }
}

#[test]
fn source_that_is_no_function_is_refused() {
    let javascript = javascript();
    let call = |source: &str| {
        javascript.call_many(&scope(&[]), &anonymous(source), items("1")).unwrap_err().source
    };

    let CallError::Source(thrown) = call("1 + 1") else { panic!("compiled") };
    assert_eq!(thrown.to_string(), "TypeError: the source is not a function expression");
    let CallError::Source(thrown) = call("x => {\n  x +* 1 }") else { panic!("compiled") };
    assert_eq!(thrown.location.unwrap().line, 2, "{thrown:?}");
    let CallError::Source(thrown) = call("x =>") else { panic!("compiled") };
    assert!(thrown.location.is_some(), "{thrown:?}");
}

#[test]
fn unknown_function_is_named() {
    let javascript = javascript();
    let scope = scope(&["const image = {resize: x => x + this.constructor.name, size: 1}"]);
    let call = |name: &str| javascript.call_many(&scope, &named(name), items("1"));

    assert!(call("image.resize").is_ok());
    let error = call("image.rotate").unwrap_err().source;
    assert_eq!(error.to_string(), "no function is named `image.rotate`");
    assert_eq!(call("a.b.c").unwrap_err().source.to_string(), "no function is named `a.b.c`");
    assert_eq!(
        call("image.size").unwrap_err().source.to_string(),
        "`image.size` is not a function"
    );
}

#[test]
fn cancelled_chunk_ends() {
    let cancel = Cancel::default();
    cancel.cancel();
    let scope = Scope { cancel, ..scope(&[]) };

    let function = anonymous("x => { while (true); }");
    let error = javascript().call_many(&scope, &function, items("1\n")).unwrap_err().source;

    assert!(matches!(error, CallError::Cancelled), "{error:?}");
}

#[test]
fn random_numbers_depend_on_seed_and_item_and_not_on_the_chunk() {
    let javascript = javascript();
    let function = anonymous("x => [Math.random(), Math.random()]");
    let chunk = |lines: &str, first_index, seed| {
        let scope = Scope { seed, ..scope(&[]) };
        let items = Items { first_index, ..items(lines) };
        javascript.call_many(&scope, &function, items).unwrap().lines
    };

    let whole = chunk("0\n0\n0\n", 0, 1);
    assert_eq!(chunk("0\n", 0, 1) + &chunk("0\n0\n", 1, 1), whole);
    assert_ne!(chunk("0\n0\n0\n", 0, 2), whole);
    let numbers: Vec<Vec<f64>> =
        whole.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(numbers.iter().flatten().all(|number| (0.0..1.0).contains(number)));
    assert_ne!(numbers[0], numbers[1]);
}

fn any_json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(|value| json!(value)),
        (-(1_i64 << 53)..(1_i64 << 53)).prop_map(|value| json!(value)),
        "\\PC{0,12}".prop_map(|text| json!(text)),
        "[\\x00-\\x1f\"\\\\/\u{2028}\u{1F600}]{0,4}".prop_map(|text| json!(text)),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(serde_json::Value::Array),
            prop::collection::vec(("\\PC{0,6}|__proto__|constructor|toString", inner), 0..6)
                .prop_map(|pairs| serde_json::Value::Object(pairs.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn any_json_goes_through_unchanged(values in prop::collection::vec(any_json(), 1..20)) {
        let lines: String = values.iter().map(|value| format!("{value}\n")).collect();

        let answers = map("x => x", &lines);

        prop_assert_eq!(answers.errors, []);
        let back: Vec<serde_json::Value> =
            answers.lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        prop_assert_eq!(back, values);
    }
}
