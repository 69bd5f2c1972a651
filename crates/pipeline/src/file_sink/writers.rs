//! Opens the writer of a format.

use std::sync::Arc;

use model::package::{fields, name};
use model::{Json, Map};
use tabular::arrow_file::ArrowWriter;
use tabular::format::{RowWriter, WriteError};
use tabular::parquet::ParquetWriter;
use tabular::typed::plan::TypedField;
use tabular::written::WrittenField;
use tabular::xlsx::{XlsxColumn, XlsxWriter};
use tabular::{csv, json};

use super::layout::{Format, Generation};
use super::measured::Measured;
use super::options::Options;
use super::sheet_name;

/// A writer of `format` for a resource, to `out`.
///
/// # Errors
///
/// When the schema has no form in this format.
pub fn open(
    format: Format,
    resource: &Map,
    options: &Options,
    out: Measured,
) -> Result<Box<dyn RowWriter>, WriteError> {
    let out = Box::new(out);
    match format {
        Format::Parquet => Ok(Box::new(ParquetWriter::new(out, &typed_fields(resource, options)))),
        Format::Arrow => Ok(Box::new(ArrowWriter::file(out, &typed_fields(resource, options)))),
        Format::Excel => {
            let sheet = options.writer.get("sheetname").and_then(Json::as_str);
            let sheet =
                sheet.map_or_else(|| sheet_name::of_resource(name(resource)), str::to_owned);
            Ok(Box::new(XlsxWriter::new(out, &titled(resource, options), Some(&sheet))?))
        }
        Format::Csv | Format::Tsv => Ok(Box::new(text_table(format, resource, options, out)?)),
        Format::Json => Ok(Box::new(json_writer(json::Layout::Array, resource, options, out))),
        Format::JsonLines => Ok(Box::new(json_writer(json::Layout::Lines, resource, options, out))),
        Format::GeoJson => {
            Ok(Box::new(json_writer(json::Layout::Features, resource, options, out)))
        }
    }
}

fn text_table(
    format: Format,
    resource: &Map,
    options: &Options,
    out: Box<Measured>,
) -> Result<csv::Writer, WriteError> {
    let style = csv::WriteOptions {
        delimiter: if format == Format::Tsv { '\t' } else { ',' },
        time_separator: if options.generation == Generation::One { ' ' } else { 'T' },
    };
    csv::Writer::new(out, written_fields(resource, options), style)
}

fn json_writer(
    layout: json::Layout,
    resource: &Map,
    options: &Options,
    out: Box<Measured>,
) -> json::Writer {
    json::Writer::new(out, written_fields(resource, options), layout)
}

/// The fields as text formats write them.
fn written_fields(resource: &Map, options: &Options) -> Vec<WrittenField> {
    let temporal = options.temporal_format_property.as_deref();
    fields(resource)
        .map(|descriptor| {
            let field = WrittenField::from_descriptor(descriptor, temporal);
            if options.use_titles { field.with_title(descriptor) } else { field }
        })
        .collect()
}

/// The fields as Arrow types them; the option `scale` holds for all numbers.
fn typed_fields(resource: &Map, options: &Options) -> Vec<TypedField> {
    let scale = options.writer.get("scale");
    fields(resource)
        .map(|field| match scale {
            Some(scale) if !field.contains_key("scale") => {
                let mut field = field.clone();
                field.insert("scale".into(), scale.clone());
                TypedField::from_descriptor(&field)
            }
            _ => TypedField::from_descriptor(field),
        })
        .collect()
}

/// The fields with what the header row says.
fn titled(resource: &Map, options: &Options) -> Vec<XlsxColumn> {
    fields(resource)
        .map(|field| XlsxColumn {
            name: Arc::from(name(field)),
            header: header(field, options).to_owned(),
        })
        .collect()
}

/// The name of a field, or with `use_titles` its title.
fn header<'f>(field: &'f Map, options: &Options) -> &'f str {
    let title = if options.use_titles { field.get("title").and_then(Json::as_str) } else { None };
    title.unwrap_or_else(|| name(field))
}
