//! The parameters of `load`.

use model::{Json, Map};
use serde_json::json;
use tabular::{Batch, Column, Value};

use crate::casting::OnError;
use crate::definition::{ANY_OTHER, Parameter};
use crate::error::StepError;
use crate::limits::SAMPLE_ROWS_DEFAULT;
use crate::matcher::Matcher;
use crate::parameters::Parameters;
use crate::python_text::python_text;
use crate::table_source::Guess;

/// How `load` reads.
#[derive(Debug, Clone)]
pub(super) struct Options {
    pub(super) from: String,
    pub(super) name: Option<String>,
    pub(super) encoding: Option<String>,
    pub(super) format: Option<String>,
    /// Of a data package.
    pub(super) resources: Matcher,
    pub(super) limit_rows: Option<u64>,
    pub(super) strip: bool,
    pub(super) infer: Guess,
    pub(super) cast: CastStrategy,
    pub(super) on_error: OnError,
    pub(super) sample_rows: usize,
    override_schema: Map,
    override_fields: Map,
    extract: Option<Extract>,
}

/// What becomes of the values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CastStrategy {
    Nothing,
    Schema,
    Strings,
}

/// Missing values that are kept in a field of their own.
#[derive(Debug, Clone)]
struct Extract {
    /// Only these fields; all when empty.
    source: Vec<String>,
    target: String,
    values: Vec<String>,
}

pub(super) const PARAMETERS: [Parameter; 18] = [
    parameter(
        "from",
        "text",
        "required",
        "Path, address, `env://NAME`, a `datapackage.json`, or a database.",
    ),
    parameter("name", "text", "the file's name", "The name of the resource."),
    parameter("resources", "resources", "all", "Which resources of a data package."),
    parameter(
        "format",
        "text",
        "the file's ending",
        "csv, tsv, json, jsonl, parquet, arrow, xlsx, xls, ods, geojson, datapackage.",
    ),
    parameter("encoding", "text", "detected", "The encoding of a text file."),
    parameter(
        "headers",
        "count or list",
        "1",
        "Number of the header row, several of them, or the names themselves.",
    ),
    parameter(
        "skip_rows",
        "list",
        "auto",
        "Rows to leave out: numbers, prefixes, or `{type: regex|preset, value}`.",
    ),
    parameter("limit_rows", "count", "none", "At most so many rows."),
    parameter("strip", "flag", "true", "Remove blanks at the ends of texts."),
    parameter(
        "deduplicate_headers",
        "flag",
        "false",
        "Number equal headers instead of refusing them.",
    ),
    parameter("sample_size", "count", "1000", "Rows that types are guessed from."),
    parameter(
        "infer_strategy",
        "text",
        "full",
        "full (guess types), strings (all are texts), pytypes (all are of any type).",
    ),
    parameter(
        "cast_strategy",
        "text",
        "nothing",
        "nothing (rows stay as read), schema (cast to the schema), strings.",
    ),
    parameter("validate", "flag", "none", "Older form of `cast_strategy: schema`."),
    parameter(
        "override_schema",
        "mapping",
        "none",
        "Properties that replace those of the guessed schema.",
    ),
    parameter(
        "override_fields",
        "mapping",
        "none",
        "Field name to properties that replace the guessed ones.",
    ),
    parameter(
        "extract_missing_values",
        "flag or mapping",
        "none",
        "Keep missing values in an object field: `source`, `target`, `values`.",
    ),
    parameter(
        ANY_OTHER,
        "any",
        "none",
        "Options of the format: `delimiter`, `sheet`, `property`, `table`, ...",
    ),
];

const fn parameter(
    name: &'static str,
    form: &'static str,
    default: &'static str,
    text: &'static str,
) -> Parameter {
    Parameter { name, form, default, text }
}

impl Options {
    pub(super) fn parse(parameters: &Map) -> Result<Self, StepError> {
        let parameters = Parameters(parameters);
        let mut infer = match parameters.text("infer_strategy")? {
            None | Some("full") => Guess::Full,
            Some("pytypes") => Guess::Any,
            Some("strings") => Guess::Strings,
            Some(other) => {
                let problem = format!("expected full, pytypes or strings, found `{other}`");
                return Err(StepError::parameter("infer_strategy", problem));
            }
        };
        let mut cast = match parameters.text("cast_strategy")? {
            None | Some("nothing") => CastStrategy::Nothing,
            Some("schema") => CastStrategy::Schema,
            Some("strings") => CastStrategy::Strings,
            Some(other) => {
                let problem = format!("expected nothing, schema or strings, found `{other}`");
                return Err(StepError::parameter("cast_strategy", problem));
            }
        };
        if parameters.flag("force_strings", false)? {
            (infer, cast) = (Guess::Strings, CastStrategy::Strings);
        }
        if parameters.flag("validate", false)? {
            cast = CastStrategy::Schema;
        }
        let sample_rows = match parameters.count("sample_size")? {
            Some(rows) => usize::try_from(rows).unwrap_or(usize::MAX),
            None => SAMPLE_ROWS_DEFAULT,
        };
        Ok(Self {
            from: parameters.required_text("from")?.to_owned(),
            name: parameters.text("name")?.map(str::to_owned),
            encoding: parameters.text("encoding")?.map(str::to_owned),
            format: parameters.text("format")?.map(str::to_ascii_lowercase),
            resources: Matcher::parse("resources", parameters.get("resources"))?,
            limit_rows: parameters.count("limit_rows")?,
            strip: parameters.flag("strip", true)?,
            infer,
            cast,
            on_error: OnError::parse(parameters.text("on_error")?)?,
            sample_rows,
            override_schema: parameters.map("override_schema")?.cloned().unwrap_or_default(),
            override_fields: parameters.map("override_fields")?.cloned().unwrap_or_default(),
            extract: Extract::parse(parameters)?,
        })
    }

    /// The texts that mean null in the loaded table.
    pub(super) fn missing_values(&self) -> Vec<String> {
        match self.override_schema.get("missingValues").and_then(Json::as_array) {
            Some(list) => list.iter().filter_map(Json::as_str).map(str::to_owned).collect(),
            None => vec![String::new()],
        }
    }

    /// The schema with these fields, as the parameters change it.
    pub(super) fn schema(&self, fields: Vec<Map>) -> Json {
        let mut schema = Map::new();
        let fields = fields.into_iter().map(Json::Object).collect();
        schema.insert("fields".into(), Json::Array(fields));
        schema.insert("missingValues".into(), json!([""]));
        schema.extend(self.override_schema.clone());
        let list = schema.get_mut("fields").and_then(Json::as_array_mut);
        for field in list.into_iter().flatten().filter_map(Json::as_object_mut) {
            let name = model::package::name(field).to_owned();
            if let Some(properties) = self.override_fields.get(&name).and_then(Json::as_object) {
                field.extend(properties.clone());
            }
        }
        if let Some(extract) = &self.extract
            && let Some(list) = schema.get_mut("fields").and_then(Json::as_array_mut)
        {
            list.push(extract.field(self.missing_values()));
        }
        Json::Object(schema)
    }

    /// Adds the field that the parameters ask for to a resource of a data package.
    pub(super) fn extend(&self, resource: &mut Map) {
        if let Some(extract) = &self.extract {
            model::package::field_list_mut(resource).push(extract.field(self.missing_values()));
        }
    }

    /// The rows as they leave `load`, but for casting.
    pub(super) fn finish(&self, mut batch: Batch) -> Batch {
        if let Some(extract) = &self.extract {
            let column = extract.column(&batch, &extract.values_or(self.missing_values()));
            batch.set(&extract.target, column);
        }
        if self.cast == CastStrategy::Strings {
            let columns: Vec<_> = batch
                .iter()
                .map(|(name, column)| (std::sync::Arc::clone(name), texts(column)))
                .collect();
            return Batch::new(batch.rows(), columns);
        }
        batch
    }
}

/// Every value as the text that Python's `str` makes of it.
fn texts(column: &Column) -> Column {
    if column.kind() == tabular::Kind::Text && column.values().all(|value| value.is_some()) {
        return column.clone();
    }
    column
        .values()
        .map(|value| {
            let text = python_text(value.as_ref()).into_owned();
            Some(Value::new(tabular::Kind::Text, text))
        })
        .collect()
}

impl Extract {
    fn parse(parameters: Parameters<'_>) -> Result<Option<Self>, StepError> {
        let map = match parameters.get("extract_missing_values") {
            None => return Ok(None),
            Some(Json::Bool(_)) => Map::new(),
            Some(Json::Object(map)) => map.clone(),
            Some(other) => {
                let problem = format!("expected true or a mapping, found `{other}`");
                return Err(StepError::parameter("extract_missing_values", problem));
            }
        };
        let own = Parameters(&map);
        Ok(Some(Self {
            source: own.texts("source")?.unwrap_or_default(),
            target: own.text("target")?.unwrap_or("missingValues").to_owned(),
            values: own.texts("values")?.unwrap_or_default(),
        }))
    }

    /// The descriptor of the field that holds the missing values.
    fn field(&self, default: Vec<String>) -> Json {
        json!({
            "name": self.target,
            "type": "object",
            "format": "default",
            "values": self.values_or(default),
        })
    }

    fn values_or(&self, default: Vec<String>) -> Vec<String> {
        if self.values.is_empty() { default } else { self.values.clone() }
    }

    fn column(&self, batch: &Batch, values: &[String]) -> Column {
        (0..batch.rows())
            .map(|row| {
                let mut found = Map::new();
                for (name, column) in batch.iter() {
                    let wanted =
                        self.source.is_empty() || self.source.iter().any(|s| **s == **name);
                    if wanted
                        && let Some(text) = column.text(row)
                        && values.iter().any(|value| value == text)
                    {
                        found.insert(name.to_string(), text.into());
                    }
                }
                let json = model::python::dumps(&Json::Object(found), model::python::Style::WIRE);
                Some(Value::new(tabular::Kind::Json, json))
            })
            .collect()
    }
}
