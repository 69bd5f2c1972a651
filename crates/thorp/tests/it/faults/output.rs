//! Standard output that nobody takes.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

use crate::project::{program, stderr};

#[test]
fn a_full_standard_output_is_an_error_in_one_line() {
    let full = File::create("/dev/full").unwrap();
    let output = program().args(["processor", "list"]).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let text = stderr(&output);
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(text.starts_with("error: failed to write to standard output: No space left"), "{text}");
}

#[test]
fn a_reader_that_leaves_early_hears_nothing_more() {
    let mut child = program()
        .args(["explain", "--output", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let lines: Vec<_> = BufReader::new(child.stderr.take().unwrap()).lines().collect();
    assert!(lines.is_empty(), "{lines:?}");
    child.wait().unwrap();
}
