//! The modules of Python: their own tests, and the same stream as the reference writes.

use crate::support::{python, run_python};

#[test]
fn the_modules_pass_their_own_tests() {
    let folder = tempfile::tempdir().unwrap();
    let python = python(folder.path());
    let tests = concat!(env!("CARGO_MANIFEST_DIR"), "/python_tests");
    let report = run_python(&python, &["-m", "unittest", "discover", "-s", tests, "-t", tests]);
    assert!(report.contains("OK"), "{report}");
}
