//! A data package elsewhere: its descriptor, and the rows of its resources.
//!
//! A descriptor is not trusted: its paths must stay inside the package or be web addresses.

mod columns;
mod error;
mod inline;
mod inspect;
mod parts;
mod stream;

use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use model::package::{Package, fields, name};
use model::{Json, Map};
use store::archive::Archive;
use store::compression::Compression;
use store::fetch;
use store::location::Location;
use store::source::{SourceOptions, Unpack};
use tabular::dialect::Dialect;
use tempfile::TempDir;

use crate::context::Context;
use crate::defaults::apply_defaults;
use crate::limits::DESCRIPTOR_BYTES_MAX;
use crate::table_source::{self, Input, Reading, Table};

pub use error::PackageError;
pub use inspect::format_of;
pub use stream::Stream;

/// The file that describes a data package.
pub const DESCRIPTOR: &str = "datapackage.json";

/// How an address begins that names another pipeline instead of its data package.
const DEPENDENCY: &str = "dependency://";

/// A data package that can be read.
#[derive(Debug, Clone)]
pub struct PackageSource {
    /// The descriptor with the defaults of version 1.
    pub package: Package,
    descriptor: Location,
    /// What users know the package by, when it is an archive.
    archive: Option<Location>,
    /// Where the archive was unpacked; removed with the last use.
    unpacked: Option<Arc<TempDir>>,
    options: SourceOptions,
}

impl PackageSource {
    /// Opens the package at `address`: a path or URL of a descriptor, a folder or a zip archive
    /// that holds one, or `dependency://<pipeline id>`.
    ///
    /// # Errors
    ///
    /// [`PackageError`] when there is no descriptor, or it describes no package.
    pub fn open(
        address: &str,
        options: SourceOptions,
        ctx: &Context,
    ) -> Result<Self, PackageError> {
        let mut descriptor = locate(address, ctx)?;
        let (mut archive, mut unpacked) = (None, None);
        if descriptor.name().compression == Some(Compression::Zip) {
            let (folder, inside) = unpack(&descriptor, &options)?;
            archive = Some(std::mem::replace(&mut descriptor, Location::File(inside)));
            unpacked = Some(Arc::new(folder));
        }
        let shown = archive.as_ref().unwrap_or(&descriptor).to_string();
        let mut package = match read_json(&descriptor, &options)? {
            Json::Object(descriptor) => Package { descriptor },
            _ => return Err(PackageError::form(shown, "it is not a JSON object")),
        };
        let resources = package.descriptor.get("resources").and_then(Json::as_array);
        if !resources.is_some_and(|list| list.iter().all(Json::is_object)) {
            return Err(PackageError::form(shown, "it has no list of `resources`"));
        }
        apply_defaults(&mut package);
        // How the package itself is packed says nothing about its members.
        let options = SourceOptions { unpack: Unpack::Detect, filename: None, ..options };
        Ok(Self { package, descriptor, archive, unpacked, options })
    }

    /// `resource` with its schema and dialect, where these are only referred to.
    ///
    /// # Errors
    ///
    /// [`PackageError`] when a reference leads nowhere or out of the package.
    pub fn dereferenced(&self, resource: &Map) -> Result<Map, PackageError> {
        let mut resource = resource.clone();
        for key in ["schema", "dialect"] {
            let Some(reference) = resource.get(key).and_then(Json::as_str) else { continue };
            let found = self.reference(reference)?;
            resource.insert(key.to_owned(), found);
        }
        let mut alone = Package::default();
        alone.resource_list_mut().push(Json::Object(resource));
        apply_defaults(&mut alone);
        Ok(alone.resources().next().cloned().unwrap_or_default())
    }

    /// Where the rows of `resource` come from, in full.
    ///
    /// # Errors
    ///
    /// [`PackageError`] when a path leads out of the package.
    pub fn source(&self, resource: &Map) -> Result<String, PackageError> {
        let paths = paths(resource)?;
        let place = match (&self.archive, paths.first()) {
            (Some(archive), _) => archive.clone(),
            (None, Some(path)) => self.member(path)?,
            (None, None) => self.descriptor.clone(),
        };
        Ok(match place {
            Location::Http(url) => url.to_string(),
            other => other.to_string(),
        })
    }

    /// Opens the rows of `resource`, whose schema and dialect are no references. Its columns are
    /// the fields of its schema, uncast.
    ///
    /// # Errors
    ///
    /// [`PackageError`] when the rows cannot be had, or do not have the columns of the schema.
    pub fn rows(&self, resource: &Map) -> Result<Table, PackageError> {
        columns::conform(self.rows_as_found(resource, None)?, resource)
    }

    /// Opens the rows of `resource` with the columns that the table has; in text tables and sheets
    /// one more, `extra_cells`, holds the first cell behind those of the header.
    ///
    /// # Errors
    ///
    /// [`PackageError`] when the rows cannot be had.
    pub fn rows_as_found(
        &self,
        resource: &Map,
        extra_cells: Option<&str>,
    ) -> Result<Table, PackageError> {
        let label = name(resource).to_owned();
        let failed = |error: table_source::Failure| PackageError::Table {
            resource: label.clone(),
            source: error,
        };
        let names: Vec<String> = fields(resource).map(|f| name(f).to_owned()).collect();
        let mut reading = Reading::of_resource(resource, &names).map_err(|e| failed(e.into()))?;
        reading.text.grid.extra_cells = extra_cells.map(str::to_owned);
        reading.sheet.allow_expansion = self.options.expansion.allow_large;
        Ok(match resource.get("data") {
            Some(Json::String(text)) => {
                let input = Input::Stream(Box::new(std::io::Cursor::new(text.clone())));
                let format = format(resource, None);
                table_source::open_input(input, &format, &reading).map_err(failed)?
            }
            Some(Json::Array(rows)) => inline::open(&label, rows, has_header(resource), &names)?,
            Some(_) => return Err(PackageError::data(&label, "it is neither a list nor a text")),
            None => {
                let table = self.open_paths(resource, &reading).map_err(failed)?;
                columns::without_case(table, resource)
            }
        })
    }

    fn open_paths(
        &self,
        resource: &Map,
        reading: &Reading,
    ) -> Result<Table, table_source::Failure> {
        let places = self.places(resource)?;
        let mut options = self.options_for(&places);
        if let Some(word) = resource.get("compression").and_then(Json::as_str) {
            options.unpack = table_source::unpack(word)
                .ok_or_else(|| format!("`compression` is `{word}`, which is not known"))?;
        }
        let Some(first) = places.first() else {
            return Err("it has no `path` and no `data`".into());
        };
        let format = format(resource, first.name().format.as_deref());
        if table_source::is_database_file(&format) {
            let dialect = resource.get("dialect");
            let table = dialect.and_then(|dialect| dialect.get("table")?.as_str());
            let table = table.ok_or("a database needs `table` in its dialect")?;
            return table_source::sql::open_file(first, table, &options);
        }
        if places.len() == 1 {
            return table_source::open_at(first, Some(&format), reading, &options);
        }
        let input = Input::Stream(parts::open(places, options)?);
        table_source::open_input(input, &format, reading)
    }

    /// Where the parts of `resource` are.
    fn places(&self, resource: &Map) -> Result<Vec<Location>, PackageError> {
        paths(resource)?.into_iter().map(|path| self.member(path)).collect()
    }

    /// How members are fetched: what is sent with requests, a token perhaps, is for the host of the
    /// descriptor alone.
    fn options_for(&self, places: &[Location]) -> SourceOptions {
        let is_own = |place: &Location| match (place, &self.descriptor) {
            (Location::Http(member), Location::Http(own)) => member.origin() == own.origin(),
            (Location::Http(_), _) => false,
            _ => true,
        };
        let mut options = self.options.clone();
        if !places.iter().all(is_own) {
            options.fetch.headers.clear();
        }
        options
    }

    /// Where the rows of `resource` and what it refers to are, and how they are fetched.
    ///
    /// # Errors
    ///
    /// [`PackageError`] when a path leads out of the package.
    pub fn members(&self, resource: &Map) -> Result<(Vec<Location>, SourceOptions), PackageError> {
        let mut members = self.places(resource)?;
        for key in ["schema", "dialect"] {
            let reference = resource.get(key).and_then(Json::as_str);
            if let Some(path) = reference.filter(|reference| !reference.starts_with('#')) {
                members.push(self.member(path)?);
            }
        }
        let options = self.options_for(&members);
        Ok((members, options))
    }

    fn member(&self, path: &str) -> Result<Location, PackageError> {
        Ok(self.descriptor.member(path)?)
    }
}

/// Whether `resource` is a table.
pub fn is_tabular(resource: &Map) -> bool {
    let is = |key, word| resource.get(key).and_then(Json::as_str) == Some(word);
    resource.contains_key("schema") || is("profile", "tabular-data-resource") || is("type", "table")
}

/// Whether `address` names another pipeline instead of its data package.
pub(crate) fn is_dependency(address: &str) -> bool {
    address.starts_with(DEPENDENCY)
}

/// Whether what `load` takes from `from` is a data package: by the name of the file, or because
/// `format` says so.
pub(crate) fn is_package(from: &str, format: Option<&str>, base_dir: &Path) -> bool {
    let place = Location::parse(from, base_dir);
    if place.as_ref().is_ok_and(|place| place.name().file == DESCRIPTOR) {
        return true;
    }
    match format {
        Some(format) => format == "datapackage",
        None => {
            is_dependency(from)
                || place.is_ok_and(|place| {
                    place.local_path().is_some_and(|path| path.join(DESCRIPTOR).is_file())
                })
        }
    }
}

/// Where the descriptor, or the archive with it, is that `address` means.
///
/// # Errors
///
/// [`PackageError`] when it means none.
pub(crate) fn locate(address: &str, ctx: &Context) -> Result<Location, PackageError> {
    let address = match address.strip_prefix(DEPENDENCY) {
        None => address,
        Some(id) => {
            let id = id.trim();
            let long = format!("./{id}");
            let known = ctx.dependencies.get(id).or_else(|| ctx.dependencies.get(&long));
            known.ok_or_else(|| PackageError::Dependency { id: id.to_owned() })?
        }
    };
    let location = match Location::parse(address, &ctx.base_dir)? {
        Location::File(path) => {
            let path = std::path::absolute(&path).unwrap_or(path);
            Location::File(if path.is_dir() { path.join(DESCRIPTOR) } else { path })
        }
        other => other,
    };
    Ok(location)
}

/// Unpacks the archive at `place` and finds the descriptor in it, the one nearest to its root.
pub(crate) fn unpack(
    place: &Location,
    options: &SourceOptions,
) -> Result<(TempDir, std::path::PathBuf), PackageError> {
    let file = fetch::open_file(place, &options.fetch)?;
    let archive = Archive::open(&place.to_string(), file)?;
    let inside = archive
        .members()
        .iter()
        .map(|member| member.name.as_str())
        .filter(|path| match &options.filename {
            Some(filename) => path == filename,
            None => Path::new(path).file_name() == Some(DESCRIPTOR.as_ref()),
        })
        .min_by_key(|path| path.matches('/').count())
        .ok_or_else(|| PackageError::form(place.to_string(), "it holds no `datapackage.json`"))?;
    let folder = archive.extract(options.expansion)?;
    let path = folder.path().join(inside);
    Ok((folder, path))
}

/// Reads the descriptor at `place`.
pub(crate) fn read_json(place: &Location, options: &SourceOptions) -> Result<Json, PackageError> {
    let mut bytes = Vec::new();
    fetch::open(place, &options.fetch)?
        .take(DESCRIPTOR_BYTES_MAX + 1)
        .read_to_end(&mut bytes)
        .map_err(|source| PackageError::Read { location: place.to_string(), source })?;
    if u64::try_from(bytes.len()).is_ok_and(|bytes| bytes > DESCRIPTOR_BYTES_MAX) {
        return Err(PackageError::TooLarge { location: place.to_string() });
    }
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    serde_json::from_slice(text)
        .map_err(|source| PackageError::Syntax { location: place.to_string(), source })
}

/// The paths of a resource; `url` is how drafts of the standard called it.
fn paths(resource: &Map) -> Result<Vec<&str>, PackageError> {
    let wrong = || PackageError::data(name(resource), "its `path` is no text and no list of texts");
    match resource.get("path").or_else(|| resource.get("url")) {
        _ if resource.contains_key("data") => Ok(Vec::new()),
        None => Ok(Vec::new()),
        Some(Json::String(path)) => Ok(vec![path]),
        Some(Json::Array(list)) => {
            list.iter().map(|path| path.as_str().ok_or_else(wrong)).collect()
        }
        Some(_) => Err(wrong()),
    }
}

/// The format of a resource; `ending` is that of its file.
fn format(resource: &Map, ending: Option<&str>) -> String {
    if let Some(format) = resource.get("format").and_then(Json::as_str) {
        // Some packages write the ending of the file, with its dot.
        return format.trim_start_matches('.').to_ascii_lowercase();
    }
    match ending {
        // A dot may be in any name; what is described as a table and has no known ending is CSV.
        Some(ending) if table_source::is_known(ending) || !is_tabular(resource) => {
            ending.to_owned()
        }
        _ => "csv".to_owned(),
    }
}

fn has_header(resource: &Map) -> bool {
    let dialect = resource.get("dialect").and_then(Json::as_object);
    dialect.and_then(|dialect| Dialect::parse(dialect).ok()).is_none_or(|dialect| dialect.header)
}
