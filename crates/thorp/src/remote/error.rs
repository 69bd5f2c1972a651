//! Why a cluster cannot be asked from outside.

use std::time::Duration;

use gateway::https::body::Problem;
use model::fault::{Fault, Kind};
use net::join::JoinError;
use net::token::TokenError;
use reqwest::StatusCode;
use structures::encoding::DecodeError;

use super::find::NotFound;

/// Why a call to the cluster brought nothing.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The request may have arrived all the same, unless it is a connection that was not made.
    #[error("`{url}` cannot be reached")]
    Unreached { url: String, source: reqwest::Error },
    #[error("`{url}` did not answer within {timeout_ms} ms")]
    Late { url: String, timeout_ms: u64 },
    /// A node answered, and said no.
    #[error("{}", .0.detail)]
    Refused(Box<Problem>),
    #[error("`{url}` answers {status}, which is no answer of thorp")]
    Status { url: String, status: StatusCode },
    #[error("the answer of `{url}` has more than {bytes_max} bytes")]
    Long { url: String, bytes_max: usize },
    #[error("the answer of `{url}` cannot be understood")]
    Answer { url: String, source: DecodeError },
    #[error("the answer of `{url}` cannot be understood")]
    Json { url: String, source: serde_json::Error },
    /// What came before is right, and not all.
    #[error("the results of `{url}` were cut off")]
    CutOff { url: String, source: Option<reqwest::Error> },
}

/// Why a program could not connect to a cluster.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    #[error(transparent)]
    NotFound(#[from] NotFound),
    #[error("failed to read the line of `thorp token`")]
    Token(#[from] TokenError),
    #[error("no member that the line of `thorp token` names could be asked")]
    Join(#[from] JoinError),
    #[error("`{address}` does not say where its doors are; is it of an older version?")]
    Introduction { address: String },
    #[error("no member of the cluster has an HTTPS door")]
    NoDoor,
    #[error("failed to connect to the cluster")]
    Call(#[from] CallError),
}

/// Codes that a node may give, and that stay when they come here.
const CODES: [&str; 28] = [
    "BODY_INVALID",
    "BODY_TOO_LARGE",
    "BODY_UNREADABLE",
    "DISK_FULL",
    "DOOR_BUSY",
    "FUNCTION_BUSY",
    "FUNCTION_INVALID",
    "FUNCTION_LIMIT",
    "FUNCTION_UNKNOWN",
    "INTERNAL_ERROR",
    "ITEM_FAILED",
    "ITEM_TOO_LARGE",
    "ITEMS_UNREADABLE",
    "NO_QUORUM",
    "OUTCOME_UNKNOWN",
    "PARAMETER_INVALID",
    "PATCH_CONTENDED",
    "PATCH_FAILED",
    "PATCH_LIMIT",
    "PATCH_UNKNOWN",
    "PEER_REFUSED",
    "ROUTE_UNKNOWN",
    "STATE_DEADLINE",
    "STATE_STOPPED",
    "STATE_UNUSABLE",
    "TASK_DEADLINE",
    "TASK_LOST",
    "TOKEN_REFUSED",
];

impl CallError {
    pub(super) fn late(url: &str, timeout: Duration) -> Self {
        let timeout_ms = u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX);
        Self::Late { url: url.to_owned(), timeout_ms }
    }

    /// What to tell after several attempts: what a node said says more than that another one, or
    /// the same one for want of time, said nothing.
    pub(super) fn unless_said(self, before: Option<Self>) -> Self {
        match (before, &self) {
            (Some(said @ Self::Refused(_)), Self::Late { .. } | Self::Unreached { .. }) => said,
            _ => self,
        }
    }

    /// Whether another node may do it, or the same one a little later.
    pub(super) fn may_be_tried_again(&self) -> bool {
        match self {
            Self::Unreached { .. } | Self::Late { .. } => true,
            // A proxy that has lost its node.
            Self::Status { status, .. } => status.is_server_error(),
            Self::Refused(_) => self.kind() == Kind::Unavailable || self.was_not_begun(),
            _ => false,
        }
    }

    /// Whether the request was not even looked at.
    pub(super) fn was_not_begun(&self) -> bool {
        match self {
            Self::Unreached { source, .. } => source.is_connect(),
            // A witness serves no data and has no such route.
            Self::Refused(_) => matches!(self.code(), "ROUTE_UNKNOWN" | "DOOR_BUSY"),
            _ => false,
        }
    }
}

impl Fault for CallError {
    fn code(&self) -> &'static str {
        match self {
            Self::Unreached { .. }
            | Self::Late { .. }
            | Self::Status { .. }
            | Self::CutOff { .. } => "CLUSTER_UNREACHABLE",
            Self::Refused(problem) => {
                let known = CODES.into_iter().find(|code| *code == problem.code);
                known.unwrap_or("INTERNAL_ERROR")
            }
            Self::Long { .. } => "TOO_MANY",
            Self::Answer { .. } | Self::Json { .. } => "INTERNAL_ERROR",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Unreached { .. }
            | Self::Late { .. }
            | Self::Status { .. }
            | Self::CutOff { .. } => Kind::Unavailable,
            Self::Refused(problem) => kind_of(&problem.kind),
            Self::Long { .. } => Kind::Limit,
            Self::Answer { .. } | Self::Json { .. } => Kind::Bug,
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Refused(problem) => problem.help.clone(),
            Self::Unreached { .. } | Self::Late { .. } => {
                Some("check that a node runs there, and that its HTTPS port is open".to_owned())
            }
            Self::Long { .. } => Some("read less at once".to_owned()),
            _ => None,
        }
    }
}

/// The kind that a node names by its word.
fn kind_of(word: &str) -> Kind {
    let kinds = [
        Kind::Invalid,
        Kind::NotFound,
        Kind::Conflict,
        Kind::Denied,
        Kind::Limit,
        Kind::Unavailable,
    ];
    kinds.into_iter().find(|kind| kind.word() == word).unwrap_or(Kind::Bug)
}

impl Fault for ConnectError {
    fn code(&self) -> &'static str {
        match self {
            Self::NotFound(error) => error.code(),
            Self::Token(error) => error.code(),
            Self::Join(error) => error.code(),
            Self::Introduction { .. } | Self::NoDoor => "CLUSTER_NOT_FOUND",
            Self::Call(error) => error.code(),
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::NotFound(error) => error.kind(),
            Self::Token(error) => error.kind(),
            Self::Join(error) => error.kind(),
            Self::Introduction { .. } | Self::NoDoor => Kind::NotFound,
            Self::Call(error) => error.kind(),
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::NotFound(error) => error.help(),
            Self::Token(error) => error.help(),
            Self::Join(error) => error.help(),
            Self::Introduction { .. } => Some("start that member with this version".to_owned()),
            Self::NoDoor => Some("start a member with --listen HOST:PORT".to_owned()),
            Self::Call(error) => error.help(),
        }
    }
}
