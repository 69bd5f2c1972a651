//! The rules of the house that a compiler does not check.
//!
//! Each rule is a function from the files (or the packages) to a list of complaints, and its unit
//! tests show that it fires.

mod codes;
mod edges;
mod files;
mod licences;
mod markdown;
pub(crate) mod tree;

use std::fmt;

use anyhow::Context;
use cargo_metadata::MetadataCommand;

use crate::tools;
use tree::Tree;

/// One broken rule at one place.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Complaint {
    /// A path in the workspace, or the name of a package.
    place: String,
    text: String,
}

impl Complaint {
    fn new(place: &str, text: impl Into<String>) -> Self {
        Self { place: place.to_owned(), text: text.into() }
    }
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.text)
    }
}

/// Checks everything, prints the complaints, and says whether there were none.
pub(crate) fn run() -> anyhow::Result<bool> {
    let root = tools::workspace_root();
    let tree = Tree::read(&root)?;
    let metadata = MetadataCommand::new()
        .manifest_path(root.join("Cargo.toml"))
        .other_options(vec!["--locked".to_owned()])
        .exec()
        .context("failed to ask cargo for the packages")?;
    let policy = tree.text("deny.toml").context("`deny.toml` is missing")?;

    let mut complaints = files::check(&tree);
    complaints.extend(markdown::check(&tree));
    complaints.extend(codes::check(&tree));
    complaints.extend(edges::check(&edges::crates_of(&metadata)));
    complaints.extend(licences::check(&licences::packages_of(&metadata), policy)?);
    complaints.sort();
    for complaint in &complaints {
        eprintln!("{complaint}");
    }
    let pages_are_current = crate::docs::check()?;
    Ok(complaints.is_empty() && pages_are_current)
}
