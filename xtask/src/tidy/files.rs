//! Rules about single files: size, length, header, lints, marks of unfinished work.

use super::Complaint;
use super::tree::{File, Tree};

/// One file is one idea; a longer one has several. Tests are not counted.
const LINES_MAX: usize = 600;
/// From here on a Rust file says at its head what it is.
const LINES_WITHOUT_HEADER_MAX: usize = 50;
/// Larger files are data that belongs elsewhere: a clone stays small.
const BYTES_MAX: u64 = 256 * 1024;

/// Words of unfinished work; joined here so that this file does not complain about itself.
const UNFINISHED: [&str; 5] = [
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("XX", "X"),
    concat!("todo", "!"),
    concat!("unimplemented", "!"),
];
const CODE_AND_TEXT: [&str; 8] = [".rs", ".md", ".toml", ".py", ".sh", ".yml", ".yaml", ".ci/run"];

pub(super) fn check(tree: &Tree) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for file in &tree.files {
        if file.bytes > BYTES_MAX {
            let text = format!("has {} bytes, more than {BYTES_MAX}", file.bytes);
            complaints.push(Complaint::new(&file.path, text));
        }
        if file.path.ends_with(".rs") {
            complaints.extend(rust(file));
        }
        if is_manifest_of_a_crate(&file.path) && !inherits_lints(&file.text) {
            let text = "has no `[lints]` table with `workspace = true`";
            complaints.push(Complaint::new(&file.path, text));
        }
        if CODE_AND_TEXT.iter().any(|suffix| file.path.ends_with(suffix)) {
            complaints.extend(unfinished(file));
        }
    }
    complaints
}

fn rust(file: &File) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    let lines = file.text.lines().count();
    if lines > LINES_MAX && !is_test(&file.path) {
        let text = format!("has {lines} lines, more than {LINES_MAX}: split it by ideas");
        complaints.push(Complaint::new(&file.path, text));
    }
    let is_unit_test = file.path.ends_with("/tests.rs");
    if lines > LINES_WITHOUT_HEADER_MAX && !is_unit_test && !file.text.starts_with("//!") {
        let text = format!("has {lines} lines and no `//!` header that says what it is");
        complaints.push(Complaint::new(&file.path, text));
    }
    complaints
}

fn is_test(path: &str) -> bool {
    path.ends_with("/tests.rs") || path.contains("/tests/") || path.contains("/benches/")
}

fn is_manifest_of_a_crate(path: &str) -> bool {
    ["bench/Cargo.toml", "sim/Cargo.toml", "xtask/Cargo.toml"].contains(&path)
        || (path.starts_with("crates/") && path.ends_with("/Cargo.toml"))
}

fn inherits_lints(manifest: &str) -> bool {
    let mut lines = manifest.lines().map(str::trim).skip_while(|line| *line != "[lints]").skip(1);
    lines.find(|line| !line.is_empty()) == Some("workspace = true")
}

fn unfinished(file: &File) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for (index, line) in file.text.lines().enumerate() {
        for word in UNFINISHED {
            if has_word(line, word) {
                let text =
                    format!("line {} says `{word}`: do it, or say it in the docs", index + 1);
                complaints.push(Complaint::new(&file.path, text));
            }
        }
    }
    complaints
}

fn has_word(line: &str, word: &str) -> bool {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
    line.match_indices(word).any(|(start, _)| {
        let before = line.get(..start).unwrap_or_default().chars().next_back();
        let after = line.get(start + word.len()..).unwrap_or_default().chars().next();
        !before.is_some_and(is_part) && (word.ends_with('!') || !after.is_some_and(is_part))
    })
}

#[cfg(test)]
mod tests;
