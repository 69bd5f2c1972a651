//! Settings of the cluster: numbers that all members go by, and every change of them.
//!
//! Each change has a number, from 1, and is kept with the values after it; so it can be seen what
//! was when, and a number can be gone back to. Number 0 stands for the defaults. A value that acts
//! when commands are applied is read from the state alone, so that all members do the same.

mod key;
mod text;
mod values;

use serde::{Deserialize, Serialize};

use crate::answer::Answer;
use crate::encoding;
use crate::kind::length;
use crate::limits;
use crate::refusal::Refusal;
use crate::rows;
use crate::view::{Direction, View, ViewError};
use crate::work::{Reading, Stop, Work};

pub use key::{About, Form, Key, OutOfBounds};
pub use text::Wrong;
pub use values::{Difference, Values};

/// Commands of settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Command {
    /// Gives a key a value, or its default back. Answers `Integer`: the number of the settings,
    /// which is the one before when the key has this value already.
    Set {
        key: Key,
        /// In the unit of the key.
        value: Option<u64>,
        /// Refused unless this is the number of the settings.
        if_number: Option<u64>,
    },
    /// Gives all keys the values that they had at number `to`. This is a change as well; answers
    /// as `Set` does.
    RollBack { to: u64, if_number: Option<u64> },
}

/// Questions to settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Query {
    /// Answers `Settings`.
    Current,
    /// All changes that are kept. Answers `SettingsHistory`.
    History,
}

/// The settings now.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Current {
    /// Of the last change; 0 when there never was one.
    pub number: u64,
    /// Of the oldest change that is kept; 0 when there is none.
    pub oldest: u64,
    pub values: Values,
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    pub number: u64,
    /// In milliseconds since the Unix epoch.
    pub made_ms: u64,
    pub what: What,
    /// After it.
    pub values: Values,
}

/// What changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum What {
    Set { key: Key, value: Option<u64> },
    RolledBack { to: u64 },
}

/// What every command goes by that changes a map: it stands in the row that each command reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct History {
    pub changes_max: u64,
    pub bytes_max: u64,
}

impl History {
    fn of(values: &Values) -> Self {
        let changes_max = values.get(Key::MapsHistoryChanges);
        Self { changes_max, bytes_max: values.get(Key::MapsHistoryBytes) }
    }
}

impl Default for History {
    fn default() -> Self {
        Self::of(&Values::default())
    }
}

/// The values of all settings.
///
/// # Errors
///
/// [`ViewError`] when the rows cannot be read.
pub fn values(view: &dyn View) -> Result<Values, ViewError> {
    Ok(current(view)?.values)
}

fn current(view: &dyn View) -> Result<Current, ViewError> {
    let row = view.get(rows::SETTINGS)?;
    let current = row.map(|row| encoding::row(rows::SETTINGS, &row)).transpose()?;
    Ok(current.unwrap_or_default())
}

pub(crate) fn apply(work: &mut Work<'_>, command: &Command) -> Result<Answer, Stop> {
    let current = current(work)?;
    let (Command::Set { if_number, .. } | Command::RollBack { if_number, .. }) = *command;
    if let Some(expected) = if_number.filter(|number| *number != current.number) {
        return Err(Refusal::SettingsChanged { expected, number: current.number }.into());
    }
    let (what, values) = match *command {
        Command::Set { key, value, .. } => {
            if let Some(value) = value {
                key.check(value).map_err(Refusal::SettingOutOfBounds)?;
            }
            (What::Set { key, value }, current.values.with(key, value))
        }
        Command::RollBack { to, .. } => (What::RolledBack { to }, at(work, &current, to)?),
    };
    if values == current.values {
        return Ok(Answer::count(current.number));
    }
    Ok(Answer::count(change(work, &current, what, values)))
}

pub(crate) fn query(reading: Reading<'_>, query: &Query) -> Result<Answer, Stop> {
    match query {
        Query::Current => Ok(Answer::Settings(current(reading.view)?)),
        Query::History => {
            let (from, to) = (rows::setting(0), rows::setting(u64::MAX));
            let most = length(limits::SETTINGS_CHANGES_MAX);
            let found = reading.view.scan(&from, &to, Direction::Up, most)?;
            let changes = found.iter().map(|(key, row)| encoding::row(key, row));
            Ok(Answer::SettingsHistory(changes.collect::<Result<_, _>>()?))
        }
    }
}

/// The values that were there at a number.
fn at(work: &Work<'_>, current: &Current, to: u64) -> Result<Values, Stop> {
    if to == 0 {
        return Ok(Values::default());
    }
    match work.row::<Change>(&rows::setting(to))? {
        Some(change) => Ok(change.values),
        None => {
            let Current { number, oldest, .. } = *current;
            Err(Refusal::SettingsUnknown { to, oldest, number }.into())
        }
    }
}

/// Writes a change, and forgets the oldest one when there are too many.
fn change(work: &mut Work<'_>, current: &Current, what: What, values: Values) -> u64 {
    let number = current.number + 1;
    let mut oldest = current.oldest.max(1);
    if number - oldest >= limits::SETTINGS_CHANGES_MAX {
        work.delete(&rows::setting(oldest));
        oldest += 1;
    }
    work.summary.history = History::of(&values);
    let made_ms = work.now_ms;
    work.put(&rows::setting(number), &Change { number, made_ms, what, values: values.clone() });
    work.put(rows::SETTINGS, &Current { number, oldest, values });
    number
}
