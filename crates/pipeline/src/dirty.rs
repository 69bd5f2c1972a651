//! Whether a pipeline has to run again: a key of everything that its output comes from.
//!
//! Each step adds to the key of the step before: its name, its parameters as they are written, its
//! code, and the state of the inputs that it reads. The key of the last step is that of the
//! pipeline; those before serve step caches. Values of secrets are no part of a key, because keys
//! are stored.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use model::python::{self, Style};
use model::{Json, Map};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use store::fingerprint::Fingerprint;

use crate::spec::PipelineSpec;

/// Changes when keys are made in another way.
const FORMAT: &str = "thorp-key-1";

/// Most Python files beside a script that count as its code, and most bytes of one: more is data.
const MODULES_MAX: usize = 1_000;
const MODULE_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// Packages within packages that are looked into: no name in Python has more points in it.
const PACKAGE_DEPTH_MAX: usize = 16;

/// The state of everything up to the end of a step; nothing when an input cannot tell whether it
/// has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key(Option<String>);

impl Key {
    /// 64 hexadecimal figures.
    pub fn as_str(&self) -> Option<&str> {
        self.0.as_deref()
    }

    /// Whether the output that was made under `earlier` is still right.
    pub fn is_clean_since(&self, earlier: Option<&str>) -> bool {
        self.0.is_some() && self.0.as_deref() == earlier
    }

    /// Whether the output that was made under `earlier` is for certain out of date.
    pub fn is_changed_since(&self, earlier: Option<&str>) -> bool {
        self.0.is_some() && self.0.as_deref() != earlier
    }
}

/// What one step contributes.
#[derive(Debug, Clone)]
pub struct Work<'a> {
    /// The name of the step, and of what it resolves to.
    pub name: &'a str,
    /// As written: `env://NAME`, not the value.
    pub parameters: &'a Map,
    pub validate: bool,
    /// The digest of its script, see [`script_digest`] and [`digest`].
    pub code: Option<String>,
    /// What it reads, and the state that is in.
    pub inputs: Vec<(String, Fingerprint)>,
}

/// The keys after each step of `spec`.
///
/// `dependencies` are the states of what the pipeline depends on: id or location, and the key of
/// the last successful run or the hash of the data package.
pub fn keys(
    spec: &PipelineSpec,
    dependencies: &[(String, Option<String>)],
    steps: &[Work<'_>],
) -> Vec<Key> {
    let environment: Vec<Json> =
        spec.environment.iter().map(|(name, value)| json!([name, value])).collect();
    let start = json!({
        "format": FORMAT,
        "version": env!("CARGO_PKG_VERSION"),
        "environment": environment,
        "dependencies": dependencies,
    });
    let mut before = Some(digest(text(&start).as_bytes()));
    let mut keys = Vec::with_capacity(steps.len());
    for step in steps {
        before = before.and_then(|before| step_key(&before, step));
        keys.push(Key(before.clone()));
    }
    keys
}

fn step_key(before: &str, step: &Work<'_>) -> Option<String> {
    let mut inputs = Vec::new();
    for (location, fingerprint) in &step.inputs {
        if *fingerprint == Fingerprint::Unknown {
            return None;
        }
        inputs.push(json!([location, fingerprint]));
    }
    let step = json!({
        "before": before,
        "name": step.name,
        "parameters": step.parameters,
        "validate": step.validate,
        "code": step.code,
        "inputs": inputs,
    });
    Some(digest(text(&step).as_bytes()))
}

/// One text for equal values, whatever the order of their keys.
fn text(value: &Json) -> String {
    python::dumps(value, Style::WIRE)
}

/// SHA-256 as 64 hexadecimal figures.
pub fn digest(bytes: &[u8]) -> String {
    hex(Sha256::digest(bytes).as_slice())
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;

    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a text does not fail");
        text
    })
}

/// The digest of a Python script and of the modules beside it, packages included, which it may
/// import.
///
/// # Errors
///
/// When the script or its folder cannot be read.
pub fn script_digest(script: &Path) -> io::Result<String> {
    let mut hasher = Sha256::new();
    add_file(&mut hasher, "", script)?;
    let folder = script.parent().unwrap_or(script);
    let mut modules = Vec::new();
    find_modules(folder, 0, &mut modules)?;
    for module in modules.iter().filter(|module| *module != script) {
        let name = module.strip_prefix(folder).unwrap_or(module).to_string_lossy();
        add_file(&mut hasher, &name, module)?;
    }
    Ok(hex(hasher.finalize().as_slice()))
}

/// The modules in `folder` and in the packages below it, in order of their names.
fn find_modules(folder: &Path, depth: usize, modules: &mut Vec<PathBuf>) -> io::Result<()> {
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder)? {
        entries.push(entry?.path());
    }
    entries.sort();
    for path in entries {
        if modules.len() == MODULES_MAX {
            break;
        }
        let is_module = path.extension().is_some_and(|extension| extension == "py");
        if is_module && path.is_file() {
            modules.push(path);
        } else if depth < PACKAGE_DEPTH_MAX && path.join("__init__.py").is_file() {
            find_modules(&path, depth + 1, modules)?;
        }
    }
    Ok(())
}

fn add_file(hasher: &mut Sha256, name: &str, path: &Path) -> io::Result<()> {
    use std::io::Read;

    let mut content = Vec::new();
    fs::File::open(path)?.take(MODULE_BYTES_MAX).read_to_end(&mut content)?;
    // Lengths keep two files from passing for one.
    hasher.update(format!("{}:{name}{}:", name.len(), content.len()));
    hasher.update(&content);
    Ok(())
}

#[cfg(test)]
mod tests;
