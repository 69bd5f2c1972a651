use store::archive::ArchiveError;
use store::fetch::FetchError;
use tabular::format::ReadError;

use super::*;
use crate::error::{Cause, StepError, fault_to_json};
use crate::package_source::PackageError;
use crate::validation::ValidateError;

fn not_found() -> FetchError {
    FetchError::NotFound { location: "x.csv".into() }
}

#[test]
fn the_deepest_code_is_that_of_the_failure_also_inside_an_io_error() {
    let inner = io::Error::other(not_found());
    let read = ReadError::Io(io::Error::other(ArchiveError::Read {
        archive: "x.zip".into(),
        source: inner,
    }));
    let error = StepError::new(Cause::Read { resource: "x".into(), source: read });
    let json = error.to_json();
    assert_eq!(json["code"], "FETCH_NOT_FOUND");
    assert_eq!(json["kind"], "not-found");
    assert_eq!(json["resource"], "x");
    assert_eq!(json["help"], "check the path and the folder it is relative to");
}

#[test]
fn a_boxed_error_is_found() {
    let source = Box::new(PackageError::Fetch(not_found()));
    let error = StepError::outside("look", ValidateError::Open { path: "x".into(), source });
    assert_eq!(error.code(), "FETCH_NOT_FOUND");
    let boxed: Box<dyn Error + Send + Sync> = Box::new(Box::new(not_found()));
    assert_eq!(StepError::outside("look", boxed).code(), "FETCH_NOT_FOUND");
}

#[test]
fn help_of_an_outer_error_stays_when_the_inner_one_has_none() {
    let error = ArchiveError::Extract {
        archive: "x.zip".into(),
        folder: "/tmp".into(),
        source: io::Error::other(FetchError::Folder { location: "x".into() }),
    };
    let root = root(&error).unwrap();
    assert_eq!((root.code, root.help.as_deref()), ("FETCH_FAILED", Some("make room in `/tmp`")));
}

#[test]
fn a_full_disk_for_temporary_files_is_named_with_its_folder() {
    let full = io::Error::from(io::ErrorKind::StorageFull);
    let error = StepError::outside("write rows to a temporary file", full);
    assert_eq!(error.code(), "OUTPUT_FULL");
    assert!(error.help().unwrap().contains("TMPDIR"));
}

#[test]
fn a_full_disk_that_is_named_already_keeps_its_help() {
    let full = io::Error::from(io::ErrorKind::StorageFull);
    let spool = FetchError::Spool { location: "x".into(), folder: "/t".into(), source: full };
    let root = root(&spool).unwrap();
    assert_eq!(root.code, "FETCH_FAILED");
    assert!(root.help.unwrap().contains("make room in `/t`"));
}

#[test]
fn an_error_without_code_leaves_the_general_one() {
    assert_eq!(StepError::outside("look", "no").code(), "OUTSIDE_FAILED");
    assert_eq!(root(&io::Error::other("no")), None);
    let json = fault_to_json(&StepError::parameter("x", "is odd"));
    assert_eq!(json["text"], "parameter `x`: is odd");
    assert!(!json.contains_key("help"));
}
