//! Patches: what they define, what replaces what, and what their errors say.

use runtime::javascript::{CallError, Config, JavaScript, Location, Scope, Thrown};

use super::kit::{SHORT_MS, anonymous, config, javascript, json, named, scope};

/// The result of calling `name` with 1 in a new pool.
fn called(sources: &[&str], name: &str) -> String {
    let answer = javascript().call(&scope(sources), &named(name), json("1")).result.unwrap();
    format!("{:?}", answer)
}

fn shown(sources: &[&str], expression: &str) -> String {
    javascript().eval(&scope(sources), expression).result.unwrap().text
}

fn refused(source: &str) -> Thrown {
    match javascript().check(&scope(&[source])).result {
        Err(CallError::Patch { number: 1, name, source }) if name == "1.js" => *source,
        other => panic!("{source}: {other:?}"),
    }
}

#[test]
fn functions_of_every_form_can_be_called_by_name() {
    for source in [
        "function f(x) { return x + 1 }",
        "const f = x => x + 1",
        "let f = function (x) { return x + 1 }",
        "var f = x => x + 1;",
        "const a = 1, f = x => x + a",
        "const {f} = {f: x => x + 1}",
        "const [, f] = [0, x => x + 1]",
        "async function f(x) { return x + 1 }",
        "'use strict'; function f(x) { return x + 1 }",
        "f = x => x + 1",
        "export function f(x) { return x + 1 }",
        "export const f = x => x + 1",
        "export async function f(x) { return x + 1 }",
        "const g = x => x + 1\nexport { g as f }",
        "function f(x) { return x + 1 }\nexport default 5",
        "const one = await Promise.resolve(1)\nfunction f(x) { return x + one }",
        "function f(x) { return x + 1 } // end",
    ] {
        assert_eq!(called(&[source], "f"), r#"Json("2")"#, "{source}");
    }
    assert_eq!(called(&["export default x => x + 1"], "default"), r#"Json("2")"#);
    assert_eq!(called(&["const größe = x => x"], "größe"), r#"Json("1")"#);
    assert_eq!(called(&["const a = {b: {c: x => x}}"], "a.b.c"), r#"Json("1")"#);
}

#[test]
fn all_that_a_patch_defines_is_global_to_expressions() {
    let source = "const k = 3; let n = 1; class C { m() { return k } } function inc() { n += 1 }";
    assert_eq!(shown(&[source], "inc(); [k, n, new C().m()]"), "[3,2,3]");
    assert_eq!(shown(&[source, "n = 10; inc()"], "n"), "11");
    assert_eq!(shown(&["export let n = 1\nexport function inc() { n += 1 }"], "inc(); n"), "2");
}

#[test]
fn later_patches_replace_what_earlier_ones_defined() {
    let first = "const f = x => 'old'; const k = 1; class C {}; let n = 1";
    for second in
        ["const f = x => k", "function f(x) { return k }", "export function f() { return k }"]
    {
        assert_eq!(called(&[first, second], "f"), r#"Json("1")"#, "{second}");
        assert_eq!(called(&[first, second, second], "f"), r#"Json("1")"#, "{second}");
    }
    assert_eq!(
        called(&[first, "function k(x) { return 'function' }"], "k"),
        r#"Json("\"function\"")"#
    );
    assert_eq!(shown(&[first, "const n = 2, k = 5"], "[n, k]"), "[2,5]");
    assert_eq!(shown(&[first, first], "n += 1; n"), "2");
}

#[test]
fn patches_leave_what_they_only_use() {
    let source = "const a = [console, Math, {thorp, k: 1}]; function f() { return a.length }";
    assert_eq!(
        shown(&[source], "console.log(1); [f(), Math.max(1, 2), thorp.node.name]"),
        r#"[3,2,"mill"]"#
    );
}

#[test]
fn context_is_brought_forward_and_rolled_back() {
    let javascript = JavaScript::new(Config { contexts_max: 1, ..config() });
    let sources = ["globalThis.loads = ['a']", "loads.push('b')", "loads.push('c')"];
    let look = |sources: &[&str]| {
        let answer =
            javascript.call(&scope(sources), &anonymous("x => loads.join('')"), json("1")).result;
        answer.unwrap()
    };

    assert_eq!(look(&sources[..1]), json("\"a\""));
    assert_eq!(look(&sources), json("\"abc\""));
    assert_eq!(look(&sources[..2]), json("\"ab\""));
    assert_eq!(look(&[sources[0], sources[2]]), json("\"ac\""));
}

#[test]
fn grammar_errors_say_where() {
    let place = |line, column| Some(Location { line, column });
    for (source, location) in [
        ("let a = 1;\nlet b = ;\n", place(2, 9)),
        ("let b = ;", place(1, 9)),
        ("export const a = 1\nlet b = ;", place(2, 9)),
        ("export const a = ;", place(1, 18)),
    ] {
        let thrown = refused(source);
        assert_eq!(thrown.name, "SyntaxError");
        assert_eq!(thrown.location, location, "{source}: {thrown:?}");
    }
    for source in ["function f() {", "f(`", "/* ", "}"] {
        assert_eq!(refused(source).name, "SyntaxError", "{source}");
    }
}

#[test]
fn patch_that_throws_is_named_and_the_others_still_work() {
    let javascript = javascript();
    let error = javascript.check(&scope(&["var a = 1", "var b = 2;\nnull.x"])).result.unwrap_err();
    assert_eq!(error.to_string(), "patch 2 (`2.js`) failed to load");
    let CallError::Patch { source, .. } = error else { panic!("{error:?}") };
    assert_eq!((source.name.as_str(), source.location), ("TypeError", None));
    assert!(source.stack.contains("2.js:2:"), "{}", source.stack);

    assert!(javascript.check(&scope(&["var a = 1"])).result.is_ok());
    assert_eq!(refused("JSON.parse('{')").location, None);
    assert_eq!(
        refused("export const a = await Promise.reject(new RangeError('r'))").name,
        "RangeError"
    );
}

#[test]
fn patches_have_a_time_of_their_own() {
    let error = javascript().check(&scope(&["while (true);"])).result.unwrap_err();
    assert_eq!(error.to_string(), "the functions of the cluster took more than 10000 ms to load");

    let slow = "let n = 0; while (n < 5e6) n++";
    let short = Scope { time_ms: SHORT_MS / 10, ..scope(&[slow]) };
    let answer = javascript().call(&short, &anonymous("x => n"), json("1")).result.unwrap();
    assert_eq!(answer, json("5000000"));
}

#[test]
fn sloppy_scripts_stay_sloppy_and_modules_strict() {
    assert_eq!(shown(&["undeclared = 1; var o = {}; with (o) { }"], "undeclared"), "1");
    assert_eq!(refused("export const a = 1; undeclared = 1").name, "ReferenceError");
    assert_eq!(shown(&["with ({k: 1}) { var a = k }\n/*\nexport nothing */"], "a"), "1");
}

#[test]
fn source_with_a_zero_is_refused() {
    assert_eq!(refused("var a = '\0'").name, "SyntaxError");
}

#[test]
fn what_patches_write_while_they_load_is_told_by_the_check() {
    let outcome =
        javascript().check(&scope(&["console.log('one')", "console.warn('two'); null.x"]));

    let texts: Vec<&str> = outcome.log.lines.iter().map(|line| line.text.as_str()).collect();
    assert_eq!(texts, ["one", "two"]);
    assert!(outcome.result.is_err());
}
