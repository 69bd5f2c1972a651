//! Every error code in the code has a page in `docs/errors`, and every page a code.

use std::collections::{BTreeMap, BTreeSet};

use super::Complaint;
use super::tree::Tree;

const PAGES: &str = "docs/errors/";

pub(super) fn check(tree: &Tree) -> Vec<Complaint> {
    let mut places: BTreeMap<&str, &str> = BTreeMap::new();
    for file in tree.below("crates/", ".rs").filter(|file| !file.path.ends_with("tests.rs")) {
        for code in codes(&file.text) {
            places.entry(code).or_insert(&file.path);
        }
    }
    let pages: BTreeSet<&str> = tree
        .below(PAGES, ".md")
        .map(|file| file.path.trim_start_matches(PAGES).trim_end_matches(".md"))
        .collect();

    let mut complaints = Vec::new();
    for (code, path) in &places {
        if !pages.contains(code) {
            let text = format!("the error code `{code}` has no page `{PAGES}{code}.md`");
            complaints.push(Complaint::new(path, text));
        }
    }
    for page in pages {
        let path = format!("{PAGES}{page}.md");
        if !places.contains_key(page) {
            let text = format!("no `fn code` returns `{page}`");
            complaints.push(Complaint::new(&path, text));
        }
        let title = format!("# {page}\n");
        if !tree.text(&path).is_some_and(|text| text.starts_with(&title)) {
            complaints.push(Complaint::new(&path, format!("does not begin with `# {page}`")));
        }
    }
    complaints
}

/// The upper-case texts in the bodies of the functions named `code`.
fn codes(source: &str) -> Vec<&str> {
    let bodies = source.split("fn code(").skip(1).filter_map(body);
    bodies
        .flat_map(|body| body.split('"').skip(1).step_by(2))
        .filter(|text| is_code(text))
        .collect()
}

/// What stands between the first brace of `text` and the one that closes it.
fn body(text: &str) -> Option<&str> {
    let start = text.find(['{', ';'])?;
    let body = text.get(start..)?.strip_prefix('{')?;
    let mut depth = 1;
    for (index, letter) in body.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return body.get(..index);
        }
    }
    None
}

fn is_code(text: &str) -> bool {
    text.starts_with(|letter: char| letter.is_ascii_uppercase())
        && text.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}

#[cfg(test)]
mod tests;
