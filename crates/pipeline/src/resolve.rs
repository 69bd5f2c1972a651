//! Which program a step's name stands for.
//!
//! A file beside the specification wins over plug-ins, those over the folders of
//! `DPP_PROCESSOR_PATH`, and those over the standard library, which here is native.

use std::path::{Path, PathBuf};

use crate::nearest::hint;
use crate::spec::{Action, SpecError, StepSpec};

/// What runs a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolved {
    /// A processor of thorp, by the name that was asked for.
    Native(String),
    /// A Python script.
    Python(PathBuf),
    /// Python text from the step itself.
    Code(String),
    /// A Python module with a function `flow`.
    Flow(PathBuf),
}

/// Where processors are looked for.
pub struct Search<'a> {
    /// The folder of the specification.
    pub folder: &'a Path,
    /// The folders of `DPP_PROCESSOR_PATH`, see [`processor_path`].
    pub path: &'a [PathBuf],
    /// Whether thorp has a processor of that name.
    pub is_native: &'a dyn Fn(&str) -> bool,
    /// The names of all processors of thorp, for hints.
    pub native_names: &'a [&'a str],
    /// The folders in which Python looks for packages. Asked only for names with a point in them
    /// that nothing else explains.
    pub python_path: &'a dyn Fn() -> Vec<PathBuf>,
}

impl std::fmt::Debug for Search<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Search")
            .field("folder", &self.folder)
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

/// The folders that `variable`, the value of `DPP_PROCESSOR_PATH`, names, separated by `;` or `:`.
///
/// Relative ones are below `root`, the folder of the project, which is looked into last.
pub fn processor_path(variable: Option<&str>, root: &Path) -> Vec<PathBuf> {
    let entries = variable.unwrap_or_default().split([';', ':']).filter(|entry| !entry.is_empty());
    let mut folders: Vec<PathBuf> = entries.map(|entry| root.join(entry)).collect();
    folders.push(root.to_owned());
    folders
}

/// Finds what runs `step`.
///
/// # Errors
///
/// [`SpecError::Unresolved`] when nothing answers to its name.
pub fn step(step: &StepSpec, search: &Search<'_>) -> Result<Resolved, SpecError> {
    if let Some(code) = &step.code {
        return Ok(Resolved::Code(code.clone()));
    }
    if let Some(executor) = &step.executor {
        return Ok(Resolved::Python(search.folder.join(executor)));
    }
    match &step.action {
        Action::Run(name) => processor(name, search),
        Action::Flow(module) => {
            let name = ProcessorName::parse(module);
            existing(search.folder, &name.parts)
                .map(Resolved::Flow)
                .ok_or_else(|| unresolved(module, search))
        }
    }
}

/// Finds the processor called `name`.
///
/// # Errors
///
/// [`SpecError::Unresolved`] when there is none.
pub fn processor(name: &str, search: &Search<'_>) -> Result<Resolved, SpecError> {
    let written = ProcessorName::parse(name);
    if let Some(file) = existing(search.folder, &written.parts) {
        return Ok(Resolved::Python(file));
    }
    if written.goes_up {
        return Err(unresolved(name, search));
    }
    let is_native = (search.is_native)(name);
    // A plug-in that bears the name of a native family (`dump.to_path`) is not looked for: that
    // would cost the start of a Python for every use of the native one.
    if !is_native && let Some(file) = plug_in(&written.parts, search) {
        return Ok(Resolved::Python(file));
    }
    if let Some(file) = search.path.iter().find_map(|folder| existing(folder, &written.parts)) {
        return Ok(Resolved::Python(file));
    }
    if is_native {
        return Ok(Resolved::Native(name.to_owned()));
    }
    Err(unresolved(name, search))
}

/// `datapackage_pipelines_<first>/processors/<rest>` where Python would import it from.
fn plug_in(parts: &[String], search: &Search<'_>) -> Option<PathBuf> {
    let [module, rest @ ..] = parts else { return None };
    if rest.is_empty() {
        return None;
    }
    let package = format!("datapackage_pipelines_{module}");
    (search.python_path)()
        .iter()
        .map(|folder| folder.join(&package))
        .find(|package| package.is_dir())
        .and_then(|package| existing(&package.join("processors"), rest))
}

fn existing(folder: &Path, parts: &[String]) -> Option<PathBuf> {
    let mut file = folder.to_owned();
    file.extend(parts);
    file.is_file().then_some(file)
}

fn unresolved(name: &str, search: &Search<'_>) -> SpecError {
    SpecError::Unresolved {
        name: name.to_owned(),
        folder: search.folder.display().to_string(),
        hint: hint(name, search.native_names.iter().copied()),
    }
}

/// A name with points, as parts of a path: `..lib.clean` is `../lib/clean.py`.
struct ProcessorName {
    parts: Vec<String>,
    /// Leads out of the folder, and so to nowhere else.
    goes_up: bool,
}

impl ProcessorName {
    fn parse(name: &str) -> Self {
        let mut parts = Vec::new();
        let mut rest = name;
        while rest.starts_with("..") {
            parts.push("..".to_owned());
            rest = rest.strip_prefix('.').unwrap_or_default();
        }
        let goes_up = !parts.is_empty();
        let rest = rest.strip_prefix('.').unwrap_or(rest);
        parts.extend(rest.split('.').map(str::to_owned));
        if let Some(last) = parts.last_mut() {
            last.push_str(".py");
        }
        Self { parts, goes_up }
    }
}

#[cfg(test)]
mod tests;
