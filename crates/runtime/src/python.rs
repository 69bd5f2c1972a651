//! Steps in Python: finds the interpreter, unpacks the modules that steps import, builds calls.
//!
//! thorp ships its own modules of the name `datapackage_pipelines`, which need nothing but the
//! standard library. They come first on PYTHONPATH and so win over an installed copy; what they
//! lack is taken from the installed copy (their `__path__` goes on there).

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use model::fault::{Fault, Kind};
use model::python::{Style, dumps};
use model::{Json, Map};

pub use self::generate::{Description, GenerateError, Generated, Problem};
pub use self::shim::UnpackError;
use crate::process::Request;

mod generate;
mod search_path;
mod shim;

/// Where things are on this machine; the caller reads them from its configuration.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Places {
    /// The interpreter that was asked for: THORP_PYTHON. Without it, `python3` of `path`.
    pub thorp_python: Option<PathBuf>,
    /// PATH.
    pub path: Option<OsString>,
    /// PYTHONPATH; the modules of thorp are put in front of it.
    pub python_path: Option<OsString>,
    /// A folder whose content may be deleted at any time.
    pub cache: PathBuf,
}

/// An interpreter with the modules that steps import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Python {
    program: PathBuf,
    shim: PathBuf,
    python_path: Option<OsString>,
}

/// A call of one step.
#[derive(Debug, Clone, Copy)]
pub struct Step<'a> {
    /// What it is called in errors and logs.
    pub name: &'a str,
    pub script: Script<'a>,
    /// Place in the pipeline, from 0; the first step reads no statistics.
    pub index: usize,
    pub parameters: &'a Json,
    /// Whether each incoming row is checked against its schema first.
    pub validate: bool,
    /// Name of the file under `.cache` that the step shall write its output to, or nothing.
    pub cache_hash: &'a str,
    /// The folder of the specification, in which the step runs.
    pub folder: &'a Path,
    /// Variables of the pipeline.
    pub environment: &'a BTreeMap<String, String>,
    pub timeout_ms: Option<u64>,
}

/// What a step runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Script<'a> {
    /// A processor of the user.
    File(&'a Path),
    /// The function `flow` of a module in the folder of the specification; needs `dataflows`.
    Flow { module: &'a str },
    /// The legacy `dump.to_path`, for `file-formatters` that are Python classes.
    DumpToPath,
}

/// Why steps in Python cannot run here.
#[derive(Debug, thiserror::Error)]
pub enum LocateError {
    #[error("there is no `python3` in the folders of PATH")]
    NotInPath,
    #[error("`{}`, which THORP_PYTHON names, is not a program", program.display())]
    NotAProgram { program: PathBuf },
    #[error(transparent)]
    Unpack(#[from] UnpackError),
}

impl Fault for LocateError {
    fn code(&self) -> &'static str {
        match self {
            Self::NotInPath | Self::NotAProgram { .. } => "PYTHON_NOT_FOUND",
            Self::Unpack(error) => error.code(),
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::NotInPath | Self::NotAProgram { .. } => Kind::NotFound,
            Self::Unpack(error) => error.kind(),
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::NotInPath => Some(
                "install Python 3.8 or later, or set THORP_PYTHON to the path of its program"
                    .into(),
            ),
            Self::NotAProgram { .. } => {
                Some("set THORP_PYTHON to the path of a Python 3.8 or later, or unset it".into())
            }
            Self::Unpack(error) => error.help(),
        }
    }
}

impl Python {
    /// Finds the interpreter and makes sure that its modules are in the cache.
    ///
    /// # Errors
    ///
    /// [`LocateError`] when there is no interpreter or the cache cannot be written.
    pub fn locate(places: &Places) -> Result<Self, LocateError> {
        let program = match &places.thorp_python {
            Some(program) => configured(program, places.path.as_deref())
                .ok_or_else(|| LocateError::NotAProgram { program: program.clone() })?,
            None => {
                search("python3".as_ref(), places.path.as_deref()).ok_or(LocateError::NotInPath)?
            }
        };
        let shim = shim::unpack(&places.cache)?;
        Ok(Self { program, shim, python_path: places.python_path.clone() })
    }

    /// The interpreter.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// The folder with the modules that steps import.
    pub fn shim(&self) -> &Path {
        &self.shim
    }

    /// The call of a step: interpreter, script, index, parameters, validation, cache.
    pub fn step(&self, step: &Step<'_>) -> Request {
        let style = Style { indent: None, sort_keys: false, ascii: true };
        let argv = vec![
            self.program.clone().into_os_string(),
            self.script(step.script).into_os_string(),
            step.index.to_string().into(),
            dumps(&parameters(step), style).into(),
            if step.validate { "True" } else { "False" }.into(),
            step.cache_hash.into(),
        ];
        Request {
            name: step.name.to_owned(),
            argv,
            folder: step.folder.to_owned(),
            environment: self.environment(step.environment),
            timeout_ms: step.timeout_ms,
        }
    }

    fn script(&self, script: Script<'_>) -> PathBuf {
        match script {
            Script::File(path) => path.to_owned(),
            Script::Flow { .. } => self.shim.join("run/flow.py"),
            Script::DumpToPath => self.shim.join("datapackage_pipelines/lib/dump/to_path.py"),
        }
    }

    fn environment(&self, own: &BTreeMap<String, String>) -> BTreeMap<OsString, OsString> {
        let mut environment: BTreeMap<OsString, OsString> =
            own.iter().map(|(name, value)| (name.into(), value.into())).collect();
        let mut python_path = self.shim.clone().into_os_string();
        let rest = environment.get(OsStr::new("PYTHONPATH")).or(self.python_path.as_ref());
        if let Some(rest) = rest.filter(|rest| !rest.is_empty()) {
            python_path.push(":");
            python_path.push(rest);
        }
        environment.insert("PYTHONPATH".into(), python_path);
        environment
    }
}

fn parameters(step: &Step<'_>) -> Json {
    let Script::Flow { module } = step.script else { return step.parameters.clone() };
    let mut parameters = step.parameters.as_object().cloned().unwrap_or_else(Map::new);
    parameters.insert("__flow".into(), module.into());
    parameters.insert("__path".into(), ".".into());
    Json::Object(parameters)
}

/// A path as it was given; a bare name is searched for as a shell does.
fn configured(program: &Path, path: Option<&OsStr>) -> Option<PathBuf> {
    if program.components().count() == 1 && program.parent() == Some(Path::new("")) {
        return search(program.as_os_str(), path);
    }
    let absolute = std::path::absolute(program).ok()?;
    is_program(&absolute).then_some(absolute)
}

fn search(name: &OsStr, path: Option<&OsStr>) -> Option<PathBuf> {
    std::env::split_paths(path?)
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(name))
        .find(|program| is_program(program))
}

fn is_program(path: &Path) -> bool {
    path.metadata().is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests;
