use super::{Pattern, Template};

#[test]
fn a_pattern_must_match_the_whole_name() {
    let pattern = Pattern::new("a|ab").unwrap();
    assert!(pattern.matches_whole("ab"));
    assert!(!pattern.matches_whole("abc"));
}

#[test]
fn groups_are_replaced_as_python_does() {
    let pattern = Pattern::new(r"(\d+)-(?P<unit>[a-z]+)").unwrap();
    let template = Template::new(r"$\g<unit>:\1\n");
    assert_eq!(pattern.replace_all("7-kg, 8-lb", &template), "$kg:7\n, $lb:8\n");
}

#[test]
fn look_around_falls_back_to_the_bounded_engine() {
    let pattern = Pattern::new(r"(?<=a)b").unwrap();
    assert_eq!(pattern.replace_all("ab cb", &Template::new("x")), "ax cb");
}

#[test]
fn a_malformed_pattern_is_named() {
    assert_eq!(Pattern::new("(").unwrap_err().pattern, "(");
}
