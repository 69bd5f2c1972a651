use super::{described, is_stack_overflow, located, location};
use crate::javascript::{Location, Thrown};
use crate::limits::JAVASCRIPT_THROWN_BYTES_MAX;

fn syntax_error(stack: &str) -> Thrown {
    described(vec!["SyntaxError".into(), "unexpected token".into(), stack.into()])
}

#[test]
fn texts_are_cut_between_letters() {
    let thrown = described(vec!["Error".into(), "ü".repeat(JAVASCRIPT_THROWN_BYTES_MAX)]);

    assert_eq!(thrown.message.len(), JAVASCRIPT_THROWN_BYTES_MAX);
    assert_eq!(thrown.stack, "");
}

#[test]
fn location_is_that_of_the_named_source_only() {
    let thrown = syntax_error("    at p.js:3:7\n");
    assert_eq!(location(&thrown, "p.js"), Some(Location { line: 3, column: 7 }));
    assert_eq!(location(&thrown, "q.js"), None);
    assert_eq!(location(&syntax_error("    at parse (native)\n    at p.js:1:2\n"), "p.js"), None);
}

#[test]
fn letters_before_the_source_do_not_count() {
    let first = located(syntax_error("    at p.js:1:7\n"), "p.js", 1);
    assert_eq!(first.location, Some(Location { line: 1, column: 6 }));
    assert_eq!(first.stack, "    at p.js:1:6\n");
    let second = located(syntax_error("    at p.js:2:7\n"), "p.js", 1);
    assert_eq!(second.location, Some(Location { line: 2, column: 7 }));
}

#[test]
fn deep_recursion_is_told_by_name_and_message() {
    let thrown = described(vec!["RangeError".into(), super::STACK_OVERFLOW.into()]);
    assert!(is_stack_overflow(&thrown));
    assert!(!is_stack_overflow(&syntax_error("")));
}
