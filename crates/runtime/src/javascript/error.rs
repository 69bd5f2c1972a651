//! What can go wrong with a piece of JavaScript.

use std::io;

use model::fault::{Fault, Kind};

use super::{Answers, Location};
use crate::limits::{
    JAVASCRIPT_CAPTURED_BYTES_MAX, JAVASCRIPT_NAME_BYTES_MAX, JAVASCRIPT_PATCHES_BYTES_MAX,
    JAVASCRIPT_PATCHES_MAX, JAVASCRIPT_PATCHES_MS_MAX, JAVASCRIPT_SOURCE_BYTES_MAX,
};

/// What a script threw; each text is cut at `limits::JAVASCRIPT_THROWN_BYTES_MAX`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{message}{}", self.prefix(), self.place())]
pub struct Thrown {
    /// `TypeError` and the like; empty when what was thrown is no error.
    pub name: String,
    pub message: String,
    /// One line per call, the innermost first; empty when what was thrown is no error.
    pub stack: String,
    /// Where the source breaks the grammar, when it does.
    pub location: Option<Location>,
}

impl Thrown {
    fn prefix(&self) -> String {
        if self.name.is_empty() { String::new() } else { format!("{}: ", self.name) }
    }

    fn place(&self) -> String {
        self.location.map_or_else(String::new, |place| format!(" ({place})"))
    }
}

/// A limit that a call broke. Its context is thrown away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BrokenLimit {
    #[error("the function ran longer than {time_ms} ms")]
    Time { time_ms: u64 },
    #[error("the functions of the cluster took more than {JAVASCRIPT_PATCHES_MS_MAX} ms to load")]
    LoadTime,
    #[error("the function needed more than {bytes} bytes of memory")]
    Memory { bytes: usize },
    #[error("the function called itself too deep for a stack of {bytes} bytes")]
    Stack { bytes: usize },
    #[error("the answer is larger than {bytes} bytes")]
    Output { bytes: usize },
}

/// Why a piece of JavaScript gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    #[error("the function threw an exception")]
    Threw(#[source] Thrown),
    #[error(transparent)]
    Limit(#[from] BrokenLimit),
    #[error("the call was cancelled")]
    Cancelled,
    #[error("no function is named `{name}`")]
    Unknown { name: String },
    #[error("`{name}` is not a function")]
    NotAFunction { name: String },
    #[error("failed to compile the function")]
    Source(#[source] Thrown),
    #[error("patch {number} (`{name}`) failed to load")]
    Patch {
        number: usize,
        name: String,
        #[source]
        source: Box<Thrown>,
    },
    #[error("all {contexts} JavaScript contexts were busy for {time_ms} ms")]
    Busy { contexts: usize, time_ms: u64 },
    #[error("{stuck} functions do not end, so none is started")]
    Stuck { stuck: usize },
    #[error("failed to start a thread for JavaScript")]
    Thread(#[source] io::Error),
    #[error("the JavaScript engine failed: {detail}")]
    Engine { detail: String },
}

impl Fault for CallError {
    fn code(&self) -> &'static str {
        match self {
            Self::Threw(_) => "FUNCTION_THREW",
            Self::Limit(_) => "FUNCTION_LIMIT",
            Self::Cancelled => "FUNCTION_CANCELLED",
            Self::Unknown { .. } | Self::NotAFunction { .. } => "FUNCTION_UNKNOWN",
            Self::Source(_) => "FUNCTION_INVALID",
            Self::Patch { .. } => "PATCH_FAILED",
            Self::Busy { .. } | Self::Stuck { .. } | Self::Thread(_) => "FUNCTION_BUSY",
            Self::Engine { .. } => "INTERNAL_ERROR",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Threw(_) | Self::NotAFunction { .. } | Self::Source(_) | Self::Patch { .. } => {
                Kind::Invalid
            }
            Self::Limit(_) => Kind::Limit,
            Self::Unknown { .. } => Kind::NotFound,
            Self::Cancelled | Self::Busy { .. } | Self::Stuck { .. } | Self::Thread(_) => {
                Kind::Unavailable
            }
            Self::Engine { .. } => Kind::Bug,
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Unknown { .. } => Some("load the file that defines it with `thorp load`".into()),
            Self::Stuck { .. } => Some("restart the node to end them".into()),
            Self::Limit(BrokenLimit::Output { .. }) => {
                Some("return less, or put large values into a bucket".into())
            }
            _ => None,
        }
    }
}

/// A chunk that ended before its last item.
#[derive(Debug, thiserror::Error)]
#[error("item {index} ended the chunk")]
pub struct ChunkError {
    /// The first item without an answer.
    pub index: u64,
    pub source: CallError,
    /// The answers of the items before it.
    pub answers: Box<Answers>,
}

impl Fault for ChunkError {
    fn code(&self) -> &'static str {
        self.source.code()
    }

    fn kind(&self) -> Kind {
        self.source.kind()
    }

    fn help(&self) -> Option<String> {
        self.source.help()
    }
}

/// Why a function was refused before anything ran.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FunctionError {
    #[error("`{name}` is not the name of a function")]
    Name { name: String },
    #[error("name of a function has {bytes} bytes, at most {JAVASCRIPT_NAME_BYTES_MAX} fit")]
    LongName { bytes: usize },
    #[error("source has {bytes} bytes, at most {JAVASCRIPT_SOURCE_BYTES_MAX} fit")]
    LongSource { bytes: usize },
    #[error("captured values have {bytes} bytes, at most {JAVASCRIPT_CAPTURED_BYTES_MAX} fit")]
    LongCaptured { bytes: usize },
    #[error("captured values are not a JSON object")]
    Captured,
    #[error("a captured value cannot be named `{name}`")]
    CapturedName { name: String },
}

impl Fault for FunctionError {
    fn code(&self) -> &'static str {
        "FUNCTION_INVALID"
    }

    fn kind(&self) -> Kind {
        match self {
            Self::LongName { .. } | Self::LongSource { .. } | Self::LongCaptured { .. } => {
                Kind::Limit
            }
            Self::Name { .. } | Self::Captured | Self::CapturedName { .. } => Kind::Invalid,
        }
    }
}

/// Why a patch was refused before anything ran.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatchError {
    #[error("there are already {JAVASCRIPT_PATCHES_MAX} patches")]
    Many,
    #[error("patch `{name}` has {bytes} bytes, at most {JAVASCRIPT_SOURCE_BYTES_MAX} fit")]
    Long { name: String, bytes: usize },
    #[error("all patches together have {bytes} bytes, at most {JAVASCRIPT_PATCHES_BYTES_MAX} fit")]
    LongTogether { bytes: usize },
}

impl Fault for PatchError {
    fn code(&self) -> &'static str {
        "PATCH_LIMIT"
    }

    fn kind(&self) -> Kind {
        Kind::Limit
    }
}
