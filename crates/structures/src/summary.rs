//! What is known of the whole state: one small row, read and written by every command.

use serde::{Deserialize, Serialize};

use crate::changes::Change;
use crate::encoding;
use crate::rows;
use crate::settings::History;
use crate::view::{View, ViewError};

/// When a command is applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// Milliseconds since the Unix epoch, by the clock of the leader that proposed the command.
    ///
    /// An earlier time than one seen before counts as that one.
    pub now_ms: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Summary {
    /// The revision of the last command that changed something.
    pub revision: u64,
    /// The latest time that a command came with.
    pub now_ms: u64,
    /// The next id of a structure or token of a lease.
    pub next_id: u64,
    /// Names of an older epoch were flushed and wait to be swept.
    pub epoch: u64,
    /// All names.
    pub names: u64,
    /// Those of them that are entries of the map `default`.
    pub values: u64,
    /// Nothing ends before this moment.
    pub next_deadline_ms: Option<u64>,
    /// The number of the oldest kept change of a map, and of the next one.
    pub history_first: u64,
    pub history_next: u64,
    pub history_bytes: u64,
    /// The revision of the newest change that is no longer kept.
    pub history_forgotten: u64,
    pub sessions: u64,
    /// How many things wait to be swept.
    pub garbage: u64,
    /// What the settings say to each command; its row has it when it is not the default.
    #[serde(skip)]
    pub history: History,
}

impl Default for Summary {
    fn default() -> Self {
        Self {
            revision: 0,
            now_ms: 0,
            next_id: 1,
            epoch: 0,
            names: 0,
            values: 0,
            next_deadline_ms: None,
            history_first: 0,
            history_next: 0,
            history_bytes: 0,
            history_forgotten: 0,
            sessions: 0,
            garbage: 0,
            history: History::default(),
        }
    }
}

impl Summary {
    pub(crate) fn read(view: &dyn View) -> Result<Self, ViewError> {
        let Some(bytes) = view.get(rows::SUMMARY)? else { return Ok(Self::default()) };
        let (summary, history): (Self, _) = encoding::extended_row(rows::SUMMARY, &bytes)?;
        Ok(Self { history: history.unwrap_or_default(), ..summary })
    }

    /// See [`next_deadline`].
    pub(crate) fn next_deadline(&self) -> Option<u64> {
        // What is to be swept is due at once.
        let sweep_ms = (self.garbage > 0).then_some(self.now_ms);
        sweep_ms.into_iter().chain(self.next_deadline_ms).min()
    }

    pub(crate) fn row(&self) -> Change {
        if self.history == History::default() {
            return encoding::encode_row(rows::SUMMARY, self);
        }
        Change::put(rows::SUMMARY, &encoding::encode_extended(self, &self.history))
    }
}

/// The moment at which the leader must propose an `Expire` command; none when nothing ends.
///
/// # Errors
///
/// [`ViewError`] when the rows cannot be read.
pub fn next_deadline(view: &dyn View) -> Result<Option<u64>, ViewError> {
    Ok(Summary::read(view)?.next_deadline())
}

/// The revision of the last command that changed something: the index of the state.
///
/// # Errors
///
/// [`ViewError`] when the rows cannot be read.
pub fn revision(view: &dyn View) -> Result<u64, ViewError> {
    Ok(Summary::read(view)?.revision)
}

/// The latest time that a command came with, in milliseconds since the Unix epoch.
///
/// # Errors
///
/// [`ViewError`] when the rows cannot be read.
pub fn now_ms(view: &dyn View) -> Result<u64, ViewError> {
    Ok(Summary::read(view)?.now_ms)
}
