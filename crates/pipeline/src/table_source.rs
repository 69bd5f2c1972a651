//! Opens the rows of one table, wherever they are and whatever their format.

use std::io::Read;

use model::{Json, Map};
use store::compression::Expansion;
use store::location::Location;
use store::source::{Source, SourceOptions};
use tabular::arrow_file::ArrowReader;
use tabular::csv;
use tabular::format::RowReader;
use tabular::parquet::ParquetReader;
use tabular::spreadsheet::{self, Sheet};

use crate::context::Context;
use crate::error::StepError;
use crate::parameters::Parameters;

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

/// Opens the table at `location`, read as `parameters` say (those of `load`).
///
/// # Errors
///
/// When the bytes cannot be had, or are no table of the format.
pub fn open(location: &str, parameters: &Map, ctx: &Context) -> Result<Table, StepError> {
    let place = parse(location, ctx)?;
    let options = source_options(Parameters(parameters), ctx)?;
    let name = place.name();
    let given = Parameters(parameters).text("format")?;
    let wanted = |found: Option<&str>| given.or(found).unwrap_or("csv").to_ascii_lowercase();
    let format = wanted(name.format.as_deref());
    if needs_file(&format) {
        let (inner, file) =
            store::source::open_file(&place, &options).map_err(|error| failed(location, error))?;
        let base = inner.base.clone();
        let table =
            open_seekable(file, &format, parameters).map_err(|error| failed(location, error))?;
        return Ok(Table { base, ..table });
    }
    let Source { name, stream } =
        store::source::open(&place, &options).map_err(|error| failed(location, error))?;
    let format = wanted(name.format.as_deref());
    let reader =
        open_stream(stream, &format, parameters).map_err(|error| failed(location, error))?;
    let has_nulls = !matches!(format.as_str(), "csv" | "tsv" | "txt");
    Ok(Table { reader, base: name.base, format, fields: None, has_nulls })
}

/// Where `location` is, seen from the folder of the pipeline.
///
/// # Errors
///
/// When it is neither a path nor an address that can be read.
pub fn parse(location: &str, ctx: &Context) -> Result<Location, StepError> {
    Location::parse(location, &ctx.base_dir).map_err(|error| failed(location, error))
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
    options.fetch.stop = ctx.stop.clone();
    options.fetch.bytes_max = parameters.count("bytes_max")?;
    for (header, value) in parameters.map("http_headers")?.into_iter().flatten() {
        let value = ctx.reveal("http_headers", value.as_str().unwrap_or_default())?;
        options.fetch.headers.push((header.clone(), value));
    }
    Ok(options)
}

/// Formats that are read from more than one place of the file.
fn needs_file(format: &str) -> bool {
    matches!(format, "parquet" | "xlsx" | "xls" | "ods" | "arrow" | "feather")
}

fn open_stream(
    stream: Box<dyn Read + Send>,
    format: &str,
    parameters: &Map,
) -> Result<Box<dyn RowReader>, Box<dyn std::error::Error + Send + Sync>> {
    match format {
        "csv" | "tsv" | "txt" => {
            let mut options = csv::Options::parse(parameters)?;
            if format == "tsv" && options.dialect.is_none() {
                options.dialect = Some(tabular::dialect::Dialect::tsv());
            }
            if let Some(dialect) = parameters.get("dialect").and_then(Json::as_object) {
                options.dialect = Some(tabular::dialect::Dialect::parse(dialect)?);
            }
            Ok(csv::read(stream, &options)?)
        }
        other => Err(format!("`{other}` is no format that can be read; set `format`").into()),
    }
}

fn open_seekable(
    file: std::fs::File,
    format: &str,
    parameters: &Map,
) -> Result<Table, Box<dyn std::error::Error + Send + Sync>> {
    let table = |reader, fields| Table {
        reader,
        base: String::new(),
        format: format.to_owned(),
        fields: Some(fields),
        has_nulls: true,
    };
    match format {
        "parquet" => {
            let reader = ParquetReader::open(file)?;
            let fields = reader.fields();
            Ok(table(Box::new(reader), fields))
        }
        "arrow" | "feather" => {
            let reader = ArrowReader::open(file)?;
            let fields = reader.fields();
            Ok(table(Box::new(reader), fields))
        }
        "xls" | "xlsx" | "ods" => {
            let format = match format {
                "xls" => spreadsheet::Format::Xls,
                "ods" => spreadsheet::Format::Ods,
                _ => spreadsheet::Format::Xlsx,
            };
            let grid = tabular::grid::Options::parse(parameters)?;
            let reader = spreadsheet::table::open(file, format, &sheet_options(parameters), &grid)?;
            Ok(Table { fields: None, ..table(reader, Vec::new()) })
        }
        other => Err(format!("`{other}` is no format that can be read; set `format`").into()),
    }
}

fn sheet_options(parameters: &Map) -> spreadsheet::Options {
    let sheet = match parameters.get("sheet") {
        Some(Json::String(name)) => Some(Sheet::Name(name.clone())),
        Some(other) => other.as_u64().and_then(|n| usize::try_from(n).ok()).map(Sheet::Number),
        None => None,
    };
    spreadsheet::Options {
        sheet,
        fill_merged_cells: parameters.get("fill_merged_cells").and_then(Json::as_bool)
            == Some(true),
        ..spreadsheet::Options::default()
    }
}

fn failed(location: &str, error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> StepError {
    StepError::outside(format!("open `{location}`"), error)
}
