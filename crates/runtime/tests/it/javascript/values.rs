//! What goes into a function and comes out: JSON, bytes, texts, exceptions.

use runtime::javascript::{CallError, Value};

use super::kit::{anonymous, call, javascript, map, result, scope};

#[test]
fn what_json_has_no_word_for_is_null() {
    for source in
        ["x => undefined", "x => {}", "x => NaN", "x => 1/0", "x => print", "x => Symbol()"]
    {
        let source = source.replace("print", "(() => 1)");
        assert_eq!(result(&source, "1"), "null", "{source}");
    }
    assert_eq!(result("x => [undefined, NaN, -0]", "1"), "[null,null,0]");
}

#[test]
fn big_integers_are_an_error_that_says_so() {
    let error = call("x => 10n", "1").unwrap_err();

    let CallError::Threw(thrown) = error else { panic!("{error:?}") };
    assert_eq!(thrown.name, "TypeError");
    assert!(thrown.message.contains("BigInt"), "{thrown}");
}

#[test]
fn circular_results_and_getters_that_throw_are_errors() {
    for source in ["x => { const a = {}; a.a = a; return a }", "x => ({get a() { throw 1 }})"] {
        assert!(matches!(call(source, "1"), Err(CallError::Threw(_))), "{source}");
    }
}

#[test]
fn bytes_go_in_and_out() {
    let javascript = javascript();
    let bytes = Value::Bytes((0..=255).collect());
    for source in [
        "x => { if (!(x instanceof Uint8Array)) throw 1; return x }",
        "x => x.buffer",
        "async x => x.slice()",
    ] {
        let answer =
            javascript.call(&scope(&[]), &anonymous(source), bytes.clone()).result.unwrap();
        assert_eq!(answer, bytes, "{source}");
    }
    let part =
        javascript.call(&scope(&[]), &anonymous("x => x.subarray(2, 4)"), bytes).result.unwrap();
    assert_eq!(part, Value::Bytes(vec![2, 3]));
}

#[test]
fn typed_arrays_inside_json_are_lists_of_numbers() {
    assert_eq!(result("x => new Float64Array([0.5, NaN])", "1"), "[0.5,null]");
    assert_eq!(
        result("x => ({a: new Uint8Array([1, 2]), b: new ArrayBuffer(2)})", "1"),
        r#"{"a":[1,2],"b":[0,0]}"#
    );
    assert_eq!(map("x => new Uint8Array(x)", "[1,2]\n").lines, "[1,2]\n");
}

#[test]
fn results_are_what_json_makes_of_them() {
    assert_eq!(result("x => new Date(0)", "1"), "\"1970-01-01T00:00:00.000Z\"");
    assert_eq!(result("x => ({a: undefined, b: () => 1, c: 1})", "1"), r#"{"c":1}"#);
}

#[test]
fn long_texts_go_through() {
    let text = format!("\"{}\"", "ü€😀x".repeat(100_000));
    assert_eq!(result("x => x", &text), text);
    assert_eq!(result("x => x.length", &text), "500000");
}

#[test]
fn half_surrogate_pairs_are_written_as_escapes() {
    assert_eq!(result("x => x", r#""\ud800""#), r#""\ud800""#);
    assert_eq!(result("x => ({[x]: x + 'a'})", r#""\udc00""#), r#"{"\udc00":"\udc00a"}"#);
}

#[test]
fn proto_in_json_is_a_key_like_any_other() {
    let item = r#"{"__proto__":{"polluted":true}}"#;
    assert_eq!(
        result("x => [x.polluted, ({}).polluted, Object.keys(x)]", item),
        r#"[null,null,["__proto__"]]"#
    );
}

#[test]
fn argument_that_is_not_json_is_refused() {
    for text in ["", "{", "nul", "1 2", "'a'", "\u{0}", "\"\u{0}\"", "[1,]", "NaN"] {
        assert!(matches!(call("x => x", text), Err(CallError::Threw(_))), "{text:?}");
    }
}

#[test]
fn deep_json_is_an_error_and_no_crash() {
    let deep = "[".repeat(1_000_000) + &"]".repeat(1_000_000);
    assert!(call("x => x", &deep).is_err());
    let source = "x => { let a = []; for (let i = 0; i < 1e6; i++) a = [a]; return a }";
    assert!(call(source, "1").is_err());
}

#[test]
fn thrown_values_that_are_no_errors_are_shown() {
    for (source, shown) in [
        ("x => { throw 5 }", "5"),
        ("x => { throw 'words' }", "words"),
        ("x => { throw {a: 1} }", r#"{"a":1}"#),
        ("x => { throw null }", "null"),
        ("x => { throw undefined }", "undefined"),
        ("x => { throw Symbol('s') }", "Symbol(s)"),
        ("async x => { throw [1, 2] }", "[1,2]"),
    ] {
        let Err(CallError::Threw(thrown)) = call(source, "1") else { panic!("{source}") };
        assert_eq!((thrown.name.as_str(), thrown.message.as_str()), ("", shown), "{source}");
    }
}

#[test]
fn error_that_cannot_be_read_is_still_an_error() {
    for source in [
        "x => { const e = new Error(); Object.defineProperty(e, 'message', {get() { throw 1 }}); throw e }",
        "x => { throw new Proxy({}, {get() { throw 1 }, getPrototypeOf() { throw 2 }}) }",
        "x => { const e = new Error(); e.name = {toString() { throw 1 }}; throw e }",
        "x => { throw new Error('\\ud800') }",
    ] {
        assert!(matches!(call(source, "1"), Err(CallError::Threw(_))), "{source}");
    }
}
