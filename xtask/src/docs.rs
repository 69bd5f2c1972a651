//! Pages of `docs/reference` that are made from other pages and by the program, so that they stay
//! true.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Context;

use crate::tidy::tree::Tree;
use crate::tools;

/// A generated page: its path in the workspace, and what makes its text.
struct Page {
    path: &'static str,
    generate: fn(&Tree) -> anyhow::Result<String>,
}

const PAGES: &[Page] = &[Page { path: "docs/reference/errors.md", generate: errors }];

/// Writes all pages, those that the program makes of itself included.
pub(crate) fn write() -> anyhow::Result<bool> {
    let root = tools::workspace_root();
    let mut build = tools::cargo();
    build.args(["build", "--quiet", "--locked", "--workspace", "--bin", "thorp"]);
    let mut program = Command::new(tools::target_folder()?.join("debug").join("thorp"));
    program.arg("reference").arg(root.join("docs").join("reference"));
    if !tools::succeeds(&mut build)? || !tools::succeeds(&mut program)? {
        return Ok(false);
    }
    let tree = Tree::read(&root)?;
    for page in PAGES {
        let path = root.join(page.path);
        let text = (page.generate)(&tree)?;
        let folder = path.parent().unwrap_or(&root);
        fs::create_dir_all(folder)
            .and_then(|()| fs::write(&path, text))
            .with_context(|| format!("failed to write `{}`", path.display()))?;
        println!("{}", page.path);
    }
    Ok(true)
}

/// Says whether the pages are as they would be written now, and names those that are not. Those of
/// the program are held against it by a test of its own.
pub(crate) fn check() -> anyhow::Result<bool> {
    let root = tools::workspace_root();
    let tree = Tree::read(&root)?;
    let mut current = true;
    for page in PAGES {
        if !is_current(&root.join(page.path), &(page.generate)(&tree)?) {
            eprintln!("`{}` is out of date; run `cargo xtask docs`", page.path);
            current = false;
        }
    }
    Ok(current)
}

fn is_current(path: &Path, text: &str) -> bool {
    fs::read_to_string(path).is_ok_and(|written| written == text)
}

/// The index of the error pages: each code with the first sentence of its page.
#[expect(clippy::unnecessary_wraps, reason = "other generators fail")]
fn errors(tree: &Tree) -> anyhow::Result<String> {
    let mut text = String::from(
        "# Errors\n\n\
         Each error has a code with a page of its own; `thorp explain CODE` prints it.\n\n\
         | code | what happened |\n|---|---|\n",
    );
    for file in tree.below("docs/errors/", ".md") {
        let code = file.path.trim_start_matches("docs/errors/").trim_end_matches(".md");
        let summary = file
            .text
            .lines()
            .find(|line| !line.trim().is_empty() && !line.starts_with('#'))
            .unwrap_or_default();
        text.push_str(&format!("| [{code}](../errors/{code}.md) | {summary} |\n"));
    }
    Ok(text)
}

#[cfg(test)]
mod tests;
