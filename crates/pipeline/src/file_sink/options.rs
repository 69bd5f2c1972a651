//! The parameters that all file sinks share.

use model::{Json, Map};

use super::counters::Counters;
use super::layout::{Format, Generation};
use crate::casting::OnError;
use crate::context::{Context, Level};
use crate::definition::Parameter;
use crate::error::StepError;
use crate::parameters::Parameters;

/// How a file sink writes.
#[derive(Debug, Clone)]
pub struct Options {
    pub generation: Generation,
    pub format: Format,
    /// One format for all; else each resource by the ending of its path.
    pub force_format: bool,
    pub pretty_descriptor: bool,
    pub add_filehash_to_path: bool,
    pub temporal_format_property: Option<String>,
    pub use_titles: bool,
    /// Options of the format itself: `sheetname`, `scale`, ...
    pub writer: Map,
    pub counters: Counters,
    pub on_error: OnError,
}

/// Keys that the second generation knows only with underscores, as existing outputs rely on it.
const UNDERSCORE_ONLY: [&str; 7] = [
    "force-format",
    "pretty-descriptor",
    "add-filehash-to-path",
    "temporal-format-property",
    "file-formatters",
    "use-titles",
    "on-error",
];

impl Options {
    /// Reads the shared parameters.
    ///
    /// # Errors
    ///
    /// A parameter error for a value of the wrong form.
    pub fn parse(
        parameters: &Map,
        generation: Generation,
        ctx: &Context,
    ) -> Result<Self, StepError> {
        let mut known = parameters.clone();
        if generation == Generation::Two {
            for key in UNDERSCORE_ONLY.iter().filter(|key| parameters.contains_key(**key)) {
                let text = format!("`{key}` has no effect here; write `{}`", key.replace('-', "_"));
                ctx.log(Level::Warning, &text);
                known.remove(*key);
            }
        }
        let parameters = Parameters(&known);
        let word = parameters.text("format")?.unwrap_or("csv");
        let format = Format::parse(word).ok_or_else(|| {
            let problem = format!(
                "`{word}` is no format; use csv, tsv, json, jsonl, geojson, xlsx, parquet or arrow"
            );
            StepError::parameter("format", problem)
        })?;
        Ok(Self {
            generation,
            format,
            force_format: parameters.flag("force_format", true)?,
            pretty_descriptor: parameters
                .flag("pretty_descriptor", generation == Generation::Two)?,
            add_filehash_to_path: parameters.flag("add_filehash_to_path", false)?,
            temporal_format_property: parameters
                .text("temporal_format_property")?
                .map(str::to_owned),
            use_titles: parameters.flag("use_titles", false)?,
            writer: parameters.map("options")?.cloned().unwrap_or_default(),
            counters: Counters::parse(parameters)?,
            on_error: OnError::parse(parameters.get("on_error").and_then(Json::as_str))?,
        })
    }
}

/// The shared parameters, for help.
pub const PARAMETERS: [Parameter; 9] = [
    Parameter {
        name: "format",
        form: "text",
        default: "csv",
        text: "csv, tsv, json, jsonl, geojson, xlsx, parquet or arrow.",
    },
    Parameter {
        name: "force_format",
        form: "flag",
        default: "true",
        text: "Write every resource in `format`; else each by the ending of its path.",
    },
    Parameter {
        name: "pretty_descriptor",
        form: "flag",
        default: "true",
        text: "Indent the descriptor.",
    },
    Parameter {
        name: "add_filehash_to_path",
        form: "flag",
        default: "false",
        text: "Put each file into a folder named after its hash.",
    },
    Parameter {
        name: "temporal_format_property",
        form: "text",
        default: "none",
        text: "Property of date and time fields that holds the format to write them in.",
    },
    Parameter {
        name: "use_titles",
        form: "flag",
        default: "false",
        text: "Write the titles of fields in the header row.",
    },
    Parameter {
        name: "options",
        form: "mapping",
        default: "none",
        text: "Options of the format: `sheetname` (xlsx), `scale` (parquet).",
    },
    Parameter {
        name: "counters",
        form: "mapping",
        default: "standard names",
        text: "Where counts and hashes go in the descriptor; null leaves one out.",
    },
    crate::definition::ON_ERROR,
];
