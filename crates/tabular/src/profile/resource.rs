//! The rules of a Data Resource.

use model::{Json, Map};

use super::forms::{Entries, Form, is_safe_path, shown};
use super::{Check, Version, dialect, schema};

const FORMS: [(&str, Form); 12] = [
    ("$schema", Form::Text),
    ("profile", Form::Text),
    ("name", Form::Text),
    ("title", Form::Text),
    ("description", Form::Text),
    ("homepage", Form::Address),
    ("format", Form::Text),
    ("mediatype", Form::MediaType),
    ("encoding", Form::Text),
    ("bytes", Form::Count),
    ("hash", Form::Hash),
    ("licenses", Form::List),
];

const LICENSE: [(&str, Form); 3] =
    [("name", Form::Text), ("path", Form::Path), ("title", Form::Text)];

const SOURCE: [(&str, Form); 4] =
    [("title", Form::Text), ("path", Form::Text), ("email", Form::Email), ("version", Form::Text)];

/// What the entries of `licenses` must be. The first profile of version 1 asks for nothing.
pub(super) fn licenses(version: Version) -> Entries {
    let one_of: &[&str] = if version == Version::One { &[] } else { &["name", "path"] };
    Entries { one_of, forms: &LICENSE }
}

/// What the entries of `sources` must be.
pub(super) fn sources(version: Version) -> Entries {
    let one_of: &[&str] =
        if version == Version::One { &["title"] } else { &["title", "path", "email", "version"] };
    Entries { one_of, forms: &SOURCE }
}

pub(super) fn check(check: &mut Check, descriptor: &Json, (index, version): (usize, Version)) {
    let label = descriptor.get("name").and_then(Json::as_str).map(str::to_owned);
    check.resource = Some(label.unwrap_or_else(|| format!("#{}", index + 1)));
    if let Some(resource) = check.object("", descriptor) {
        parts(check, resource, Version::of(resource, version));
    }
    check.resource = None;
}

fn parts(check: &mut Check, resource: &Map, version: Version) {
    check.forms("", resource, &FORMS);
    match (resource.get("name"), version) {
        (None | Some(Json::Null), _) => {
            let text = "is missing".to_owned();
            check.report("name".into(), "required", text, "give the resource a name");
        }
        (Some(_), Version::One) => check.forms("", resource, &[("name", Form::Slug)]),
        (Some(Json::String(name)), Version::Two) if name.is_empty() => {
            let text = "is empty".to_owned();
            check.report("name".into(), "required", text, "give the resource a name");
        }
        (Some(_), Version::Two) => {}
    }
    if version == Version::Two {
        check.forms("", resource, &[("type", Form::Word(&["table"]))]);
    }
    where_data_is(check, resource, version);
    check.objects("sources", resource.get("sources"), &sources(version));
    let list = resource.get("licenses").filter(|list| list.is_array());
    check.objects("licenses", list, &licenses(version));
    if resource.get("profile").and_then(Json::as_str) == Some("tabular-data-resource")
        && resource.get("schema").is_none_or(Json::is_null)
    {
        let text = "is missing from a tabular resource".to_owned();
        check.report("schema".into(), "required", text, "add a schema with its fields");
    }
    match resource.get("schema") {
        None | Some(Json::Null) => {}
        Some(Json::String(at)) => reference(check, "schema", at),
        Some(descriptor) => schema::check(check, "schema", descriptor, version),
    }
    match resource.get("dialect") {
        None | Some(Json::Null) => {}
        Some(Json::String(at)) => reference(check, "dialect", at),
        Some(descriptor) => dialect::check(check, "dialect", descriptor, version),
    }
}

fn where_data_is(check: &mut Check, resource: &Map, version: Version) {
    let path = resource.get("path").filter(|path| !path.is_null());
    let data = resource.get("data").filter(|data| !data.is_null());
    let url = resource.get("url").filter(|url| url.is_string() && version == Version::One);
    match (path, data) {
        (None, None) if url.is_none() => {
            let text = "there is neither `path` nor `data`".to_owned();
            check.report("path".into(), "required", text, "add one of them");
        }
        (Some(_), Some(_)) => {
            let text = "there are both `path` and `data`".to_owned();
            check.report("data".into(), "exclusive", text, "remove one of them");
        }
        _ => {}
    }
    match path {
        None => {}
        Some(Json::String(path)) => one_path(check, "path".into(), path, version),
        Some(Json::Array(paths)) if !paths.is_empty() => {
            for (index, path) in paths.iter().enumerate() {
                let at = format!("path[{index}]");
                match path.as_str() {
                    Some(path) => one_path(check, at, path, version),
                    None => check.report(at, "type", "is not a text".into(), "write a path"),
                }
            }
        }
        Some(_) => {
            let text = "is not a path".to_owned();
            check.report("path".into(), "type", text, "write a path or a list of paths");
        }
    }
}

fn one_path(check: &mut Check, at: String, path: &str, version: Version) {
    let is_address = ["http://", "https://", "ftp://", "ftps://", "s3://"]
        .iter()
        .any(|scheme| path.to_ascii_lowercase().starts_with(scheme));
    let is_hidden = version == Version::Two && path.starts_with('.');
    if !is_address && (!is_safe_path(path) || is_hidden) {
        let text = format!("{} leads out of the package or is hidden", shown(&path.into()));
        let fix = "write a web address, or a path below the folder that begins with no `.`, `/` \
                   or `~` and holds no `..`";
        check.report(at, "safe-path", text, fix);
    }
}

/// A schema or dialect that is somewhere else: an address, a path, or a place in the descriptor.
fn reference(check: &mut Check, at: &str, text: &str) {
    if !text.starts_with('#')
        && let Some((rule, text, fix)) = Form::Path.problem(&text.into())
    {
        check.report(at.to_owned(), rule, text, &fix);
    }
}
