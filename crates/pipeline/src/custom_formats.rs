//! The legacy `dump.to_path` and `dump.to_zip` with file formats that are Python classes.
//!
//! Python writes the files into a folder of its own; thorp moves them to their place, together
//! with the other outputs of the run.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use model::package::Package;
use model::{Json, Map};
use tempfile::TempDir;

use crate::context::{Context, Stats};
use crate::error::StepError;
use crate::file_sink::bucket::Bucket;
use crate::file_sink::folder::Folder;
use crate::file_sink::target::Target;
use crate::file_sink::zip::Archive;
use crate::package_source::DESCRIPTOR;
use crate::parameters::Parameters;
use crate::processor::{Output, Processor};

/// Where files with formats of the user go in the end.
#[derive(Debug)]
pub(crate) struct CustomFormats {
    out: Out,
    folder: TempDir,
}

#[derive(Debug, Clone)]
enum Out {
    /// A folder, or an address in a bucket.
    Path(String),
    Zip(String),
}

impl CustomFormats {
    /// Whether the processor called `name` has formats of the user among its parameters.
    pub(crate) fn are_in(name: &str, parameters: &Map) -> bool {
        let formats = Parameters(parameters).get("file_formatters").and_then(Json::as_object);
        matches!(name, "dump.to_path" | "dump.to_zip") && formats.is_some_and(|map| !map.is_empty())
    }

    /// The work that is left for thorp; the parameters are revealed.
    ///
    /// # Errors
    ///
    /// A parameter error for a value of the wrong form; when there is no temporary folder.
    pub(crate) fn new(name: &str, parameters: &Map) -> Result<Self, StepError> {
        let parameters = Parameters(parameters);
        let out = match name {
            "dump.to_zip" => Out::Zip(parameters.required_text("out_file")?.to_owned()),
            _ => Out::Path(parameters.text("out_path")?.unwrap_or(".").to_owned()),
        };
        let folder = tempfile::tempdir()
            .map_err(|error| StepError::io("make a folder for the files of Python", error))?;
        Ok(Self { out, folder })
    }

    /// The parameters for the Python that writes the files.
    pub(crate) fn parameters(&self, parameters: &Map) -> Map {
        let mut given: Map = parameters
            .iter()
            .map(|(key, value)| (key.replace('_', "-"), value.clone()))
            .filter(|(key, _)| key != "out-file")
            .collect();
        given.insert("out-path".into(), self.folder.path().to_string_lossy().into());
        given
    }

    /// The step that stands behind the one in Python.
    pub(crate) fn adopt(self) -> Box<dyn Processor> {
        Box::new(Adopt { out: self.out, folder: self.folder, open: None })
    }
}

/// Passes everything on, and at the end takes the files over.
#[derive(Debug)]
struct Adopt {
    out: Out,
    folder: TempDir,
    open: Option<(Box<dyn Target>, Context)>,
}

impl Adopt {
    /// Copies the files to `target`: data in the order of the descriptor, which comes last.
    fn copy(&self, target: &mut dyn Target, ctx: &Context) -> Result<(), StepError> {
        let failed = |error| StepError::io("take over the files of Python", error);
        let descriptor = self.folder.path().join(DESCRIPTOR);
        let text = std::fs::read_to_string(&descriptor).map_err(failed)?;
        for path in self.files(&text).map_err(failed)? {
            let mut file = File::open(self.folder.path().join(&path)).map_err(failed)?;
            write(target, &path, &mut file)?;
        }
        write(target, DESCRIPTOR, &mut ctx.redactor.redact(&text).as_bytes())
    }

    /// The files without the descriptor, as paths within the folder.
    fn files(&self, descriptor: &str) -> io::Result<Vec<String>> {
        let mut found = Vec::new();
        find(self.folder.path(), Path::new(""), &mut found)?;
        let descriptor = serde_json::from_str(descriptor).unwrap_or_default();
        let paths: Vec<Json> =
            Package { descriptor }.resources().filter_map(|r| r.get("path").cloned()).collect();
        let place = |path: &String| paths.iter().position(|known| known.as_str() == Some(path));
        found.retain(|path| path != DESCRIPTOR);
        found.sort_by_key(|path| (place(path).unwrap_or(paths.len()), path.clone()));
        Ok(found)
    }
}

fn find(root: &Path, inside: &Path, found: &mut Vec<String>) -> io::Result<()> {
    for entry in std::fs::read_dir(root.join(inside))? {
        let entry = entry?;
        let path: PathBuf = inside.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            find(root, &path, found)?;
        } else {
            found.push(path.to_string_lossy().into_owned());
        }
    }
    Ok(())
}

fn write(target: &mut dyn Target, path: &str, content: &mut dyn Read) -> Result<(), StepError> {
    let mut file = target.create(path)?;
    io::copy(content, &mut file)
        .and_then(|_| file.flush())
        .map_err(|error| StepError::io(format!("write `{path}`"), error))?;
    drop(file);
    target.place(path)
}

impl Processor for Adopt {
    fn describe(&mut self, package: Package, ctx: &Context) -> Result<Package, StepError> {
        let target: Box<dyn Target> = match &self.out {
            Out::Zip(file) => Box::new(Archive::create(file, ctx)?),
            Out::Path(path) if path.starts_with("s3://") => Box::new(Bucket::new(path, ctx)),
            Out::Path(path) => Box::new(Folder::create(path, ctx)?),
        };
        self.open = Some((target, ctx.clone()));
        Ok(package)
    }

    fn finish(&mut self, stats: &mut Stats, _: &mut dyn Output) -> Result<(), StepError> {
        let Some((mut target, ctx)) = self.open.take() else { return Ok(()) };
        self.copy(&mut *target, &ctx)?;
        if let Some(Json::Object(own)) = stats.get_mut(".dpp") {
            match target.descriptor_url() {
                Some(url) => own.insert("out-datapackage-url".into(), url.into()),
                None => own.remove("out-datapackage-url"),
            };
        }
        ctx.prepare(target.prepare()?);
        Ok(())
    }
}
