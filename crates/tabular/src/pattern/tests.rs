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

#[test]
fn spellings_of_python_mean_the_same() {
    let cases = [
        (r"a{,2}", "aa", true),
        (r"a{b", "a{b", true),
        (r"[[]&&x]", "[&&x]", true),
        (r"[]a]+", "]a", true),
        (r"[^]a]", "b", true),
        (r"[a&&b]", "&", true),
        (r"\Aab\Z", "ab", true),
        (r"(?P<x>a)(?P=x)", "aa", true),
        (r"[\d.]+", "1.5", true),
        (r"x{2}", "xx", true),
    ];
    for (pattern, text, matches) in cases {
        assert_eq!(Pattern::new(pattern).unwrap().matches_whole(text), matches, "{pattern}");
    }
}
