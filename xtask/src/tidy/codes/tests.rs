use super::{Tree, check, codes};

const SOURCE: &str = r#"
trait Fault { fn code(&self) -> &'static str; }
impl Fault for Error {
    fn code(&self) -> &'static str {
        match self {
            Self::A { .. } => "LEASE_HELD",
            Self::B => { "NO_ROWS" }
        }
    }
    fn text(&self) -> &'static str { "NOT_A_CODE" }
}
"#;

fn complaints(files: &[(&str, &str)]) -> Vec<String> {
    check(&Tree::of(files)).iter().map(ToString::to_string).collect()
}

#[test]
fn codes_are_the_texts_in_functions_named_code() {
    assert_eq!(codes(SOURCE), ["LEASE_HELD", "NO_ROWS"]);
}

#[test]
fn code_without_a_page_is_named() {
    let files = [("crates/a/src/b.rs", SOURCE), ("docs/errors/NO_ROWS.md", "# NO_ROWS\n")];
    assert_eq!(
        complaints(&files),
        ["crates/a/src/b.rs: the error code `LEASE_HELD` has no page `docs/errors/LEASE_HELD.md`"]
    );
}

#[test]
fn page_without_a_code_or_with_another_title_is_named() {
    assert_eq!(
        complaints(&[("docs/errors/GONE.md", "# Gone\n")]),
        [
            "docs/errors/GONE.md: no `fn code` returns `GONE`",
            "docs/errors/GONE.md: does not begin with `# GONE`"
        ]
    );
}
