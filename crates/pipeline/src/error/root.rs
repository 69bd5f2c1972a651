//! Finds the error with a code that lies deepest below another: the one to act on.

use std::error::Error;
use std::io;

use model::fault::{Fault, Kind};

use crate::{
    commit, history, package_source, project, secrets, spec, sql, table_source, validation,
    wire_stream, yaml,
};

/// Code, kind and help of an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Root {
    pub code: &'static str,
    pub kind: Kind,
    pub help: Option<String>,
}

/// What the deepest error with a code in the chain of `error` says of itself; its help is that of
/// the deepest one that has any. `None` when no error of the chain has a code.
pub fn root(error: &(dyn Error + 'static)) -> Option<Root> {
    let mut found: Option<Root> = None;
    let mut at = Some(error);
    while let Some(error) = at {
        if let Some(Root { code, kind, help }) = described(error, found.as_ref()) {
            let help = help.or_else(|| found.and_then(|outer| outer.help));
            found = Some(Root { code, kind, help });
        }
        at = below(error);
    }
    found
}

/// The cause of `error`. What an I/O error wraps counts as one; the standard library skips it.
fn below<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e (dyn Error + 'static)> {
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(wrapped) => Some(wrapped),
        None => error.source(),
    }
}

fn described(error: &(dyn Error + 'static), outer: Option<&Root>) -> Option<Root> {
    if let Some(error) = error.downcast_ref::<io::Error>() {
        let is_named =
            outer.is_some_and(|outer| !matches!(outer.code, "READ_FAILED" | "WRITE_FAILED"));
        return if is_named { None } else { full_disk(error) };
    }
    let fault = FAULTS.iter().find_map(|as_fault| as_fault(error))?;
    Some(Root { code: fault.code(), kind: fault.kind(), help: fault.help() })
}

/// A full disk is named by who knows the file. Others write temporary files.
fn full_disk(error: &io::Error) -> Option<Root> {
    let is_full = matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded);
    (is_full && error.get_ref().is_none()).then(|| {
        let folder = std::env::temp_dir();
        let help = format!(
            "make room in `{}`, where temporary files are, or set TMPDIR to a larger folder",
            folder.display()
        );
        Root { code: "OUTPUT_FULL", kind: Kind::Limit, help: Some(help) }
    })
}

type AsFault = for<'e> fn(&'e (dyn Error + 'static)) -> Option<&'e dyn Fault>;

fn as_fault<'e, F: Fault + 'static>(error: &'e (dyn Error + 'static)) -> Option<&'e dyn Fault> {
    // A box around an error is an error of its own, whose cause is that of what it holds.
    let boxed = || error.downcast_ref::<Box<F>>().map(|fault| &**fault);
    error.downcast_ref::<F>().or_else(boxed).map(|fault| -> &dyn Fault { fault })
}

/// All errors with a code that can be the cause of another.
const FAULTS: [AsFault; 34] = [
    as_fault::<commit::CommitError>,
    as_fault::<commit::LedgerError>,
    as_fault::<history::BeginError>,
    as_fault::<history::WriteError>,
    as_fault::<package_source::PackageError>,
    as_fault::<project::ProjectError>,
    as_fault::<secrets::SecretError>,
    as_fault::<spec::SpecError>,
    as_fault::<spec::runners::TemplateError>,
    as_fault::<sql::SqlError>,
    as_fault::<table_source::UnknownFormat>,
    as_fault::<validation::ValidateError>,
    as_fault::<wire_stream::ProtocolError>,
    as_fault::<yaml::LoadError>,
    as_fault::<runtime::process::ExitError>,
    as_fault::<runtime::process::RunError>,
    as_fault::<runtime::process::SpawnError>,
    as_fault::<runtime::python::LocateError>,
    as_fault::<store::archive::ArchiveError>,
    as_fault::<store::compression::CompressionError>,
    as_fault::<store::fetch::FetchError>,
    as_fault::<store::journal::JournalError>,
    as_fault::<store::location::LocationError>,
    as_fault::<store::location::UnsafePath>,
    as_fault::<store::lock::LockError>,
    as_fault::<store::source::SourceError>,
    as_fault::<store::staging::StagingError>,
    as_fault::<store::upload::UploadError>,
    as_fault::<tabular::format::ReadError>,
    as_fault::<tabular::format::WriteError>,
    as_fault::<tabular::grid::OptionError>,
    as_fault::<tabular::schema::SchemaError>,
    as_fault::<tabular::typed::TypedError>,
    as_fault::<tabular::wire::DecodeError>,
];

#[cfg(test)]
mod tests;
