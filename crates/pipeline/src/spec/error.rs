//! What can be wrong with one pipeline, or with the file that should hold pipelines.
//!
//! The first words are those of datapackage-pipelines, because people search for them.

use model::fault::{Fault, Kind};
use model::pipeline_id::PipelineId;

use crate::yaml::LoadError;

/// Why a pipeline cannot run. Its text is one line: `Unresolved processor: Couldn't resolve ...`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SpecError {
    #[error("Invalid Spec File: {file}: {reason}")]
    Yaml { file: String, reason: LoadError },
    #[error("Invalid Spec File: {file} cannot be read: {reason}")]
    Unreadable { file: String, reason: String },
    #[error("Invalid Spec File: {file} is empty")]
    Empty { file: String },
    #[error("Invalid Spec File: {file} holds {found}, a mapping of names to pipelines is expected")]
    NoMapping { file: String, found: &'static str },
    #[error("Invalid Spec File: more than {max} {what} below {folder}")]
    TooMany { folder: String, what: &'static str, max: usize },
    #[error("Invalid Pipeline: {at}: {reason}")]
    Shape { at: String, reason: String },
    #[error("Duplicate Pipeline Id: Duplicate key {id} in {file}")]
    Duplicate { id: PipelineId, file: String },
    #[error("Unresolved processor: Couldn't resolve {name} at {folder}{hint}")]
    Unresolved { name: String, folder: String, hint: String },
    #[error("Missing dependency: Unknown dependency provided ({text})")]
    UnknownDependency { text: String },
    #[error("Missing dependency: Failed to find a dependency: {id}")]
    MissingDependency { id: String },
    #[error("Missing dependency: Failed to find a dependency: {id} (in a circle: {circle})")]
    Circle { id: PipelineId, circle: String },
    #[error("Missing dependency: Couldn't open datapackage {location}: {reason}")]
    DatapackageUnopened { location: String, reason: String },
    #[error("Missing dependency: Couldn't get data from datapackage {location}: it has no `hash`")]
    Datapackage { location: String },
    #[error("Invalid dependency: Cannot run until dependency passes validation: {id}")]
    InvalidDependency { id: PipelineId },
    #[error("Dirty dependency: Cannot run until dependency is executed: {id}")]
    DirtyDependency { id: PipelineId },
    #[error(
        "Dependency unsuccessful: Cannot run until dependency \"{id}\" is successfully executed"
    )]
    FailedDependency { id: PipelineId },
    #[error("From {id}: {text}")]
    From { id: PipelineId, text: String },
    #[error("Unknown source kind: Unknown source description kind \"{module}\" in {file}")]
    SourceKind { module: String, file: String },
    #[error("Invalid Source: Invalid source description for \"{module}\" in {file}")]
    Source { module: String, file: String },
    #[error("Error converting source: \"{reason}\" in {file}")]
    Conversion { reason: String, file: String },
}

impl Fault for SpecError {
    fn code(&self) -> &'static str {
        match self {
            Self::Yaml { reason, .. } => reason.code(),
            Self::Unreadable { .. } => "SPEC_UNREADABLE",
            Self::TooMany { .. } => "SPEC_LIMIT",
            Self::Empty { .. }
            | Self::NoMapping { .. }
            | Self::Shape { .. }
            | Self::Duplicate { .. } => "SPEC_INVALID",
            Self::Unresolved { .. } => "PROCESSOR_UNRESOLVED",
            Self::UnknownDependency { .. }
            | Self::MissingDependency { .. }
            | Self::Circle { .. }
            | Self::DatapackageUnopened { .. }
            | Self::Datapackage { .. } => "DEPENDENCY_MISSING",
            Self::InvalidDependency { .. }
            | Self::DirtyDependency { .. }
            | Self::FailedDependency { .. }
            | Self::From { .. } => "DEPENDENCY_NOT_READY",
            Self::SourceKind { .. } | Self::Source { .. } | Self::Conversion { .. } => {
                "GENERATOR_FAILED"
            }
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Yaml { reason, .. } => reason.kind(),
            Self::TooMany { .. } => Kind::Limit,
            Self::InvalidDependency { .. }
            | Self::DirtyDependency { .. }
            | Self::FailedDependency { .. }
            | Self::From { .. } => Kind::Conflict,
            _ => Kind::Invalid,
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Yaml { reason, .. } => reason.help(),
            Self::Empty { .. } => {
                Some("write `name: {pipeline: [...]}`, or delete the file".into())
            }
            Self::Unresolved { .. } => Some(
                "see `thorp processor list`, or put the script beside the specification".into(),
            ),
            Self::DirtyDependency { id } | Self::FailedDependency { id } => {
                Some(format!("run `{id}` too, or use --force"))
            }
            Self::DatapackageUnopened { .. } => {
                Some("make the data package first, correct its location, or use --force".into())
            }
            Self::Datapackage { .. } => {
                Some("write it with `dump_to_path`, which adds the hash, or use --force".into())
            }
            Self::TooMany { .. } => Some(
                "choose a smaller folder with --dir, or list folders in .dpp_spec_ignore".into(),
            ),
            _ => None,
        }
    }
}
