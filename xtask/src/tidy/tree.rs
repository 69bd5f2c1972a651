//! The files of the workspace that people write, read once.

use std::fs;
use std::path::Path;

use anyhow::Context;

/// Folders that hold what tools made.
const SKIPPED_FOLDERS: [&str; 5] = [".git", "target", "node_modules", ".thorp", "__pycache__"];

/// All files, sorted by path.
#[derive(Debug)]
pub(crate) struct Tree {
    pub(crate) files: Vec<File>,
}

/// One file; `text` is empty when it is not UTF-8.
#[derive(Debug)]
pub(crate) struct File {
    /// From the root of the workspace, with `/`.
    pub(crate) path: String,
    pub(crate) bytes: u64,
    pub(crate) text: String,
}

impl Tree {
    /// Reads the workspace at `root`.
    pub(crate) fn read(root: &Path) -> anyhow::Result<Self> {
        let mut files = Vec::new();
        collect(root, "", &mut files)
            .with_context(|| format!("failed to read the files below `{}`", root.display()))?;
        files.sort_by(|a: &File, b: &File| a.path.cmp(&b.path));
        Ok(Self { files })
    }

    /// The text of the file at `path`.
    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.files.iter().find(|file| file.path == path).map(|file| file.text.as_str())
    }

    /// The files in `folder` (with `/` at the end) whose names end with `suffix`.
    pub(crate) fn below<'a>(
        &'a self,
        folder: &'a str,
        suffix: &'a str,
    ) -> impl Iterator<Item = &'a File> {
        self.files
            .iter()
            .filter(move |file| file.path.starts_with(folder) && file.path.ends_with(suffix))
    }

    /// A tree of the given paths and texts.
    #[cfg(test)]
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let file = |&(path, text): &(&str, &str)| File {
            path: path.to_owned(),
            bytes: text.len().try_into().unwrap(),
            text: text.to_owned(),
        };
        Self { files: files.iter().map(file).collect() }
    }
}

fn collect(folder: &Path, prefix: &str, files: &mut Vec<File>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{prefix}{name}");
        let kind = entry.file_type()?;
        if kind.is_dir() {
            if !SKIPPED_FOLDERS.contains(&name.as_str()) {
                collect(&entry.path(), &format!("{path}/"), files)?;
            }
        } else if kind.is_file() {
            let bytes = entry.metadata()?.len();
            let text = String::from_utf8(fs::read(entry.path())?).unwrap_or_default();
            files.push(File { path, bytes, text });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
