//! The rules of a Data Package.

use std::collections::BTreeMap;

use model::{Json, Map};

use super::forms::{Entries, Form};
use super::{Check, Version, resource};

const FORMS: [(&str, Form); 13] = [
    ("$schema", Form::Text),
    ("profile", Form::Text),
    ("name", Form::Text),
    ("id", Form::Text),
    ("title", Form::Text),
    ("description", Form::Text),
    ("homepage", Form::Address),
    ("version", Form::Text),
    ("created", Form::Moment),
    ("keywords", Form::Texts),
    ("image", Form::Text),
    ("licenses", Form::List),
    ("contributors", Form::List),
];

const ROLES: [&str; 5] = ["publisher", "author", "maintainer", "wrangler", "contributor"];

const CONTRIBUTORS_1: Entries = Entries {
    one_of: &["title"],
    forms: &[
        ("title", Form::Text),
        ("path", Form::Path),
        ("email", Form::Email),
        ("organization", Form::Text),
        ("role", Form::Word(&ROLES)),
    ],
};

const CONTRIBUTORS_2: Entries = Entries {
    one_of: &[],
    forms: &[
        ("title", Form::Text),
        ("givenName", Form::Text),
        ("familyName", Form::Text),
        ("path", Form::Path),
        ("email", Form::Email),
        ("organization", Form::Text),
        ("role", Form::Text),
        ("roles", Form::Texts),
    ],
};

pub(super) fn check(check: &mut Check, descriptor: &Json) {
    let Some(package) = check.object("", descriptor) else { return };
    let version = Version::of(package, Version::One);
    check.forms("", package, &FORMS);
    if version == Version::One {
        check.forms("", package, &[("name", Form::Slug)]);
    }
    let contributors = match version {
        Version::One => &CONTRIBUTORS_1,
        Version::Two => &CONTRIBUTORS_2,
    };
    let list = |name: &str| package.get(name).filter(|list| list.is_array());
    check.objects("contributors", list("contributors"), contributors);
    check.objects("licenses", list("licenses"), &resource::licenses(version));
    check.objects("sources", package.get("sources"), &resource::sources(version));
    resources(check, package, version);
}

fn resources(check: &mut Check, package: &Map, version: Version) {
    let list = match package.get("resources") {
        Some(Json::Array(list)) if !list.is_empty() => list,
        Some(Json::Array(_)) | None => {
            let text = "there are no resources".to_owned();
            return check.report("resources".into(), "required", text, "list at least one");
        }
        Some(_) => {
            let text = "is not a list".to_owned();
            return check.report("resources".into(), "type", text, "write a list of objects");
        }
    };
    for (index, descriptor) in list.iter().enumerate() {
        resource::check(check, descriptor, (index, version));
    }
    unique_names(check, list);
    references(check, list);
}

fn unique_names(check: &mut Check, resources: &[Json]) {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, resource) in resources.iter().enumerate() {
        let Some(name) = resource.get("name").and_then(Json::as_str) else { continue };
        if let Some(first) = seen.insert(name, index) {
            check.resource = Some(name.to_owned());
            let text = format!("resources {} and {} have one name", first + 1, index + 1);
            check.report("name".into(), "unique", text, "rename one of them");
        }
    }
    check.resource = None;
}

/// Foreign keys must name resources and fields that are there.
fn references(check: &mut Check, resources: &[Json]) {
    let named = |wanted: &str| {
        resources
            .iter()
            .find(|resource| resource.get("name").and_then(Json::as_str) == Some(wanted))
    };
    for resource in resources {
        let keys = resource.pointer("/schema/foreignKeys").and_then(Json::as_array);
        for (index, key) in keys.into_iter().flatten().enumerate() {
            let Some(reference) = key.get("reference") else { continue };
            let elsewhere =
                ["package", "datapackage"].iter().any(|key| reference.get(*key).is_some());
            let wanted = reference.get("resource").and_then(Json::as_str).unwrap_or_default();
            if elsewhere || wanted.is_empty() {
                continue;
            }
            let at = format!("schema.foreignKeys[{index}].reference");
            check.resource = resource.get("name").and_then(Json::as_str).map(str::to_owned);
            match named(wanted) {
                None => {
                    let text = format!("there is no resource `{wanted}`");
                    let fix = "correct the name, or write an empty one for the resource itself";
                    check.report(format!("{at}.resource"), "reference", text, fix);
                }
                Some(other) => fields(check, &at, (reference, other, wanted)),
            }
        }
    }
    check.resource = None;
}

fn fields(check: &mut Check, at: &str, (reference, other, wanted): (&Json, &Json, &str)) {
    let Some(known) = other.pointer("/schema/fields").and_then(Json::as_array) else { return };
    let names: Vec<&str> = match reference.get("fields") {
        Some(Json::String(name)) => vec![name],
        Some(Json::Array(names)) => names.iter().filter_map(Json::as_str).collect(),
        _ => return,
    };
    for name in names {
        if !known.iter().any(|field| field.get("name").and_then(Json::as_str) == Some(name)) {
            let text = format!("resource `{wanted}` has no field `{name}`");
            check.report(format!("{at}.fields"), "reference", text, "add it or correct the name");
        }
    }
}
