//! What is certain of a request that brought nothing.

use super::refusal::Refusal;

/// Why a request on a connection brought nothing.
#[derive(Debug)]
pub(super) enum Failure {
    /// It was not sent.
    Unsent(String),
    /// It was sent, or a part of it.
    Unanswered(String),
    Refused(Refusal),
}
