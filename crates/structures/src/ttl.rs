//! When things end: what a command says of it, and on which condition.

use serde::{Deserialize, Serialize};

use crate::refusal::Refusal;

/// When something ends, as a command says it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ttl {
    /// As before; something new does not end.
    Keep,
    #[default]
    Never,
    /// So many milliseconds after the command is applied; none or fewer: at once.
    After { ms: i64 },
    /// At this moment in milliseconds since the Unix epoch; a past one: at once.
    At { ms: i64 },
}

/// On which condition a deadline is set; a thing that never ends counts as ending last.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum TtlCondition {
    #[default]
    Always,
    /// Only when it has none.
    Absent,
    /// Only when it has one.
    Present,
    /// Only when it moves back.
    Later,
    /// Only when it comes nearer.
    Sooner,
    /// Only when it has one, and that comes nearer.
    SoonerIfPresent,
}

/// What a [`Ttl`] comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// It is over already.
    Now,
    At(Option<u64>),
}

impl Ttl {
    pub(crate) fn end(self, now_ms: u64, old_ms: Option<u64>) -> Result<End, Refusal> {
        let at_ms = match self {
            Self::Keep => return Ok(End::At(old_ms)),
            Self::Never => return Ok(End::At(None)),
            Self::After { ms } => {
                let at_ms = i64::try_from(now_ms).ok().and_then(|now_ms| now_ms.checked_add(ms));
                at_ms.ok_or(Refusal::TimeOutOfRange)?
            }
            Self::At { ms } => ms,
        };
        Ok(match u64::try_from(at_ms) {
            Ok(at_ms) if at_ms > now_ms => End::At(Some(at_ms)),
            _ => End::Now,
        })
    }
}

impl TtlCondition {
    pub(crate) fn allows(self, old_ms: Option<u64>, end: End) -> bool {
        let never = u64::MAX;
        let new = match end {
            End::Now => 0,
            End::At(at_ms) => at_ms.unwrap_or(never),
        };
        match self {
            Self::Always => true,
            Self::Absent => old_ms.is_none(),
            Self::Present => old_ms.is_some(),
            Self::Later => new > old_ms.unwrap_or(never),
            Self::Sooner => new < old_ms.unwrap_or(never),
            Self::SoonerIfPresent => old_ms.is_some_and(|old_ms| new < old_ms),
        }
    }
}
