//! Settings of environment variables: `THORP__SECTION__KEY`.

use super::{ConfigError, Form, KEYS, Key, Origin, Value};

const PREFIX: &str = "THORP__";

/// The setting that a variable says; `None` for variables that are none of ours.
pub(super) fn setting(
    name: &str,
    text: &str,
) -> Result<Option<(&'static Key, Value)>, ConfigError> {
    if !name.starts_with(PREFIX) {
        return Ok(None);
    }
    let origin = || Origin::Variable(name.to_owned());
    let Some(key) = KEYS.iter().find(|key| named(key) == name) else {
        let names: Vec<String> = KEYS.iter().map(named).collect();
        let hint = pipeline::nearest::hint(name, names.iter().map(String::as_str));
        return Err(ConfigError::Unknown { key: name.to_owned(), origin: origin(), hint });
    };
    let value = match (key.form, text) {
        (Form::Text, text) => Value::Text(text.to_owned()),
        (Form::List, text) => {
            let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
            Value::List(items.map(str::to_owned).collect())
        }
        (Form::Flag, "true" | "1" | "yes") => Value::Flag(true),
        (Form::Flag, "false" | "0" | "no" | "") => Value::Flag(false),
        (Form::Flag, other) => {
            return Err(ConfigError::Form {
                key: key.name,
                origin: origin(),
                found: format!("`{other}`"),
                expected: key.form.word(),
            });
        }
    };
    Ok(Some((key, value)))
}

/// `node.data` is `THORP__NODE__DATA`.
fn named(key: &Key) -> String {
    format!("{PREFIX}{}", key.name.replace('.', "__").to_uppercase())
}
