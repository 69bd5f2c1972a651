//! Every package comes from the registry under a licence that `deny.toml` allows.
//!
//! `cargo deny` reads the same file and checks the same and more; this check needs no installation.

use std::collections::BTreeSet;

use anyhow::Context;
use cargo_metadata::Metadata;

use super::Complaint;

const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// A package that is not ours.
#[derive(Debug)]
pub(super) struct Package {
    name: String,
    licence: Option<String>,
    source: String,
}

pub(super) fn packages_of(metadata: &Metadata) -> Vec<Package> {
    let foreign = metadata.packages.iter().filter_map(|package| {
        let source = package.source.as_ref()?.to_string();
        Some(Package { name: package.name.to_string(), licence: package.license.clone(), source })
    });
    foreign.collect()
}

/// `policy` is the text of `deny.toml`.
pub(super) fn check(packages: &[Package], policy: &str) -> anyhow::Result<Vec<Complaint>> {
    let policy: toml::Table = policy.parse().context("`deny.toml` is not TOML")?;
    let allowed = names(&policy, "licenses", "allow");
    let banned = names(&policy, "bans", "deny");
    let mut complaints = Vec::new();
    for package in packages {
        if package.source != REGISTRY {
            let text = format!("comes from `{}`, not from the registry", package.source);
            complaints.push(Complaint::new(&package.name, text));
        }
        if banned.contains(package.name.as_str()) {
            complaints.push(Complaint::new(&package.name, "is banned in `deny.toml`"));
        }
        match &package.licence {
            Some(licence) if is_allowed(licence, &allowed) => {}
            Some(licence) => {
                let text = format!("has the licence `{licence}`, which `deny.toml` does not allow");
                complaints.push(Complaint::new(&package.name, text));
            }
            None => complaints.push(Complaint::new(&package.name, "names no licence")),
        }
    }
    Ok(complaints)
}

/// The texts of a list, or the values of `name` or `crate` where an entry is a table.
fn names<'a>(policy: &'a toml::Table, section: &str, list: &str) -> BTreeSet<&'a str> {
    let entries = policy
        .get(section)
        .and_then(|section| section.get(list))
        .and_then(toml::Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    let name = |entry: &'a toml::Value| {
        entry
            .as_str()
            .or_else(|| entry.get("crate")?.as_str())
            .or_else(|| entry.get("name")?.as_str())
    };
    entries.iter().filter_map(name).collect()
}

/// Whether an SPDX expression can be met with `allowed` alone. `OR` binds weaker than `AND`.
fn is_allowed(expression: &str, allowed: &BTreeSet<&str>) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = words.as_slice();
    any_of(&mut rest, allowed) && rest.is_empty()
}

fn any_of(words: &mut &[&str], allowed: &BTreeSet<&str>) -> bool {
    let mut met = all_of(words, allowed);
    while let ["OR", rest @ ..] = *words {
        *words = rest;
        met |= all_of(words, allowed);
    }
    met
}

fn all_of(words: &mut &[&str], allowed: &BTreeSet<&str>) -> bool {
    let mut met = one(words, allowed);
    while let ["AND", rest @ ..] = *words {
        *words = rest;
        met &= one(words, allowed);
    }
    met
}

fn one(words: &mut &[&str], allowed: &BTreeSet<&str>) -> bool {
    match *words {
        ["(", rest @ ..] => {
            *words = rest;
            let met = any_of(words, allowed);
            let [")", rest @ ..] = *words else { return false };
            *words = rest;
            met
        }
        [licence, "WITH", exception, rest @ ..] => {
            *words = rest;
            // An exception only permits more than the licence does.
            !exception.is_empty() && allowed.contains(licence)
        }
        [licence, rest @ ..] => {
            *words = rest;
            allowed.contains(licence)
        }
        [] => false,
    }
}

#[cfg(test)]
mod tests;
