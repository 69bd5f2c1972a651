//! The modules of Python: their own tests, and the same stream as the reference writes.

use std::io::Write;

use crate::support::{fixtures, python, run_python};

#[test]
fn the_modules_pass_their_own_tests() {
    let folder = tempfile::tempdir().unwrap();
    let python = python(folder.path());
    let tests = concat!(env!("CARGO_MANIFEST_DIR"), "/python_tests");
    let report = run_python(&python, &["-W", "error", "-m", "unittest", "discover", "-s", tests]);
    assert!(report.contains("\nOK"), "{report}");
    if std::env::var_os("THORP_DPP_PYTHON").is_none() {
        skip("comparison with the reference: THORP_DPP_PYTHON names no Python that has it");
    }
    if !fixtures().is_dir() {
        skip("acceptance cases: THORP_FIXTURES names no folder");
    }
}

fn skip(what: &str) {
    std::io::stderr().write_all(format!("SKIPPED: {what}\n").as_bytes()).unwrap();
}
