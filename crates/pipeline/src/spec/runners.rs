//! `dpp-runners.yaml`: other ways to start the process of a step, for example in a container.

use std::collections::BTreeMap;
use std::path::Path;

use model::fault::{Fault, Kind};
use model::{Json, Map};

use super::SpecError;
use crate::yaml;

/// The file that is read when `DPP_RUNNER_CONFIG` names no other.
pub const RUNNERS_FILE: &str = "dpp-runners.yaml";

/// The runners of a project, by name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Runners(BTreeMap<String, Runner>);

/// How the process of a step is started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Runner {
    /// Directly.
    Local,
    /// By another command, made from a template.
    Wrapped(String),
}

/// What a template can name.
#[derive(Debug, Clone, Copy)]
pub struct Names<'a> {
    /// The folder of the specification as the project names it, `./a`.
    pub path: &'a str,
    /// The same from the root of the file system.
    pub abspath: &'a str,
    /// The command of the step.
    pub command: &'a [String],
    pub environment: &'a BTreeMap<String, String>,
}

impl Runners {
    /// Reads `file`; a file that does not exist has no runners.
    ///
    /// # Errors
    ///
    /// [`SpecError`] when it is there and cannot be understood.
    pub fn read(file: &Path) -> Result<Self, SpecError> {
        let label = file.display().to_string();
        let bytes = match std::fs::read(file) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Self::default());
            }
            Err(error) => {
                return Err(SpecError::Unreadable { file: label, reason: error.to_string() });
            }
        };
        let document =
            yaml::load(&bytes).map_err(|reason| SpecError::Yaml { file: label.clone(), reason })?;
        match document.value {
            Json::Null => Ok(Self::default()),
            Json::Object(map) => Self::parse(&map, &label),
            _ => Err(shape(&label, "a mapping of names to runners is expected")),
        }
    }

    fn parse(map: &Map, file: &str) -> Result<Self, SpecError> {
        let mut runners = BTreeMap::new();
        for (name, details) in map {
            let kind = details.get("kind").and_then(Json::as_str).unwrap_or("local-python");
            let runner = match kind {
                "local-python" => Runner::Local,
                "wrapped-python" => {
                    let wrapper = details.pointer("/parameters/wrapper").and_then(Json::as_str);
                    let missing = || shape(file, &format!("runner `{name}` has no `wrapper`"));
                    Runner::Wrapped(wrapper.ok_or_else(missing)?.to_owned())
                }
                other => {
                    let reason = format!(
                        "runner `{name}` is of kind `{other}`, `local-python` or \
                         `wrapped-python` is expected"
                    );
                    return Err(shape(file, &reason));
                }
            };
            runners.insert(name.clone(), runner);
        }
        Ok(Self(runners))
    }

    /// The runner called `name`; one that nobody has described starts processes directly.
    pub fn get(&self, name: &str) -> &Runner {
        self.0.get(name).unwrap_or(&Runner::Local)
    }

    /// Whether a runner called `name` is described.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// The names of all runners.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

fn shape(file: &str, reason: &str) -> SpecError {
    SpecError::Shape { at: file.to_owned(), reason: reason.to_owned() }
}

impl Runner {
    /// The words of the command that starts a step; no shell is involved.
    ///
    /// `{env[X]}` may bring several words. `{path}`, `{abspath}` and `{cmd}` stay within their
    /// word; `{cmd}` is quoted for the shell that the wrapper hands it to (`sh -c "{cmd}"`).
    ///
    /// # Errors
    ///
    /// [`TemplateError`] when the template names what there is not, or leaves a quote open.
    pub fn command(&self, names: &Names<'_>) -> Result<Vec<String>, TemplateError> {
        let Self::Wrapped(template) = self else { return Ok(names.command.to_vec()) };
        let line = fill(template, names.environment)?;
        let words = shlex::split(&line)
            .filter(|words| !words.is_empty())
            .ok_or_else(|| TemplateError::Words { template: template.clone() })?;
        let command = shlex::try_join(names.command.iter().map(String::as_str))
            .map_err(|_| TemplateError::Nul)?;
        Ok(words
            .into_iter()
            .map(|word| {
                word.replace(PATH, names.path)
                    .replace(ABSPATH, names.abspath)
                    .replace(COMMAND, &command)
            })
            .collect())
    }
}

// Stand for values while the line is cut into words. Templates may not hold them.
const PATH: &str = "\u{f0000}";
const ABSPATH: &str = "\u{f0001}";
const COMMAND: &str = "\u{f0002}";

/// Replaces `{name}` as Python's `str.format` does.
fn fill(template: &str, environment: &BTreeMap<String, String>) -> Result<String, TemplateError> {
    let unknown = |name: &str| TemplateError::Name { name: name.to_owned() };
    let mut line = String::new();
    let mut rest = template;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, from) = rest.split_at(at);
        line.push_str(before);
        if let Some(after) = from.strip_prefix("{{").or_else(|| from.strip_prefix("}}")) {
            line.push_str(if from.starts_with('{') { "{" } else { "}" });
            rest = after;
            continue;
        }
        let inner = from.strip_prefix('{').and_then(|inner| inner.split_once('}'));
        let (name, after) = inner.ok_or_else(|| unknown(from))?;
        rest = after;
        let variable = name.strip_prefix("env[").and_then(|name| name.strip_suffix(']'));
        line.push_str(match (name, variable) {
            ("path", _) => PATH,
            ("abspath", _) => ABSPATH,
            ("cmd", _) => COMMAND,
            (_, Some(variable)) => environment
                .get(variable)
                .ok_or_else(|| TemplateError::Variable { name: variable.to_owned() })?,
            _ => return Err(unknown(name)),
        });
    }
    line.push_str(rest);
    Ok(line)
}

/// Why no command came of a wrapper.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    #[error("wrapper names `{name}`; it can name path, abspath, cmd and env[...]")]
    Name { name: String },
    #[error("wrapper needs variable `{name}`, which is not set")]
    Variable { name: String },
    #[error("wrapper `{template}` is empty or has an open quote")]
    Words { template: String },
    #[error("the command of the step holds a NUL character")]
    Nul,
}

impl Fault for TemplateError {
    fn code(&self) -> &'static str {
        "RUNNER_TEMPLATE"
    }

    fn kind(&self) -> Kind {
        Kind::Invalid
    }
}

#[cfg(test)]
mod tests;
