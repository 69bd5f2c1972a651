//! What can go wrong with tasks, as their callers see it.

use model::fault::{Fault, Kind};
use net::transport::Refusal;
use runtime::javascript::{CallError, PatchError};
use state::{ProposeError, ReadError};

use super::functions::FindError;
use super::message::DecodeError;
use super::worker::CurrentError;
use crate::limits;

/// Why an expression was not evaluated anywhere.
#[derive(Debug, thiserror::Error)]
pub enum EvalError {
    #[error("the expression has {bytes} bytes, at most {} fit", limits::EXPRESSION_BYTES_MAX)]
    Long { bytes: usize },
    #[error("the argument has {bytes} bytes, at most {} fit", limits::ITEM_BYTES_MAX)]
    LongArgument { bytes: usize },
}

/// Why a task that nobody waits for was not begun.
#[derive(Debug, thiserror::Error)]
pub enum DetachError {
    #[error("{} tasks run already that nobody waits for", limits::DETACHED_MAX)]
    Many,
}

/// Why the patches could not be read or changed.
#[derive(Debug, thiserror::Error)]
pub enum PatchesError {
    #[error("failed to read the patches")]
    Read(#[source] ReadError),
    #[error("the patches of the cluster do not fit this version")]
    Unfit(#[source] PatchError),
    #[error("failed to change the patches")]
    Propose(#[source] ProposeError),
    #[error("the patches were not changed")]
    Refused(#[source] structures::Refusal),
    #[error("there is no patch {number}; the last one is {last}")]
    Unknown { number: u64, last: u64 },
}

/// Why a file was not loaded; no member has it then.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    #[error("`{name}` does not load")]
    Check {
        name: String,
        #[source]
        source: CallError,
    },
    #[error(transparent)]
    Limit(PatchError),
    #[error(transparent)]
    Patches(#[from] PatchesError),
    #[error("others loaded files at the same time, {attempts} times")]
    Contended { attempts: u32 },
}

/// Why `fmap` ended before its last item. What was given out until then is right; where the error
/// is that of an item or of the input, it is all that stands before it.
#[derive(Debug, thiserror::Error)]
pub enum FMapError {
    #[error("item {index}, `{item}`, failed: {text}")]
    Item { index: u64, item: String, text: String },
    #[error("item {index} has more than {} bytes", limits::ITEM_BYTES_MAX)]
    LongItem { index: u64 },
    #[error("item {index} is not UTF-8")]
    NotText { index: u64 },
    #[error("the items ended early")]
    Input(#[source] std::io::Error),
    #[error("the function was refused: {0}")]
    Function(Refusal),
    #[error("no member that takes work has registered `{name}` ({members} asked)")]
    Unregistered { name: String, members: usize },
    #[error("item {index} was lost {attempts} times: {reason}")]
    Lost { index: u64, attempts: u32, reason: String },
    #[error("not all items were done within {deadline_ms} ms")]
    Deadline { deadline_ms: u64 },
}

/// Why this node does not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub(super) enum WorkError {
    #[error("the question is not understood")]
    Message(#[source] DecodeError),
    #[error("a witness runs no code")]
    Witness,
    #[error("this node is drained, and takes nothing new")]
    Drained,
    #[error("this node has not got the patches of revision {revision} yet")]
    Behind { revision: u64 },
    #[error("{} expressions are evaluated here already", limits::EVALUATIONS_MAX)]
    Evaluating,
    #[error("{} chunks of items wait here already", limits::WAITING_CHUNKS_MAX)]
    Waiting,
    #[error("the value has {bytes} bytes, at most {} are shown", limits::EVALUATED_BYTES_MAX)]
    LongValue { bytes: usize },
    #[error("the result has more than {} bytes", limits::RESULT_BYTES_MAX)]
    LongResult,
    #[error("the function takes longer than {time_ms} ms, and is left to itself")]
    LongCall { time_ms: u64 },
}

impl From<CurrentError> for PatchesError {
    fn from(error: CurrentError) -> Self {
        match error {
            CurrentError::Read(error) => Self::Read(error),
            CurrentError::Patches(error) => Self::Unfit(error),
        }
    }
}

impl Fault for WorkError {
    fn code(&self) -> &'static str {
        match self {
            Self::Message(_) => "TASK_MESSAGE_UNKNOWN",
            Self::Witness => "TASK_WITNESS",
            Self::Drained => DRAINED,
            Self::Behind { .. } => "PATCHES_BEHIND",
            Self::Evaluating | Self::Waiting => "FUNCTION_BUSY",
            Self::LongValue { .. } | Self::LongResult | Self::LongCall { .. } => LIMIT,
        }
    }

    fn kind(&self) -> Kind {
        match self {
            // Another member may do it, or this one a little later.
            Self::Message(_)
            | Self::Witness
            | Self::Drained
            | Self::Behind { .. }
            | Self::Evaluating
            | Self::Waiting => Kind::Unavailable,
            Self::LongValue { .. } | Self::LongResult | Self::LongCall { .. } => Kind::Limit,
        }
    }
}

impl Fault for FindError {
    fn code(&self) -> &'static str {
        match self {
            Self::Function(error) => error.code(),
            Self::Native { .. } => UNKNOWN,
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Function(error) => error.kind(),
            Self::Native { .. } => Kind::NotFound,
        }
    }
}

impl Fault for DetachError {
    fn code(&self) -> &'static str {
        "FUNCTION_BUSY"
    }

    fn kind(&self) -> Kind {
        Kind::Unavailable
    }

    fn help(&self) -> Option<String> {
        Some("wait until some are over; `thorp task list` shows them".into())
    }
}

impl Fault for EvalError {
    fn code(&self) -> &'static str {
        match self {
            Self::Long { .. } => "FUNCTION_INVALID",
            Self::LongArgument { .. } => "ITEM_TOO_LARGE",
        }
    }

    fn kind(&self) -> Kind {
        Kind::Limit
    }
}

impl Fault for CurrentError {
    fn code(&self) -> &'static str {
        match self {
            Self::Read(error) => error.code(),
            Self::Patches(error) => error.code(),
        }
    }

    fn kind(&self) -> Kind {
        // Another member, or a newer version of this one, may know them.
        Kind::Unavailable
    }
}

impl Fault for PatchesError {
    fn code(&self) -> &'static str {
        match self {
            Self::Read(error) => error.code(),
            Self::Unfit(error) => error.code(),
            Self::Propose(error) => error.code(),
            Self::Refused(error) => error.code(),
            Self::Unknown { .. } => "PATCH_UNKNOWN",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Read(error) => error.kind(),
            Self::Unfit(error) => error.kind(),
            Self::Propose(error) => error.kind(),
            Self::Refused(error) => error.kind(),
            Self::Unknown { .. } => Kind::NotFound,
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Read(error) => error.help(),
            Self::Unfit(error) => error.help(),
            Self::Propose(error) => error.help(),
            Self::Refused(error) => error.help(),
            Self::Unknown { .. } => Some("`thorp load --list` shows the numbers".into()),
        }
    }
}

impl Fault for LoadError {
    fn code(&self) -> &'static str {
        match self {
            // What fails is what was to be loaded, not a patch that was there.
            Self::Check { source: CallError::Patch { .. }, .. } => "PATCH_FAILED",
            Self::Check { source, .. } => source.code(),
            Self::Limit(error) => error.code(),
            Self::Patches(error) => error.code(),
            Self::Contended { .. } => "PATCH_CONTENDED",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Check { source, .. } => source.kind(),
            Self::Limit(error) => error.kind(),
            Self::Patches(error) => error.kind(),
            Self::Contended { .. } => Kind::Unavailable,
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Check { source, .. } => source.help(),
            Self::Limit(error) => error.help(),
            Self::Patches(error) => error.help(),
            Self::Contended { .. } => Some("load it again".into()),
        }
    }
}

/// What a member says that is about to be stopped.
pub(super) const DRAINED: &str = "NODE_DRAINED";

/// What a member says when an item breaks a limit.
pub(super) const LIMIT: &str = "FUNCTION_LIMIT";

/// What a member says that has no such function.
pub(super) const UNKNOWN: &str = "FUNCTION_UNKNOWN";

/// Codes that a member may give for a function, and that stay when they come here.
const FUNCTION_CODES: [&str; 5] =
    ["FUNCTION_INVALID", UNKNOWN, "PATCH_FAILED", "PATCH_LIMIT", "INTERNAL_ERROR"];

impl Fault for FMapError {
    fn code(&self) -> &'static str {
        match self {
            Self::Item { .. } => "ITEM_FAILED",
            Self::LongItem { .. } => "ITEM_TOO_LARGE",
            Self::NotText { .. } | Self::Input(_) => "ITEMS_UNREADABLE",
            Self::Function(refusal) => {
                let known = FUNCTION_CODES.into_iter().find(|code| *code == refusal.code);
                known.unwrap_or("PEER_REFUSED")
            }
            Self::Unregistered { .. } => UNKNOWN,
            Self::Lost { .. } => "TASK_LOST",
            Self::Deadline { .. } => "TASK_DEADLINE",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Item { .. } | Self::NotText { .. } => Kind::Invalid,
            Self::LongItem { .. } | Self::Deadline { .. } => Kind::Limit,
            Self::Function(refusal) => refusal.kind,
            Self::Unregistered { .. } => Kind::NotFound,
            Self::Input(_) | Self::Lost { .. } => Kind::Unavailable,
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::LongItem { .. } => Some("put large values into a bucket".into()),
            Self::Deadline { .. } => Some("give it more time".into()),
            Self::Function(refusal) if refusal.code == UNKNOWN => {
                Some("load the file that defines it with `thorp load`".into())
            }
            Self::Unregistered { name, .. } => Some(format!(
                "register it where it shall run: `Node::builder().function(\"{name}\", ...)`"
            )),
            _ => None,
        }
    }
}
