//! The folder of one run.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::cleanup::{Action, Guard};

/// A folder that is removed at the end, unless something was found that one wants to look at.
#[derive(Debug)]
pub(crate) struct Place {
    folder: PathBuf,
    guard: Guard,
}

impl Place {
    pub(crate) fn new(name: &str) -> anyhow::Result<Self> {
        let folder =
            std::env::temp_dir().join(format!("thorp-torture-{name}-{}", std::process::id()));
        fs::create_dir(&folder)
            .with_context(|| format!("failed to create `{}`", folder.display()))?;
        let guard = Guard::new(Action::Remove(folder.clone()));
        Ok(Self { folder, guard })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.folder
    }

    /// Leaves the folder where it is, and says so.
    pub(crate) fn keep(self) {
        println!("data and logs of the nodes are kept in {}", self.folder.display());
        self.guard.disarm();
    }
}
