//! Finds the specifications below a folder.

use std::fs;
use std::path::{Path, PathBuf};

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::{SpecError, limits};

/// The file that holds pipelines.
pub const SPEC_FILE: &str = "pipeline-spec.yaml";
/// How the file ends that holds the source of a generator.
pub const SOURCE_SUFFIX: &str = ".source-spec.yaml";
/// The file in the project that says what is not looked into.
pub const IGNORE_FILE: &str = ".dpp_spec_ignore";

/// A file with pipelines, or with what pipelines are generated from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpecFile {
    pub path: PathBuf,
    /// Its folder as ids of pipelines begin: `.`, `./a/b`.
    pub folder: String,
    /// The Python module that generates pipelines from it.
    pub generator: Option<String>,
}

impl SpecFile {
    /// The file as users name it: `./a/pipeline-spec.yaml`.
    pub fn label(&self) -> String {
        let name = self.path.file_name().unwrap_or_default();
        format!("{}/{}", self.folder, name.to_string_lossy())
    }
}

/// Finds the specifications below `root`: those of a folder, then of its folders by name.
///
/// Neither hidden folders nor links are followed, nor what `.dpp_spec_ignore` names. What cannot
/// be read comes back as an error beside the rest.
pub fn find(root: &Path) -> (Vec<SpecFile>, Vec<SpecError>) {
    let mut search = Search { root, ignore: None, folders: 0, found: vec![], errors: vec![] };
    search.ignore = search.read_ignore_file();
    search.folder(root, ".", 0);
    (search.found, search.errors)
}

struct Search<'a> {
    root: &'a Path,
    ignore: Option<Gitignore>,
    folders: usize,
    found: Vec<SpecFile>,
    errors: Vec<SpecError>,
}

impl Search<'_> {
    fn read_ignore_file(&mut self) -> Option<Gitignore> {
        let file = self.root.join(IGNORE_FILE);
        if !file.is_file() {
            return None;
        }
        let mut builder = GitignoreBuilder::new(self.root);
        let bad_line = builder.add(&file);
        let matcher = builder.build();
        if let Some(reason) = bad_line.or(matcher.as_ref().err().cloned()) {
            let file = format!("./{IGNORE_FILE}");
            self.errors.push(SpecError::Unreadable { file, reason: reason.to_string() });
        }
        matcher.ok()
    }

    fn folder(&mut self, path: &Path, label: &str, depth: usize) {
        self.folders += 1;
        if self.folders > limits::FOLDERS_MAX || depth > limits::FOLDER_DEPTH_MAX {
            self.refuse(label, depth);
            return;
        }
        let entries = match read_sorted(path) {
            Ok(entries) => entries,
            Err(error) => {
                let file = label.to_owned();
                self.errors.push(SpecError::Unreadable { file, reason: error.to_string() });
                return;
            }
        };
        let mut folders = Vec::new();
        for (name, entry, is_folder) in entries {
            if self.is_ignored(&entry, is_folder) {
                continue;
            }
            if !is_folder {
                self.file(&name, entry, label);
            } else if !name.starts_with('.') {
                folders.push((name, entry));
            }
        }
        for (name, entry) in folders {
            self.folder(&entry, &format!("{label}/{name}"), depth + 1);
        }
    }

    /// Says once that the search was cut.
    fn refuse(&mut self, label: &str, depth: usize) {
        let error = if depth > limits::FOLDER_DEPTH_MAX {
            let max = limits::FOLDER_DEPTH_MAX;
            SpecError::TooMany { folder: label.to_owned(), what: "folders in each other", max }
        } else if self.folders == limits::FOLDERS_MAX + 1 {
            let max = limits::FOLDERS_MAX;
            SpecError::TooMany { folder: ".".to_owned(), what: "folders", max }
        } else {
            return;
        };
        self.errors.push(error);
    }

    fn file(&mut self, name: &str, path: PathBuf, folder: &str) {
        let generator = match name.strip_suffix(SOURCE_SUFFIX) {
            Some(module) => Some(module.to_owned()),
            None if name == SPEC_FILE => None,
            None => return,
        };
        self.found.push(SpecFile { path, folder: folder.to_owned(), generator });
    }

    fn is_ignored(&self, path: &Path, is_folder: bool) -> bool {
        self.ignore.as_ref().is_some_and(|ignore| ignore.matched(path, is_folder).is_ignore())
    }
}

/// Name, path, and whether it is a folder, of all but links and names that are no Unicode.
fn read_sorted(folder: &Path) -> std::io::Result<Vec<(String, PathBuf, bool)>> {
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if let Ok(name) = entry.file_name().into_string()
            && (kind.is_dir() || kind.is_file())
        {
            entries.push((name, entry.path(), kind.is_dir()));
        }
    }
    entries.sort();
    Ok(entries)
}
