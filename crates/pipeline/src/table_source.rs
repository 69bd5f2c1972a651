//! Opens the rows of one table, wherever they are and whatever their format.

mod inference;
mod projected;
mod reading;
mod rows;
pub(crate) mod sql;

use std::fs::File;
use std::io::Read;

use model::Map;
use model::fault::{Fault, Kind};
use store::compression::{Compression, Expansion};
use store::location::Location;
use store::source::{Source, SourceOptions, Unpack};
use tabular::arrow_file::ArrowReader;
use tabular::csv;
use tabular::format::RowReader;
use tabular::json::{self, Layout};
use tabular::parquet::ParquetReader;
use tabular::spreadsheet;

use crate::context::Context;
use crate::error::StepError;
use crate::parameters::Parameters;

pub use inference::{Guess, Sample, look_ahead};
pub use projected::Projected;
pub use reading::Reading;
pub use rows::Rows;

/// An open table.
#[derive(Debug)]
pub struct Table {
    pub reader: Box<dyn RowReader>,
    /// The name of the file without its endings.
    pub base: String,
    /// `csv`, `parquet`, ...
    pub format: String,
    /// The field descriptors that the file itself declares.
    pub fields: Option<Vec<Map>>,
    /// Whether the format has a null of its own; then one has a say when types are guessed.
    pub has_nulls: bool,
}

/// What opening a table fails with below the error of its place.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A table whose format has no reader.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{format}` is no format that can be read")]
pub struct UnknownFormat {
    pub format: String,
}

impl Fault for UnknownFormat {
    fn code(&self) -> &'static str {
        "FORMAT_UNKNOWN"
    }

    fn kind(&self) -> Kind {
        Kind::Invalid
    }

    fn help(&self) -> Option<String> {
        Some(
            "set `format` to csv, tsv, json, jsonl, geojson, xlsx, xls, ods, parquet or arrow"
                .into(),
        )
    }
}

/// The bytes of a table.
pub enum Input {
    Stream(Box<dyn Read + Send>),
    /// For formats that are read from more than one place.
    File(File),
}

impl std::fmt::Debug for Input {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Stream(_) => "Stream",
            Self::File(_) => "File",
        })
    }
}

/// Opens the table at `location`, read as `parameters` say (those of `load`).
///
/// # Errors
///
/// When the bytes cannot be had, or are no table of the format.
pub fn open(location: &str, parameters: &Map, ctx: &Context) -> Result<Table, StepError> {
    let failed = |error: Failure| StepError::outside(format!("open `{}`", shown(location)), error);
    let options = source_options(Parameters(parameters), ctx)?;
    let given = Parameters(parameters).text("format")?.map(str::to_ascii_lowercase);
    let mut reading = Reading::of_parameters(parameters).map_err(|error| failed(error.into()))?;
    reading.sheet.allow_expansion = ctx.allow_large_archives;
    if let Some(text) = location.strip_prefix("text://") {
        let input = Input::Stream(Box::new(std::io::Cursor::new(text.as_bytes().to_vec())));
        let format = given.as_deref().unwrap_or("csv");
        let table = open_input(input, format, &reading).map_err(failed)?;
        return Ok(Table { base: "text".into(), ..table });
    }
    if sql::is_address(location) {
        return sql::open(location, Parameters(parameters), ctx);
    }
    open_at(&parse(location, ctx)?, given.as_deref(), &reading, &options).map_err(failed)
}

/// Opens the table at `place`; `format` goes before the ending of the file's name.
///
/// # Errors
///
/// When the bytes cannot be had, or are no table of the format.
pub fn open_at(
    place: &Location,
    format: Option<&str>,
    reading: &Reading,
    options: &SourceOptions,
) -> Result<Table, Failure> {
    let wanted = |found: Option<&str>| format.or(found).unwrap_or("csv").to_owned();
    let (name, input, format) = if needs_file(&wanted(place.name().format.as_deref())) {
        let (name, file) = store::source::open_file(place, options)?;
        let format = wanted(name.format.as_deref());
        (name, Input::File(file), format)
    } else {
        let Source { name, stream } = store::source::open(place, options)?;
        let format = wanted(name.format.as_deref());
        (name, Input::Stream(stream), format)
    };
    let table = open_input(input, &format, reading)?;
    Ok(Table { base: name.base, ..table })
}

/// Opens a table of `format`; its base name is empty.
///
/// # Errors
///
/// When the bytes are no table of the format.
pub fn open_input(input: Input, format: &str, reading: &Reading) -> Result<Table, Failure> {
    let table = |reader, fields, has_nulls| Table {
        reader,
        base: String::new(),
        format: format.to_owned(),
        fields,
        has_nulls,
    };
    match format {
        "csv" | "tsv" | "txt" => {
            let mut options = reading.text.clone();
            if format == "tsv" && options.dialect.is_none() {
                options.dialect = Some(tabular::dialect::Dialect::tsv());
            }
            let reader = csv::read(input.into_stream(), &options)?;
            Ok(table(reading.chosen(reader), None, false))
        }
        "json" | "jsonl" | "ndjson" | "geojson" => {
            let layout = match format {
                "json" => Layout::Array,
                "geojson" => Layout::Features,
                _ => Layout::Lines,
            };
            let reader = json::read(input.into_stream(), &reading.json(layout))?;
            Ok(table(reading.chosen(reader), None, true))
        }
        "parquet" => {
            let reader = ParquetReader::open(input.into_file()?)?;
            let fields = reader.fields();
            Ok(table(reading.limited(Box::new(reader)), Some(fields), true))
        }
        "arrow" | "feather" => {
            let reader = ArrowReader::open(input.into_file()?)?;
            let fields = reader.fields();
            Ok(table(reading.limited(Box::new(reader)), Some(fields), true))
        }
        "xls" | "xlsx" | "ods" => {
            let kind = match format {
                "xls" => spreadsheet::Format::Xls,
                "ods" => spreadsheet::Format::Ods,
                _ => spreadsheet::Format::Xlsx,
            };
            let (sheet, grid) = (&reading.sheet, &reading.text.grid);
            let reader = spreadsheet::table::open(input.into_file()?, kind, sheet, grid)?;
            Ok(table(reading.chosen(reader), None, true))
        }
        other => Err(UnknownFormat { format: other.to_owned() }.into()),
    }
}

/// Whether there is a reader for `format`.
pub fn is_known(format: &str) -> bool {
    matches!(format, "csv" | "tsv" | "json" | "jsonl" | "ndjson" | "geojson")
        || needs_file(format)
        || is_database_file(format)
}

/// Formats whose files are databases, of which a dialect names a table.
pub fn is_database_file(format: &str) -> bool {
    matches!(format, "sqlite" | "sqlite3" | "db")
}

/// Formats that are read from more than one place of the file.
fn needs_file(format: &str) -> bool {
    matches!(format, "parquet" | "xlsx" | "xls" | "ods" | "arrow" | "feather")
}

impl Input {
    fn into_stream(self) -> Box<dyn Read + Send> {
        match self {
            Self::Stream(stream) => stream,
            Self::File(file) => Box::new(file),
        }
    }

    fn into_file(self) -> Result<File, Failure> {
        match self {
            Self::File(file) => Ok(file),
            Self::Stream(mut stream) => {
                let mut file = tempfile::tempfile()?;
                std::io::copy(&mut stream, &mut file)?;
                std::io::Seek::rewind(&mut file)?;
                Ok(file)
            }
        }
    }
}

/// `location` as it may be written down: without the password of a database.
pub fn shown(location: &str) -> String {
    if sql::is_address(location) {
        return crate::sql::engine::without_password(location);
    }
    location.to_owned()
}

/// Whether `location` is the address of a database.
pub fn is_database(location: &str) -> bool {
    sql::is_address(location)
}

/// Where `location` is, seen from the folder of the pipeline.
///
/// # Errors
///
/// When it is neither a path nor an address that can be read.
pub fn parse(location: &str, ctx: &Context) -> Result<Location, StepError> {
    Location::parse(location, &ctx.base_dir)
        .map_err(|error| StepError::outside(format!("open `{location}`"), error))
}

/// How the bytes of a source are fetched and unpacked.
///
/// # Errors
///
/// A parameter error for a value of the wrong form.
pub fn source_options(
    parameters: Parameters<'_>,
    ctx: &Context,
) -> Result<SourceOptions, StepError> {
    let mut options = SourceOptions {
        filename: parameters.text("filename")?.map(str::to_owned),
        expansion: Expansion { allow_large: ctx.allow_large_archives, ..Expansion::default() },
        ..SourceOptions::default()
    };
    if let Some(word) = parameters.text("compression")? {
        options.unpack = unpack(word).ok_or_else(|| {
            let problem = format!("expected gz, zip, zst, bz2, xz or no, found `{word}`");
            StepError::parameter("compression", problem)
        })?;
    }
    options.fetch.stop = ctx.stop.clone();
    options.fetch.bytes_max = parameters.count("bytes_max")?;
    for (header, value) in parameters.map("http_headers")?.into_iter().flatten() {
        let value = ctx.reveal("http_headers", value.as_str().unwrap_or_default())?;
        options.fetch.headers.push((header.clone(), value));
    }
    Ok(options)
}

/// How `compression`, a parameter or the property of a resource, says that bytes are packed.
pub fn unpack(word: &str) -> Option<Unpack> {
    match word.to_ascii_lowercase().as_str() {
        "no" | "none" => Some(Unpack::Never),
        ending => Compression::of_ending(ending).map(Unpack::As),
    }
}
