//! Sinks that write files: `dump_to_path`, `dump_to_zip`, and their first generation.
//!
//! Rows are cast to their schema on the way, and go on to the next step as they were written.
//! Sizes, hashes and the descriptor follow the recipes of datapackage-pipelines to the byte.

pub mod bucket;
pub mod counters;
pub mod folder;
mod kept;
pub mod later;
pub mod layout;
pub mod measured;
pub mod options;
mod sheet_name;
pub mod target;
pub mod writers;
pub mod zip;

use std::collections::BTreeMap;

use model::package::{Package, name};
use model::python::{self, Style};
use model::{Json, Map};
use tabular::Batch;
use tabular::format::RowWriter;

use crate::casting::{Casting, OnError, declare_collected, write_collected};
use crate::context::{Context, Stats};
use crate::error::{Cause, StepError};
use crate::processor::{Output, Processor};
use counters::{add, get, set};
use later::Later;
use layout::{Format, Generation, path_of};
use measured::{Measure, Measured};
use options::Options;
use target::Target;

/// A sink that writes each resource as a file, and the descriptor beside them.
#[derive(Debug)]
pub struct FileSink {
    options: Options,
    later: Later,
    target: Option<Box<dyn Target>>,
    /// The descriptor that will be written; grows sizes and hashes.
    package: Package,
    tables: BTreeMap<String, Table>,
    castings: BTreeMap<String, Casting>,
    /// Casts to the schemas of the files: a step may have made a text of a date, which is then in
    /// the format that is written and not in that of the field.
    written: BTreeMap<String, Casting>,
    open: Option<OpenFile>,
    /// The resource that passes, with its rows so far.
    current: Option<(String, u64)>,
    ctx: Option<Context>,
}

/// How one resource is written.
#[derive(Debug, Clone)]
struct Table {
    format: Format,
    /// The descriptor before it was changed to describe the file.
    incoming: Map,
}

struct OpenFile {
    writer: Box<dyn RowWriter>,
    measure: Measure,
}

impl std::fmt::Debug for OpenFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OpenFile").field("measure", &self.measure).finish_non_exhaustive()
    }
}

impl FileSink {
    /// A sink that writes to the target that `later` opens.
    pub fn new(options: Options, later: Later) -> Self {
        Self {
            options,
            later,
            target: None,
            package: Package::default(),
            tables: BTreeMap::new(),
            castings: BTreeMap::new(),
            written: BTreeMap::new(),
            open: None,
            current: None,
            ctx: None,
        }
    }

    fn target(&mut self) -> &mut dyn Target {
        self.target.as_mut().expect("is opened before the first row, taken at the end").as_mut()
    }

    /// The format of a resource, or `None` when it is not written.
    fn format_of(&self, resource: &Map, ctx: &Context) -> Option<Format> {
        if self.options.force_format {
            return Some(self.options.format);
        }
        let path = path_of(resource);
        let ending = std::path::Path::new(&path).extension().unwrap_or_default().to_string_lossy();
        let format = Format::parse(&ending);
        if format.is_none() {
            let text =
                format!("resource `{}` is not written: no format for `{path}`", name(resource));
            ctx.log(crate::context::Level::Warning, &text);
        }
        format
    }

    fn complete(&mut self, resource: &str, rows: u64) -> Result<(), StepError> {
        let Some(file) = self.open.take() else { return Ok(()) };
        file.writer.finish().map_err(|source| write_failed(resource, source))?;
        let (bytes, hash) = (file.measure.bytes(), file.measure.hash());
        let counters = self.options.counters.clone();
        let counts_rows = self.options.generation == Generation::One;
        let in_path = self.options.add_filehash_to_path && counters.resource_hash.is_some();
        let mut path = String::new();
        if let Some(descriptor) = self.package.resource_mut(resource) {
            add(descriptor, counters.resource_bytes.as_deref(), bytes);
            if in_path {
                let with_hash = insert_hash(&path_of(descriptor), &hash);
                descriptor.insert("path".into(), with_hash.into());
            }
            if counts_rows {
                add(descriptor, counters.resource_rows.as_deref(), rows);
            }
            set(descriptor, counters.resource_hash.as_deref(), hash.into());
            path = path_of(descriptor);
        }
        add(&mut self.package.descriptor, counters.package_bytes.as_deref(), bytes);
        self.target().place(&path)
    }

    /// Writes `datapackage.json` and gives the stats of the run.
    fn write_descriptor(&mut self, stats: &mut Stats) -> Result<(), StepError> {
        self.restore_temporal_formats();
        if let Some(ctx) = &self.ctx {
            ctx.redactor.redact_package(&mut self.package);
        }
        let counters = self.options.counters.clone();
        let indent = self.options.pretty_descriptor.then_some(2);
        let hashed = Style { indent, sort_keys: true, ascii: true };
        let text = python::dumps(&Json::Object(self.package.descriptor.clone()), hashed);
        let hash = md5_hex(text.as_bytes());
        set(&mut self.package.descriptor, counters.package_hash.as_deref(), hash.into());

        let mut written = self.package.clone();
        if self.options.generation == Generation::One {
            for resource in written.resources_mut() {
                resource.remove(model::package::STREAMING);
            }
        }
        let style = Style { indent, sort_keys: true, ascii: false };
        let text = python::dumps(&Json::Object(written.descriptor), style);
        let mut file = self.target().create("datapackage.json")?;
        let kept = std::io::Write::write_all(&mut file, text.as_bytes())
            .and_then(|()| std::io::Write::flush(&mut file));
        kept.map_err(|error| StepError::io("write `datapackage.json`", error))?;
        drop(file);
        self.target().place("datapackage.json")?;

        let size = u64::try_from(text.len()).expect("a text has fewer than 2^64 bytes");
        let descriptor = &mut self.package.descriptor;
        add(descriptor, counters.package_bytes.as_deref(), size);
        stats.insert("count_of_rows".into(), get(descriptor, counters.package_rows.as_deref()));
        stats.insert("bytes".into(), get(descriptor, counters.package_bytes.as_deref()));
        stats.insert("hash".into(), get(descriptor, counters.package_hash.as_deref()));
        stats.insert("dataset_name".into(), descriptor.get("name").cloned().unwrap_or_default());
        Ok(())
    }

    /// With `temporal_format_property`, that property of a field becomes its `format`.
    fn restore_temporal_formats(&mut self) {
        let Some(property) = self.options.temporal_format_property.clone() else { return };
        for resource in self.package.resources_mut() {
            if model::package::fields(resource).next().is_none() {
                continue;
            }
            for field in model::package::field_list_mut(resource) {
                let Some(field) = field.as_object_mut() else { continue };
                let temporal = matches!(
                    field.get("type").and_then(Json::as_str),
                    Some("datetime" | "date" | "time")
                );
                if temporal && let Some(format) = field.remove(&property) {
                    field.insert("format".into(), format);
                }
            }
        }
    }
}

impl Processor for FileSink {
    fn describe(&mut self, mut package: Package, ctx: &Context) -> Result<Package, StepError> {
        if self.options.generation == Generation::Two {
            crate::defaults::apply_defaults(&mut package);
        }
        let incoming: Vec<Map> = package.resources().cloned().collect();
        for resource in incoming.into_iter().filter(model::package::is_streaming) {
            let label = name(&resource).to_owned();
            let Some(format) = self.format_of(&resource, ctx) else { continue };
            let casting = Casting::new(&resource, self.options.on_error, ctx, |_| true)?;
            if let Some(descriptor) = package.resource_mut(&label) {
                format.describe(descriptor, self.options.generation);
                let casting = Casting::new(descriptor, OnError::Raise, ctx, |_| true)?;
                self.written.insert(label.clone(), casting);
            }
            self.castings.insert(label.clone(), casting);
            self.tables.insert(label, Table { format, incoming: resource });
        }
        if self.options.generation == Generation::Two {
            // The dialect of the file is completed like one that somebody wrote.
            crate::defaults::apply_defaults(&mut package);
        }
        self.package = package.clone();
        self.target = Some(self.later.open(ctx)?);
        self.ctx = Some(ctx.clone());
        declare_collected(&mut package, &self.castings, self.options.on_error);
        Ok(package)
    }

    fn open(&mut self, resource: &str, out: &mut dyn Output) -> Result<(), StepError> {
        self.current = Some((resource.to_owned(), 0));
        if let Some(table) = self.tables.get(resource).cloned() {
            let path = self.package.resource(resource).map(path_of).unwrap_or_default();
            let file = self.target().create(&path)?;
            let line_feeds = self.options.generation == Generation::One;
            let (measured, measure) = Measured::new(file, line_feeds);
            let writer = writers::open(table.format, &table.incoming, &self.options, measured)
                .map_err(|source| write_failed(resource, source))?;
            self.open = Some(OpenFile { writer, measure });
        }
        out.open(resource)
    }

    fn rows(&mut self, batch: Batch, out: &mut dyn Output) -> Result<(), StepError> {
        let Some((resource, rows)) = &mut self.current else { return out.rows(batch) };
        // The first generation passes on what it got, not what it wrote.
        let is_passed_as_it_is =
            self.options.generation == Generation::One && self.options.on_error == OnError::Raise;
        let passed = is_passed_as_it_is.then(|| batch.clone());
        let batch = match (self.castings.get_mut(resource), self.written.get_mut(resource)) {
            (Some(casting), Some(written)) if self.options.on_error == OnError::Raise => {
                let cast = casting.apply(batch.clone());
                cast.or_else(|error| written.apply(batch).map_err(|_| error))?
            }
            (Some(casting), _) => casting.apply(batch)?,
            (None, _) => batch,
        };
        let batch = match (&passed, self.tables.get(resource)) {
            (Some(given), Some(table)) => as_given(table, given, batch),
            _ => batch,
        };
        *rows += u64::try_from(batch.rows()).expect("a batch has fewer than 2^64 rows");
        if let Some(file) = &mut self.open {
            let resource = resource.clone();
            file.writer.write(&batch).map_err(|source| write_failed(&resource, source))?;
        }
        out.rows(passed.unwrap_or(batch))
    }

    fn close(&mut self, out: &mut dyn Output) -> Result<(), StepError> {
        if let Some((resource, rows)) = self.current.take() {
            self.complete(&resource, rows)?;
            let counter = self.options.counters.package_rows.clone();
            add(&mut self.package.descriptor, counter.as_deref(), rows);
        }
        out.close()
    }

    fn finish(&mut self, stats: &mut Stats, out: &mut dyn Output) -> Result<(), StepError> {
        write_collected(&mut self.castings, out)?;
        self.write_descriptor(stats)?;
        let Some(target) = self.target.take() else { return Ok(()) };
        // Only what `dependency://` can read is told to other pipelines.
        if let Some(url) = target.descriptor_url() {
            let dpp = stats.entry(".dpp").or_insert_with(|| Json::Object(Map::new()));
            if let Some(dpp) = dpp.as_object_mut() {
                dpp.insert("out-datapackage-url".into(), url.into());
            }
        }
        let prepared = target.prepare()?;
        if let Some(ctx) = &self.ctx {
            ctx.prepare(prepared);
        }
        Ok(())
    }
}

/// The first generation checks values, and writes those that it got: `1e3` stays `1e3`. Values of
/// types that need a form of their own are written as they were cast.
fn as_given(table: &Table, given: &Batch, mut cast: Batch) -> Batch {
    for field in model::package::fields(&table.incoming) {
        let stays = match field.get("type").and_then(Json::as_str) {
            None | Some("any" | "boolean" | "integer" | "string") => true,
            Some("number") => table.format == Format::Csv,
            Some(_) => false,
        };
        if stays && let Some(column) = given.column(name(field)) {
            cast.set(name(field), column.clone());
        }
    }
    cast
}

fn write_failed(resource: &str, source: tabular::format::WriteError) -> StepError {
    StepError::new(Cause::Write { resource: resource.to_owned(), source })
}

/// `dir/file.csv` with the hash as a folder: `dir/HASH/file.csv`.
fn insert_hash(path: &str, hash: &str) -> String {
    match path.rsplit_once('/') {
        Some((folder, file)) => format!("{folder}/{hash}/{file}"),
        None => format!("{hash}/{path}"),
    }
}

/// The MD5 of `bytes`, in hexadecimal digits.
pub fn md5_hex(bytes: &[u8]) -> String {
    use md5::{Digest, Md5};
    measured::hex(&Md5::digest(bytes))
}
