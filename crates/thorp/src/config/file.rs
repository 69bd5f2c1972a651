//! Settings of a TOML file.

use std::path::Path;

use super::{ConfigError, Form, KEYS, Key, Origin, Value, keys};

/// The settings of the file at `path`, each in the form of its key.
pub(super) fn settings(path: &Path) -> Result<Vec<(&'static Key, Value)>, ConfigError> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
    let table: toml::Table = toml::from_str(&text)
        .map_err(|source| ConfigError::Toml { path: path.to_owned(), source: Box::new(source) })?;
    let mut settings = Vec::new();
    for (section, entries) in table {
        let Some(entries) = entries.as_table() else { return Err(unknown(section, path)) };
        for (key, value) in entries {
            let name = format!("{section}.{key}");
            let Some(key) = keys::find(&name) else { return Err(unknown(name, path)) };
            settings.push((key, formed(key, value, path)?));
        }
    }
    Ok(settings)
}

fn unknown(key: String, path: &Path) -> ConfigError {
    let hint = pipeline::nearest::hint(&key, KEYS.iter().map(|key| key.name));
    ConfigError::Unknown { key, origin: Origin::File(path.to_owned()), hint }
}

fn formed(key: &'static Key, value: &toml::Value, path: &Path) -> Result<Value, ConfigError> {
    let formed = match (key.form, value) {
        (Form::Text, toml::Value::String(text)) => Some(Value::Text(text.clone())),
        (Form::Flag, toml::Value::Boolean(flag)) => Some(Value::Flag(*flag)),
        (Form::List, toml::Value::String(text)) => Some(Value::List(vec![text.clone()])),
        (Form::List, toml::Value::Array(items)) => {
            let texts = items.iter().map(|item| item.as_str().map(str::to_owned));
            texts.collect::<Option<_>>().map(Value::List)
        }
        _ => None,
    };
    formed.ok_or_else(|| ConfigError::Form {
        key: key.name,
        origin: Origin::File(path.to_owned()),
        found: format!("{value}"),
        expected: key.form.word(),
    })
}
