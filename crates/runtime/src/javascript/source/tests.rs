use super::{candidates, is_free_name, is_identifier, seems_module};

fn found(source: &str) -> Vec<&str> {
    candidates(source).into_iter().collect()
}

#[test]
fn definitions_are_candidates() {
    assert_eq!(found("function f(x) { return x }"), ["f"]);
    assert_eq!(found("const a = 1, b = 2; let c; var d"), ["a", "b", "c", "d"]);
    assert_eq!(found("async function* g() {}\nclass K extends L {}"), ["K", "g"]);
    assert_eq!(found("const {p, q: r, ...s} = o, [t, [u]] = v"), ["p", "q", "r", "s", "t", "u"]);
    assert_eq!(found("function /* why */ f() {}"), ["f", "why"]);
}

#[test]
fn words_that_are_no_names_are_not_candidates() {
    assert_eq!(found("const let = 1; function if() {}; var 1x, yield"), [""; 0]);
}

#[test]
fn modules_show_by_statements_at_the_begin_of_a_line() {
    for source in ["export function f() {}", "x\n  export{f}", "import 'a'", "f();export default 1"]
    {
        assert!(seems_module(source), "{source}");
    }
    for source in ["// export nothing", "exporter()", "const x = 'import '", "import(x)", ""] {
        assert!(!seems_module(source), "{source}");
    }
}

#[test]
fn free_names_are_ascii_and_not_reserved() {
    assert!(is_free_name("k") && is_free_name("$x_1"));
    assert!(!is_free_name("class") && !is_free_name("größe") && !is_free_name("1x"));
    assert!(is_identifier("größe") && !is_identifier("1x") && !is_identifier(""));
}

#[test]
fn properties_that_are_read_are_not_candidates() {
    assert_eq!(found("a.b.c; f(x).y"), [""; 0]);
}
