//! Expressions: how their values, errors and logs are shown.

use runtime::javascript::{CallError, Config, JavaScript, LogLevel};

use super::kit::{config, javascript, scope, shown};

#[test]
fn values_are_shown_as_people_write_them() {
    for (expression, text) in [
        ("1 + 1", "2"),
        ("'a' + 'b'", "ab"),
        ("['a', 1.5, null, undefined, true]", r#"["a",1.5,null,undefined,true]"#),
        ("{a: {b: 1}}", r#"{"a":{"b":1}}"#),
        ("({})", "{}"),
        ("{}", "{}"),
        ("{ const a = 1; a + 1 }", "2"),
        ("-0", "-0"),
        ("10n ** 20n", "100000000000000000000n"),
        ("undefined", "undefined"),
        ("", "undefined"),
        ("x => x", "[Function]"),
        ("Math.max", "[Function: max]"),
        ("class Mill {}; Mill", "[class: Mill]"),
        ("Symbol('s')", "Symbol(s)"),
        ("new TypeError('bad')", "TypeError: bad"),
        ("new Date(0)", "1970-01-01T00:00:00.000Z"),
        ("/a+/g", "/a+/g"),
        ("new Map([['k', {v: 1}]])", r#"Map {"k" => {"v":1}}"#),
        ("new Set([1, 'a'])", r#"Set {1,"a"}"#),
        ("new Uint8Array([1, 2])", "Uint8Array [1,2]"),
        ("new ArrayBuffer(3)", "[ArrayBuffer of 3 bytes]"),
        ("const a = [1]; a.push(a); a", "[1,[Circular]]"),
        ("({get a() { throw new Error('no') }})", r#"{"a":[Threw: Error: no]}"#),
        ("'\\ud800'", "\u{fffd}"),
    ] {
        assert_eq!(shown(expression), text, "{expression}");
    }
}

#[test]
fn promises_are_awaited() {
    assert_eq!(shown("Promise.resolve([1])"), "[1]");
    assert_eq!(shown("const a = await Promise.resolve(2); a * 2"), "4");
    assert_eq!(shown("new Promise(done => setTimeout(done, 3, 'late'))"), "late");
}

#[test]
fn value_comes_as_json_where_it_can() {
    let javascript = javascript();
    let json = |expression: &str| javascript.eval(&scope(&[]), expression).result.unwrap().json;

    assert_eq!(json("{a: [1, 'b']}").as_deref(), Some(r#"{"a":[1,"b"]}"#));
    assert_eq!(json("'a'").as_deref(), Some(r#""a""#));
    assert_eq!(json("1n"), None);
    assert_eq!(json("undefined"), None);
}

#[test]
fn statements_give_the_value_of_the_last_one() {
    assert_eq!(shown("let a = 1; a += 1; a"), "2");
    assert_eq!(shown("function f(x) { return x }\nf(3)"), "3");
    assert_eq!(shown("if (true) 'yes'; else 'no'"), "yes");
}

#[test]
fn what_an_expression_defines_is_gone_afterwards() {
    let javascript = JavaScript::new(Config { contexts_max: 1, ..config() });
    let eval = |expression: &str| javascript.eval(&scope(&[]), expression).result.unwrap().text;

    assert_eq!(eval("const a = 1; var b = 2; c = 3; a"), "1");
    assert_eq!(eval("[typeof a, typeof b, typeof c]"), r#"["undefined","undefined","undefined"]"#);
}

#[test]
fn errors_of_expressions_are_told() {
    let Err(CallError::Threw(thrown)) = javascript().eval(&scope(&[]), "nothing.at.all").result
    else {
        panic!("evaluated");
    };
    assert_eq!(thrown.to_string(), "ReferenceError: nothing is not defined");
    let Err(CallError::Threw(thrown)) = javascript().eval(&scope(&[]), "1 +\n* 2").result else {
        panic!("evaluated");
    };
    assert_eq!(thrown.location.unwrap().line, 2, "{thrown:?}");
    let Err(CallError::Threw(thrown)) = javascript().eval(&scope(&[]), "throw 7").result else {
        panic!("evaluated");
    };
    assert_eq!(thrown.message, "7");
}

#[test]
fn large_and_deep_values_are_cut() {
    let text = shown("Array.from({length: 1000}, (_, i) => i)");
    assert!(text.ends_with(",99,... 900 more]"), "{text}");
    let text = shown("let a = {}; for (let i = 0; i < 100; i++) a = {a}; a");
    assert!(text.contains("[Object]"), "{text}");
    let text = shown("const f = n => n ? Array.from({length: 90}, () => f(n - 1)) : 1; f(3)");
    assert!(text.len() < 1_000_000, "{}", text.len());
}

#[test]
fn console_has_levels() {
    let source =
        "console.log('a', {b: 1}); console.info(1); console.warn('w'); console.error(null);
        console.debug(); console.trace('\\ud800')";
    let log = javascript().eval(&scope(&[]), source).log;

    let lines: Vec<(LogLevel, &str)> =
        log.lines.iter().map(|line| (line.level, line.text.as_str())).collect();
    assert_eq!(
        lines,
        [
            (LogLevel::Info, r#"a {"b":1}"#),
            (LogLevel::Info, "1"),
            (LogLevel::Warn, "w"),
            (LogLevel::Error, "null"),
            (LogLevel::Debug, ""),
            (LogLevel::Debug, "\u{fffd}"),
        ]
    );
    assert_eq!(log.dropped, 0);
}
