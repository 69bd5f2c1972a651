use super::{literal_prefix, matches};

#[test]
fn patterns_match_as_in_redis() {
    for (pattern, text, expected) in [
        ("*", "", true),
        ("*", "anything", true),
        ("h?llo", "hello", true),
        ("h?llo", "hllo", false),
        ("h*llo", "hllo", true),
        ("h*llo", "heeeello", true),
        ("h[ae]llo", "hello", true),
        ("h[ae]llo", "hillo", false),
        ("h[^e]llo", "hallo", true),
        ("h[^e]llo", "hello", false),
        ("h[a-b]llo", "hbllo", true),
        ("h[b-a]llo", "hallo", true),
        ("h\\*llo", "h*llo", true),
        ("h\\*llo", "hello", false),
        ("a*b*c", "axxbxxbc", true),
        ("a*b*c", "axxbxxb", false),
        ("[a-]", "-", false),
        ("[a-]", "_", true),
        ("[abc", "c", true),
        ("", "", true),
        ("", "a", false),
        ("**a", "bba", true),
    ] {
        assert_eq!(matches(pattern.as_bytes(), text.as_bytes()), expected, "{pattern} {text}");
    }
}

#[test]
fn many_stars_do_not_take_for_ever() {
    let pattern = "a*".repeat(50) + "b";
    assert!(!matches(pattern.as_bytes(), "a".repeat(10_000).as_bytes()));
}

#[test]
fn a_prefix_ends_at_the_first_special_letter() {
    assert_eq!(literal_prefix(b"user:*"), b"user:");
    assert_eq!(literal_prefix(b"user"), b"user");
    assert_eq!(literal_prefix(b"[u]ser"), b"");
}
