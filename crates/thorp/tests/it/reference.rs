//! The reference pages are what the program says of itself.

use std::path::Path;

use crate::project::{program, stderr};

#[test]
fn reference_pages_are_current() {
    let made = tempfile::tempdir().unwrap();
    let output = program().arg("reference").arg(made.path()).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference");
    for page in ["cli.md", "processors.md"] {
        let made = std::fs::read_to_string(made.path().join(page)).unwrap();
        let kept = std::fs::read_to_string(kept.join(page)).unwrap_or_default();
        assert!(made == kept, "`{page}` is out of date; run `thorp reference docs/reference`");
    }
}
