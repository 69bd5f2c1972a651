//! Why a data package could not be read.

use model::fault::{Fault, Kind};
use store::archive::ArchiveError;
use store::fetch::FetchError;
use store::location::{LocationError, UnsafePath};
use store::source::SourceError;

use crate::limits::DESCRIPTOR_BYTES_MAX;
use crate::table_source::Failure;

/// Why a data package could not be read.
#[derive(Debug, thiserror::Error)]
pub enum PackageError {
    #[error(
        "pipeline `{id}` has left no data package; name it under `dependencies`, and run it first"
    )]
    Dependency { id: String },
    #[error(transparent)]
    Location(#[from] LocationError),
    #[error(transparent)]
    Unsafe(#[from] UnsafePath),
    #[error(transparent)]
    Fetch(#[from] FetchError),
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    #[error("failed to read `{location}`")]
    Read { location: String, source: std::io::Error },
    #[error("descriptor `{location}` is longer than {DESCRIPTOR_BYTES_MAX} bytes")]
    TooLarge { location: String },
    #[error("`{location}` is not valid JSON")]
    Syntax { location: String, source: serde_json::Error },
    #[error("`{location}` is no data package: {problem}")]
    Form { location: String, problem: &'static str },
    #[error("reference `{reference}` does not lead to a JSON object")]
    Reference { reference: String },
    #[error("the data of resource `{resource}` cannot be read: {problem}")]
    Data { resource: String, problem: String },
    #[error("failed to open resource `{resource}`")]
    Table { resource: String, source: Failure },
    #[error(
        "resource `{resource}` has the columns {found}, its schema the fields {expected}; \
         correct the schema, or set its `fieldsMatch`"
    )]
    Columns { resource: String, found: String, expected: String },
}

impl PackageError {
    pub(super) fn form(location: String, problem: &'static str) -> Self {
        Self::Form { location, problem }
    }

    pub(super) fn data(resource: &str, problem: impl Into<String>) -> Self {
        Self::Data { resource: resource.to_owned(), problem: problem.into() }
    }

    fn fault(&self) -> Option<&dyn Fault> {
        match self {
            Self::Location(error) => Some(error),
            Self::Unsafe(error) => Some(error),
            Self::Fetch(error) => Some(error),
            Self::Source(error) => Some(error),
            Self::Archive(error) => Some(error),
            _ => None,
        }
    }
}

impl Fault for PackageError {
    fn code(&self) -> &'static str {
        match (self, self.fault()) {
            (_, Some(fault)) => fault.code(),
            (Self::Dependency { .. }, None) => "DEPENDENCY_MISSING",
            (Self::Read { .. }, None) => "IO_FAILED",
            _ => "PACKAGE_INVALID",
        }
    }

    fn kind(&self) -> Kind {
        match (self, self.fault()) {
            (_, Some(fault)) => fault.kind(),
            (Self::Dependency { .. }, None) => Kind::NotFound,
            (Self::Read { .. }, None) => Kind::Unavailable,
            (Self::TooLarge { .. }, None) => Kind::Limit,
            _ => Kind::Invalid,
        }
    }

    fn help(&self) -> Option<String> {
        self.fault().and_then(Fault::help)
    }
}
