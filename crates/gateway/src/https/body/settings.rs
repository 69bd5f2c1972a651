//! Settings of the cluster, their numbers and their changes.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// All settings as they are now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Settings {
    /// The number of the last change; 0 when there never was one.
    pub number: u64,
    /// The number of the oldest change that is kept; 0 when there is none.
    pub oldest: u64,
    pub settings: Vec<Setting>,
}

/// One setting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Setting {
    pub key: String,
    /// What counts: what was set, or the default.
    pub value: Value,
    /// Whether it was set.
    pub is_set: bool,
    pub default: Value,
    pub min: Value,
    pub max: Value,
    /// What it is for.
    pub text: String,
}

/// A value: a number, or a time or a size with its unit, such as `30s` and `16MiB`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "SettingValue")]
#[serde(untagged)]
pub enum Value {
    Number(u64),
    Text(String),
}

impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => text.fmt(f),
        }
    }
}

/// Gives a setting a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "SettingSet")]
#[serde(deny_unknown_fields)]
pub struct Set {
    /// Null: the default again.
    #[serde(deserialize_with = "Option::deserialize")]
    pub value: Option<Value>,
    /// Refused unless the settings have this number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub if_number: Option<u64>,
}

/// Gives all settings the values that they had before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "SettingsRollBack")]
#[serde(deny_unknown_fields)]
pub struct RollBack {
    /// At this number; 0: the defaults.
    pub to: u64,
    /// Refused unless the settings have this number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub if_number: Option<u64>,
}

/// What came of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "SettingsNumber")]
pub struct Number {
    /// The number of the settings now; the one before when nothing was to be changed.
    pub number: u64,
}

/// The changes that are kept, the oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "SettingsHistory")]
pub struct History {
    pub changes: Vec<Change>,
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "SettingsChange")]
pub struct Change {
    /// From 1.
    pub number: u64,
    /// When it was made, in milliseconds since the Unix epoch.
    pub made_ms: u64,
    #[serde(flatten)]
    pub what: What,
    /// What was set after it; other settings had their defaults.
    pub values: BTreeMap<String, Value>,
}

/// What changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "SettingsWhat")]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum What {
    Set {
        key: String,
        /// Null: the default again.
        value: Option<Value>,
    },
    RolledBack {
        /// The number that was gone back to.
        to: u64,
    },
}

#[cfg(test)]
mod tests;
