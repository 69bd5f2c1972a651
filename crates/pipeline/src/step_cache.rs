//! Outputs of steps that are kept for the next run: `cache: true` and `checkpoint`.
//!
//! A kept output is the package as it left the step, in the wire protocol, compressed. It becomes
//! visible together with the other outputs of the run, so a failed run keeps nothing.

use std::fs::File;
use std::io::{BufReader, BufWriter, Read};
use std::path::{Path, PathBuf};

use model::Json;
use model::package::Package;
use store::staging::{StagedFile, Staging};
use tabular::Batch;
use zstd::{Decoder, Encoder};

use crate::context::{Context, Stats};
use crate::error::StepError;
use crate::file_sink::folder::{seal, stage};
use crate::processor::{Output, Processor};
use crate::wire_stream::{WireReader, WireWriter};

/// Passes everything on and keeps a copy in a file.
pub struct Keep {
    path: PathBuf,
    open: Option<Open>,
    ctx: Option<Context>,
}

/// The file while it is written.
struct Open {
    staging: Staging,
    writer: WireWriter<Encoder<'static, BufWriter<StagedFile>>>,
}

impl std::fmt::Debug for Keep {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keep").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Keep {
    /// Keeps what passes in the file at `path`.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), open: None, ctx: None }
    }

    fn begin(&self, package: &Package, ctx: &Context) -> Result<Open, StepError> {
        let path = ctx.path(&self.path);
        let failed =
            |error| StepError::io(format!("keep the output in `{}`", path.display()), error);
        let folder = path.parent().unwrap_or(Path::new("."));
        let mut staging = stage(folder, ctx)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let file = staging.file(&name).map_err(|error| {
            StepError::outside(format!("keep the output in `{}`", path.display()), error)
        })?;
        let encoder = Encoder::new(BufWriter::new(file), 1).map_err(failed)?;
        let mut writer = WireWriter::new(encoder);
        // The value of a variable may have changed when the file is read, and must not be in it.
        let mut package = package.clone();
        ctx.redactor.redact_package(&mut package);
        writer.header(&Json::Object(model::Map::new()), &package)?;
        Ok(Open { staging, writer })
    }
}

impl Processor for Keep {
    fn describe(&mut self, package: Package, ctx: &Context) -> Result<Package, StepError> {
        self.open = Some(self.begin(&package, ctx)?);
        self.ctx = Some(ctx.clone());
        Ok(package)
    }

    fn open(&mut self, resource: &str, out: &mut dyn Output) -> Result<(), StepError> {
        if let Some(open) = &mut self.open {
            open.writer.open(resource)?;
        }
        out.open(resource)
    }

    fn rows(&mut self, batch: Batch, out: &mut dyn Output) -> Result<(), StepError> {
        if let Some(open) = &mut self.open {
            open.writer.rows(batch.clone())?;
        }
        out.rows(batch)
    }

    fn finish(&mut self, stats: &mut Stats, _: &mut dyn Output) -> Result<(), StepError> {
        let (Some(mut open), Some(ctx)) = (self.open.take(), &self.ctx) else { return Ok(()) };
        let mut kept = stats.clone();
        ctx.redactor.redact_map(&mut kept);
        open.writer.stats(&kept)?;
        let failed = |error| StepError::io("keep the output", error);
        let file = open.writer.into_inner().finish().map_err(failed)?;
        file.into_inner().map_err(|error| failed(error.into_error()))?;
        ctx.prepare(seal(open.staging)?);
        Ok(())
    }
}

/// Gives what was kept, in place of the steps that made it.
pub struct Replay {
    path: PathBuf,
    reader: Option<WireReader<BufReader<Box<dyn Read + Send>>>>,
    package: Package,
}

impl std::fmt::Debug for Replay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Replay").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Replay {
    /// Replays the file at `path`.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), reader: None, package: Package::default() }
    }
}

impl Processor for Replay {
    fn describe(&mut self, _: Package, ctx: &Context) -> Result<Package, StepError> {
        let path = ctx.path(&self.path);
        let failed =
            |error| StepError::io(format!("read the kept output `{}`", path.display()), error);
        let decoder = Decoder::new(File::open(&path).map_err(failed)?).map_err(failed)?;
        let stream: Box<dyn Read + Send> = Box::new(decoder);
        let mut reader = WireReader::new(BufReader::new(stream));
        let (_, package) = reader.header()?;
        self.reader = Some(reader);
        self.package = package.clone();
        Ok(package)
    }

    fn finish(&mut self, stats: &mut Stats, out: &mut dyn Output) -> Result<(), StepError> {
        let Some(mut reader) = self.reader.take() else { return Ok(()) };
        reader.resources(&self.package, out)?;
        stats.extend(reader.stats()?);
        Ok(())
    }
}
