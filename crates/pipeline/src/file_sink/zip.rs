//! A zip archive as the target of a file sink.

use std::fs::File;
use std::io::{self, BufWriter, Seek, Write};
use std::path::Path;

use store::staging::{StagedFile, Staging};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::folder::{seal, stage};
use super::kept;
use super::target::Target;
use crate::commit::Prepared;
use crate::context::Context;
use crate::error::StepError;
use crate::limits::FILE_BUFFER_BYTES;

/// Collects files into one archive, in order, deflated.
pub struct Archive {
    staging: Staging,
    writer: ZipWriter<BufWriter<StagedFile>>,
    /// The member that was begun last, until its path is known.
    member: Option<File>,
}

impl std::fmt::Debug for Archive {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Archive").field("staging", &self.staging).finish_non_exhaustive()
    }
}

impl Archive {
    /// An archive at `path` below the folder of the pipeline.
    ///
    /// # Errors
    ///
    /// When nothing can be written there.
    pub fn create(path: &str, ctx: &Context) -> Result<Self, StepError> {
        let path = ctx.path(path);
        let folder = path.parent().unwrap_or(Path::new("."));
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let mut staging = stage(folder, ctx)?;
        let file = staging
            .file(&name)
            .map_err(|error| StepError::outside(format!("write `{}`", path.display()), error))?;
        let writer = ZipWriter::new(BufWriter::with_capacity(FILE_BUFFER_BYTES, file));
        Ok(Self { staging, writer, member: None })
    }
}

impl Target for Archive {
    fn create(&mut self, _: &str) -> Result<Box<dyn Write + Send>, StepError> {
        let (kept, written) = kept::file()?;
        self.member = Some(kept);
        Ok(written)
    }

    fn place(&mut self, path: &str) -> Result<(), StepError> {
        let action = || format!("add `{path}` to the archive");
        store::location::check_relative(path)
            .map_err(|error| StepError::outside(action(), error))?;
        let Some(mut member) = self.member.take() else { return Ok(()) };
        // The moment is fixed, so that the same rows give the same archive.
        let options = SimpleFileOptions::default()
            .last_modified_time(zip::DateTime::default())
            .large_file(true);
        self.writer
            .start_file(path, options)
            .map_err(|error| StepError::outside(action(), error))?;
        member
            .rewind()
            .and_then(|()| io::copy(&mut member, &mut self.writer))
            .map_err(|error| StepError::io(action(), error))?;
        Ok(())
    }

    fn prepare(self: Box<Self>) -> Result<Box<dyn Prepared>, StepError> {
        let finished = self
            .writer
            .finish()
            .map_err(|error| StepError::outside("finish the archive", error))?;
        finished
            .into_inner()
            .map_err(|error| StepError::io("finish the archive", error.into_error()))?;
        seal(self.staging)
    }

    fn descriptor_url(&self) -> Option<String> {
        None
    }
}
