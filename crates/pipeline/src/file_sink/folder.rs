//! A folder as the target of a file sink.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use model::Json;
use store::staging::{Renames, Staging, apply_renames, discard_renames};

use super::target::Target;
use crate::commit::{Cause, Phase, Prepared};
use crate::context::Context;
use crate::error::StepError;
use crate::limits::FILE_BUFFER_BYTES;

/// Stages files beside their places in a folder.
#[derive(Debug)]
pub struct Folder {
    staging: Staging,
    /// The folder as it was written, for the address of the descriptor.
    written: String,
}

impl Folder {
    /// A target at `path` below the folder of the pipeline.
    ///
    /// # Errors
    ///
    /// When nothing can be written there.
    pub fn create(path: &str, ctx: &Context) -> Result<Self, StepError> {
        let staging = stage(&ctx.path(path), ctx)?;
        Ok(Self { staging, written: path.to_owned() })
    }
}

/// Prepares to write below `folder`, noted in the ledger of the run.
pub(crate) fn stage(folder: &Path, ctx: &Context) -> Result<Staging, StepError> {
    let action = || format!("prepare to write to `{}`", folder.display());
    let staging = Staging::create(folder, ctx.ledger.run())
        .map_err(|error| StepError::outside(action(), error))?;
    let record = serde_json::to_value(staging.record())
        .map_err(|error| StepError::outside(action(), error))?;
    ctx.ledger.note(Phase::Files, record).map_err(|error| StepError::outside(action(), error))?;
    Ok(staging)
}

impl Target for Folder {
    fn create(&mut self, path: &str) -> Result<Box<dyn Write + Send>, StepError> {
        let file = self
            .staging
            .file(path)
            .map_err(|error| StepError::outside(format!("write `{path}`"), error))?;
        Ok(Box::new(BufWriter::with_capacity(FILE_BUFFER_BYTES, file)))
    }

    fn place(&mut self, path: &str) -> Result<(), StepError> {
        self.staging
            .move_last(path)
            .map_err(|error| StepError::outside(format!("write `{path}`"), error))
    }

    fn prepare(self: Box<Self>) -> Result<Box<dyn Prepared>, StepError> {
        seal(self.staging)
    }

    fn descriptor_url(&self) -> Option<String> {
        let path = PathBuf::from(&self.written).join("datapackage.json");
        Some(path.to_string_lossy().into_owned())
    }
}

/// Syncs what is staged and makes it an output of the run.
pub(crate) fn seal(staging: Staging) -> Result<Box<dyn Prepared>, StepError> {
    let renames =
        staging.seal().map_err(|error| StepError::outside("sync the output to disk", error))?;
    Ok(Box::new(Staged(renames)))
}

/// Files that wait to be renamed.
#[derive(Debug)]
struct Staged(Renames);

impl Prepared for Staged {
    fn phase(&self) -> Phase {
        Phase::Files
    }

    fn record(&self) -> Json {
        serde_json::to_value(&self.0).unwrap_or_default()
    }

    fn commit(self: Box<Self>) -> Result<(), Cause> {
        apply_renames(&self.0).map_err(Cause::from)
    }

    fn rollback(self: Box<Self>) {
        if let Err(error) = discard_renames(&self.0) {
            tracing::warn!(%error, "staged files not removed");
        }
    }
}
