//! How the descriptor of a resource changes when its rows are written in some format.

use model::package::fields;
use model::{Json, Map};
use serde_json::json;

/// A format that files are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Csv,
    Tsv,
    Json,
    JsonLines,
    GeoJson,
    Excel,
    Parquet,
    Arrow,
}

/// Which of the two generations of dump processors writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Generation {
    /// `dump_to_path`, `dump_to_zip`.
    Two,
    /// `dump.to_path`, `dump.to_zip`: another form of date and time, fewer properties.
    One,
}

impl Format {
    /// The format that `word` means, by name or file ending.
    pub fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "csv" => Self::Csv,
            "tsv" => Self::Tsv,
            "json" => Self::Json,
            "jsonl" | "ndjson" => Self::JsonLines,
            "geojson" => Self::GeoJson,
            "excel" | "xlsx" => Self::Excel,
            "parquet" => Self::Parquet,
            "arrow" | "feather" => Self::Arrow,
            _ => return None,
        })
    }

    /// The file ending and the `format` property.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Tsv => "tsv",
            Self::Json => "json",
            Self::JsonLines => "jsonl",
            Self::GeoJson => "geojson",
            Self::Excel => "xlsx",
            Self::Parquet => "parquet",
            Self::Arrow => "arrow",
        }
    }

    /// Rewrites the descriptor of a resource to describe its file in this format.
    pub fn describe(self, resource: &mut Map, generation: Generation) {
        let path = with_ending(&path_of(resource), self.ending());
        resource.insert("path".into(), path.into());
        resource.insert("format".into(), self.ending().into());
        match self {
            Self::Csv | Self::Tsv => {
                resource.insert("encoding".into(), "utf-8".into());
                resource.insert("dialect".into(), dialect(self));
            }
            Self::Json | Self::GeoJson | Self::JsonLines => {
                resource.insert("encoding".into(), "utf-8".into());
                if generation == Generation::Two {
                    resource.insert("mediatype".into(), self.media_type().into());
                    resource.insert("profile".into(), "tabular-data-resource".into());
                }
            }
            // A dialect or an encoding of the text that the rows came from says nothing here.
            Self::Excel | Self::Parquet | Self::Arrow => {
                resource.remove("dialect");
                resource.remove("encoding");
            }
        }
        self.describe_fields(resource, generation);
    }

    fn media_type(self) -> &'static str {
        match self {
            Self::GeoJson => "application/geo+json",
            Self::JsonLines => "application/x-ndjson",
            _ => "text/json",
        }
    }

    fn describe_fields(self, resource: &mut Map, generation: Generation) {
        if fields(resource).next().is_none() {
            return;
        }
        let is_text = matches!(self, Self::Csv | Self::Tsv | Self::Excel);
        for field in model::package::field_list_mut(resource) {
            let Some(field) = field.as_object_mut() else { continue };
            let field_type = field.get("type").and_then(Json::as_str).unwrap_or("string");
            let properties = match field_type {
                "number" if is_text => json!({"decimalChar": ".", "groupChar": ""}),
                "boolean" if is_text && generation == Generation::Two => {
                    json!({"trueValues": ["True"], "falseValues": ["False"]})
                }
                "date" => json!({"format": "%Y-%m-%d"}),
                "time" => json!({"format": "%H:%M:%S"}),
                "datetime" if generation == Generation::One => {
                    json!({"format": "%Y-%m-%d %H:%M:%S"})
                }
                "datetime" => json!({"format": "%Y-%m-%dT%H:%M:%S"}),
                _ => continue,
            };
            if let Json::Object(properties) = properties {
                field.extend(properties);
            }
        }
    }
}

fn dialect(format: Format) -> Json {
    let delimiter = if format == Format::Tsv { "\t" } else { "," };
    json!({
        "lineTerminator": "\r\n",
        "delimiter": delimiter,
        "doubleQuote": true,
        "quoteChar": "\"",
        "skipInitialSpace": false,
    })
}

/// The path of a resource; the first one of several.
pub fn path_of(resource: &Map) -> String {
    let path = match resource.get("path") {
        Some(Json::Array(parts)) => parts.first().and_then(Json::as_str),
        Some(other) => other.as_str(),
        None => None,
    };
    path.unwrap_or_else(|| model::package::name(resource)).to_owned()
}

/// `path` with another file ending.
fn with_ending(path: &str, ending: &str) -> String {
    std::path::Path::new(path).with_extension(ending).to_string_lossy().into_owned()
}
