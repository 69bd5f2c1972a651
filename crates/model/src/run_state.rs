//! The states that a pipeline may be in, as its last run left it.

use serde::{Deserialize, Serialize};

/// The state of a pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum RunState {
    /// Its specification has errors, so it cannot run.
    Invalid,
    /// It has never run.
    Init,
    /// A process runs it now.
    Running,
    /// Its last run ended well.
    Succeeded,
    /// Its last run ended with an error, or with its process.
    Failed,
}

impl RunState {
    /// The state as users read it: `SUCCEEDED`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Invalid => "INVALID",
            Self::Init => "INIT",
            Self::Running => "RUNNING",
            Self::Succeeded => "SUCCEEDED",
            Self::Failed => "FAILED",
        }
    }
}

impl std::fmt::Display for RunState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
