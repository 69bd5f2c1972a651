//! Settings of a node: which there are, where their values come from, and which of them counts.
//!
//! Later places win: defaults, `/etc/thorp/thorp.toml`, `~/.config/thorp/thorp.toml`,
//! `./thorp.toml` (or the file that is named), variables `THORP__SECTION__KEY`, flags.

mod file;
pub(crate) mod keys;
mod variable;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use model::fault::{Fault, Kind};

pub(crate) use keys::{Form, KEYS, Key};

/// A value of a setting, in the form that its key asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    Text(String),
    Flag(bool),
    List(Vec<String>),
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Origin {
    Default,
    File(PathBuf),
    Variable(String),
    Flag(&'static str),
}

/// Where values may come from, for one command.
#[derive(Debug, Default)]
pub(crate) struct Places {
    /// In their order; the ones that are not there are passed over.
    pub(crate) files: Vec<PathBuf>,
    /// Instead of the last of them; it has to be there.
    pub(crate) named: Option<PathBuf>,
    pub(crate) variables: Vec<(String, String)>,
    pub(crate) flags: Vec<(&'static str, &'static str, Value)>,
}

/// The settings of a node, each with its origin.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    values: BTreeMap<&'static str, (Value, Origin)>,
}

impl Places {
    /// The files of this machine and user, and the variables of this process.
    pub(crate) fn usual() -> Self {
        let home = std::env::var_os("XDG_CONFIG_HOME")
            .map(PathBuf::from)
            .or_else(|| std::env::var_os("HOME").map(|home| Path::new(&home).join(".config")));
        let user = home.map(|home| home.join("thorp/thorp.toml"));
        let system = PathBuf::from("/etc/thorp/thorp.toml");
        let here = PathBuf::from("thorp.toml");
        Self {
            files: [Some(system), user, Some(here)].into_iter().flatten().collect(),
            // What is not Unicode is no setting of ours.
            variables: std::env::vars_os()
                .filter_map(|(name, value)| {
                    Some((name.into_string().ok()?, value.into_string().ok()?))
                })
                .collect(),
            ..Self::default()
        }
    }
}

impl Settings {
    /// Reads the settings from `places`.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] for a file that cannot be read, an unknown key, a value of a wrong form.
    pub(crate) fn read(places: &Places) -> Result<Self, ConfigError> {
        let mut settings = Self::defaults();
        let (last, first) = match places.files.split_last() {
            Some((last, first)) => (Some(last), first),
            None => (None, places.files.as_slice()),
        };
        for path in first.iter().chain(last.filter(|_| places.named.is_none())) {
            if path.is_file() {
                settings.take_file(path)?;
            }
        }
        if let Some(path) = &places.named {
            settings.take_file(path)?;
        }
        for (name, text) in &places.variables {
            if let Some((key, value)) = variable::setting(name, text)? {
                settings.set(key.name, value, Origin::Variable(name.clone()));
            }
        }
        for (key, flag, value) in &places.flags {
            settings.set(key, value.clone(), Origin::Flag(flag));
        }
        Ok(settings)
    }

    fn defaults() -> Self {
        let value = |key: &Key| match key.form {
            Form::Flag => Some(Value::Flag(false)),
            Form::List => Some(Value::List(Vec::new())),
            Form::Text => key.default.map(|text| Value::Text(text.into())),
        };
        let values = KEYS.iter().filter_map(|key| Some((key.name, (value(key)?, Origin::Default))));
        Self { values: values.collect() }
    }

    fn take_file(&mut self, path: &Path) -> Result<(), ConfigError> {
        for (key, value) in file::settings(path)? {
            self.set(key.name, value, Origin::File(path.to_owned()));
        }
        Ok(())
    }

    fn set(&mut self, key: &'static str, value: Value, origin: Origin) {
        self.values.insert(key, (value, origin));
    }

    /// Every key with its value and where that comes from; keys without a value are left out.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&'static str, &Value, &Origin)> {
        self.values.iter().map(|(key, (value, origin))| (*key, value, origin))
    }

    /// The text of a key, `None` when it has none.
    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        match self.values.get(key) {
            Some((Value::Text(text), _)) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn flag(&self, key: &str) -> bool {
        matches!(self.values.get(key), Some((Value::Flag(true), _)))
    }

    pub(crate) fn list(&self, key: &str) -> &[String] {
        match self.values.get(key) {
            Some((Value::List(items), _)) => items,
            _ => &[],
        }
    }
}

impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Flag(flag) => write!(f, "{flag}"),
            Self::List(items) => f.write_str(&items.join(", ")),
        }
    }
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Variable(name) => f.write_str(name),
            Self::Flag(flag) => f.write_str(flag),
        }
    }
}

/// Why there are no settings.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    #[error("failed to read `{path}`")]
    Read { path: PathBuf, source: std::io::Error },
    #[error("`{path}` is no TOML")]
    Toml { path: PathBuf, source: Box<toml::de::Error> },
    #[error("{origin}: there is no setting `{key}`{hint}")]
    Unknown { key: String, origin: Origin, hint: String },
    #[error("{origin}: `{key}` is {found}, {expected} is expected")]
    Form { key: &'static str, origin: Origin, found: String, expected: &'static str },
}

impl Fault for ConfigError {
    fn code(&self) -> &'static str {
        match self {
            Self::Read { .. } | Self::Toml { .. } => "CONFIG_UNREADABLE",
            Self::Unknown { .. } => "CONFIG_UNKNOWN_KEY",
            Self::Form { .. } => "CONFIG_WRONG_VALUE",
        }
    }

    fn kind(&self) -> Kind {
        Kind::Invalid
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Unknown { .. } => Some("`thorp config schema` lists all settings".into()),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
