//! Settings as people write them: `maps.history_bytes` and `16MiB`, `queues.lease` and `30s`.

use model::fault::{Fault, Kind};

use super::key::{Form, Key};
use crate::limits;

/// Units from the smallest to the largest, and how much of the first is in each.
const TIMES: [(&str, u64); 5] =
    [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];
const SIZES: [(&str, u64); 4] =
    [("B", 1), ("KiB", 1024), ("MiB", 1024 * 1024), ("GiB", 1024 * 1024 * 1024)];

impl Form {
    fn units(self) -> &'static [(&'static str, u64)] {
        match self {
            Self::Count => &[("", 1)],
            Self::Bytes => &SIZES,
            Self::Milliseconds => &TIMES,
        }
    }

    /// What a value looks like, in words.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Count => "a number such as 5000",
            Self::Bytes => "a size such as 16MiB (B, KiB, MiB, GiB)",
            Self::Milliseconds => "a time such as 30s (ms, s, m, h, d)",
        }
    }
}

impl Key {
    /// The key of a name.
    ///
    /// # Errors
    ///
    /// [`Wrong::Unknown`] when there is none.
    pub fn find(name: &str) -> Result<Self, Wrong> {
        let found = Self::ALL.into_iter().find(|key| key.about().name == name);
        found.ok_or_else(|| Wrong::Unknown { name: shortened(name) })
    }

    /// Reads a value, which is not yet held against the bounds.
    ///
    /// # Errors
    ///
    /// [`Wrong::Form`] when it is no value of the form of this key.
    pub fn read(self, text: &str) -> Result<u64, Wrong> {
        let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (count, unit) = text.split_at(end);
        let units = self.about().form.units();
        let value = units.iter().find(|(name, _)| *name == unit.trim_start()).and_then(|unit| {
            let count: u64 = count.parse().ok()?;
            count.checked_mul(unit.1)
        });
        value.ok_or_else(|| Wrong::Form { key: self, text: shortened(text) })
    }

    /// Writes a value as [`Key::read`] reads it.
    #[must_use]
    pub fn write(self, value: u64) -> String {
        write(self.about().form, value)
    }
}

/// Writes a value in the largest unit in which it is a whole number.
pub(super) fn write(form: Form, value: u64) -> String {
    if value == 0 && form == Form::Milliseconds {
        return "0s".to_owned();
    }
    let mut units = form.units().iter().rev();
    let whole = units.find(|(_, size)| value.is_multiple_of(*size));
    let (unit, size) = whole.copied().unwrap_or(("", 1));
    format!("{}{unit}", value / size)
}

fn shortened(text: &str) -> String {
    let end = text.floor_char_boundary(limits::SETTING_TEXT_BYTES_MAX);
    text.get(..end).unwrap_or_default().to_owned()
}

/// Why a text names no setting, or no value of one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    #[error("there is no setting `{name}` of the cluster")]
    Unknown { name: String },
    #[error("`{key}` cannot be `{text}`: it is {}", .key.about().form.word())]
    Form { key: Key, text: String },
}

impl Fault for Wrong {
    fn code(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "SETTING_UNKNOWN",
            Self::Form { .. } => "SETTING_INVALID",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Unknown { .. } => Kind::NotFound,
            Self::Form { .. } => Kind::Invalid,
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Unknown { name } => Some(match nearest(name) {
                Some(key) => format!("did you mean `{key}`? `thorp config get` lists all"),
                None => "`thorp config get` lists all".to_owned(),
            }),
            Self::Form { .. } => None,
        }
    }
}

/// The key whose name is most like this one, when one is like it at all.
fn nearest(name: &str) -> Option<Key> {
    let distance = |key: &Key| strsim::damerau_levenshtein(name, key.about().name);
    let near = Key::ALL.into_iter().min_by_key(distance)?;
    (distance(&near) <= near.about().name.len() / 2).then_some(near)
}

#[cfg(test)]
mod tests;
