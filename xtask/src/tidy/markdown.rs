//! A Markdown file has one title, and its links to other files of the workspace lead somewhere.

use std::path::{Component, Path};

use super::Complaint;
use super::tree::{File, Tree};

pub(super) fn check(tree: &Tree) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for file in tree.below("", ".md") {
        let lines = lines_outside_of_code(&file.text);
        let titles = lines.iter().filter(|line| line.starts_with("# ")).count();
        if titles != 1 {
            let text = format!("has {titles} titles (lines that start with `# `), not one");
            complaints.push(Complaint::new(&file.path, text));
        }
        for link in lines.iter().flat_map(|line| links(line)) {
            if let Some(path) = target(file, link)
                && !exists(tree, &path)
            {
                let text = format!("links to `{link}`, and there is no `{path}`");
                complaints.push(Complaint::new(&file.path, text));
            }
        }
    }
    complaints
}

fn lines_outside_of_code(text: &str) -> Vec<&str> {
    let mut in_code = false;
    text.lines()
        .filter(|line| {
            let is_fence = line.trim_start().starts_with("```");
            in_code ^= is_fence;
            !in_code && !is_fence
        })
        .collect()
}

/// The targets of `[text](target)`.
fn links(line: &str) -> impl Iterator<Item = &str> {
    line.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(link, _)| link)
}

/// The path in the workspace that `link` of `file` means, unless it leads outside.
fn target(file: &File, link: &str) -> Option<String> {
    let path = link.split('#').next().unwrap_or_default();
    if path.is_empty() || path.contains("://") || path.starts_with("mailto:") {
        return None;
    }
    let folder = Path::new(&file.path).parent()?;
    let mut parts: Vec<&str> = Vec::new();
    let joined = folder.join(path);
    for part in joined.components() {
        match part {
            Component::ParentDir => {
                parts.pop();
            }
            Component::Normal(name) => parts.extend(name.to_str()),
            _ => {}
        }
    }
    Some(parts.join("/"))
}

fn exists(tree: &Tree, path: &str) -> bool {
    let folder = format!("{path}/");
    tree.files.iter().any(|file| file.path == path || file.path.starts_with(&folder))
}

#[cfg(test)]
mod tests;
