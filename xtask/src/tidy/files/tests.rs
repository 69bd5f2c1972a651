use super::{Tree, check, has_word};

fn complaints(path: &str, text: &str) -> Vec<String> {
    check(&Tree::of(&[(path, text)])).iter().map(ToString::to_string).collect()
}

#[test]
fn file_of_601_lines_is_too_long_and_one_of_600_is_not() {
    let lines = |count: usize| format!("//! Head.\n{}", "\n".repeat(count - 1));
    assert!(complaints("crates/a/src/b.rs", &lines(600)).is_empty());
    assert_eq!(
        complaints("crates/a/src/b.rs", &lines(601)),
        ["crates/a/src/b.rs: has 601 lines, more than 600: split it by ideas"]
    );
}

#[test]
fn tests_may_be_long() {
    let text = format!("//! Head.\n{}", "\n".repeat(1000));
    assert!(complaints("crates/a/src/b/tests.rs", &text).is_empty());
    assert!(complaints("crates/a/tests/it/b.rs", &text).is_empty());
}

#[test]
fn file_of_51_lines_needs_a_header() {
    assert!(complaints("xtask/src/b.rs", &"\n".repeat(50)).is_empty());
    assert_eq!(
        complaints("xtask/src/b.rs", &"\n".repeat(51)),
        ["xtask/src/b.rs: has 51 lines and no `//!` header that says what it is"]
    );
}

#[test]
fn file_of_more_than_256_kib_is_refused() {
    assert!(complaints("data.csv", &"x".repeat(256 * 1024)).is_empty());
    assert_eq!(
        complaints("data.csv", &"x".repeat(256 * 1024 + 1)),
        ["data.csv: has 262145 bytes, more than 262144"]
    );
}

#[test]
fn crate_must_inherit_the_lints_of_the_workspace() {
    assert!(complaints("crates/a/Cargo.toml", "[lints]\nworkspace = true\n").is_empty());
    for manifest in ["[package]\n", "[lints]\n[package]\nworkspace = true\n"] {
        assert_eq!(
            complaints("crates/a/Cargo.toml", manifest),
            ["crates/a/Cargo.toml: has no `[lints]` table with `workspace = true`"]
        );
    }
}

#[test]
fn marks_of_unfinished_work_are_refused_in_code_and_text() {
    for word in super::UNFINISHED {
        let text = format!("fine\n// {word} later\n");
        for path in ["a.rs", "docs/a.md", ".ci/run"] {
            assert_eq!(
                complaints(path, &text),
                [format!("{path}: line 2 says `{word}`: do it, or say it in the docs")]
            );
        }
        assert!(complaints("data.csv", &text).is_empty());
    }
}

#[test]
fn word_inside_another_word_does_not_count() {
    let word = super::UNFINISHED[2];
    assert!(has_word(&format!("({word})"), word));
    assert!(!has_word(&format!("{word}L"), word));
    assert!(!has_word(&format!("_{word}"), word));
}
