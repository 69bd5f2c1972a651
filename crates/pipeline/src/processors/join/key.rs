//! The text that rows are joined by.

use model::Json;
use tabular::Batch;

use crate::error::StepError;
use crate::format_string::FormatString;
use crate::python_text::text_of;

/// How the key of a row is made.
#[derive(Debug, Clone)]
pub(super) enum Key {
    /// Fields, with `:` between them.
    Fields(Vec<String>),
    Format {
        format: FormatString,
        fields: Vec<String>,
    },
}

impl Key {
    /// Reads a list of fields or a format string; `{#}` is the number of the row.
    pub(super) fn parse(parameter: &str, value: &Json) -> Result<Self, StepError> {
        match value {
            Json::Array(list) => {
                let fields: Option<Vec<String>> =
                    list.iter().map(|item| item.as_str().map(str::to_owned)).collect();
                fields
                    .map(Self::Fields)
                    .ok_or_else(|| StepError::parameter(parameter, "must list names of fields"))
            }
            Json::String(text) => {
                let format = FormatString::parse(text)
                    .map_err(|error| StepError::parameter(parameter, error.to_string()))?;
                Ok(Self::Format { format, fields: named(text) })
            }
            other => {
                let problem =
                    format!("expected a list of fields or a format string, found `{other}`");
                Err(StepError::parameter(parameter, problem))
            }
        }
    }

    /// The fields that the key is made of, `#` left out.
    pub(super) fn fields(&self) -> &[String] {
        match self {
            Self::Fields(fields) | Self::Format { fields, .. } => fields,
        }
    }

    /// Appends the key of row `row`, the `number`-th of its resource (from 1), to `out`.
    pub(super) fn render(
        &self,
        batch: &Batch,
        row: usize,
        number: u64,
        out: &mut String,
    ) -> Result<(), StepError> {
        match self {
            Self::Fields(fields) => {
                for (index, field) in fields.iter().enumerate() {
                    if index > 0 {
                        out.push(':');
                    }
                    if field == "#" {
                        out.push_str(&number.to_string());
                        continue;
                    }
                    match batch.column(field).and_then(|column| column.value(row)) {
                        Some(value) => out.push_str(&text_of(value.kind, &value.text)),
                        None => out.push_str("None"),
                    }
                }
                Ok(())
            }
            Self::Format { format, .. } => format.render_numbered(batch, row, number, out),
        }
    }
}

/// The names between the braces of a format string.
fn named(text: &str) -> Vec<String> {
    let mut fields = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once('{') {
        let Some((inner, after)) = after.split_once('}') else { break };
        let field = inner.split(['!', ':']).next().unwrap_or(inner);
        if field != "#" && !field.is_empty() {
            fields.push(field.to_owned());
        }
        rest = after;
    }
    fields
}
