//! Between the bodies of the door and the commands and answers of the structures.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use structures::{Answer, Kind, Page, Ttl, TtlCondition};

use super::body::name::Kind as NamedKind;
use super::body::{self, Direction, ExpiryCondition, Octets};
use super::limits;
use super::problem::Problem;
use super::request::RequestError;

/// Takes the answer of a kind; others would be our own mistake.
macro_rules! want {
    ($answer:expr, $($kind:pat => $value:expr),+ $(,)?) => {
        match $answer {
            $($kind => $value,)+
            _ => return Err($crate::https::request::RequestError::Answer.into()),
        }
    };
}
pub(super) use want;

/// Many of one as many of the other.
pub(super) fn all<A: Into<B>, B>(many: Vec<A>) -> Vec<B> {
    many.into_iter().map(Into::into).collect()
}

/// The values of an answer that lists some.
pub(super) fn values(answer: Answer) -> Result<Vec<Octets>, Problem> {
    let values = want!(answer, Answer::List(values) => values, Answer::Nothing => vec![]);
    values.into_iter().map(|value| Ok(want!(value, Answer::Bytes(bytes) => bytes.into()))).collect()
}

/// The number of an answer that counts.
pub(super) fn count(answer: &Answer) -> Result<i64, Problem> {
    Ok(want!(answer, Answer::Integer(count) => *count))
}

/// Reads `after` of a query: where the page before ended.
pub(super) fn cursor(text: Option<&str>) -> Result<Option<Bytes>, Problem> {
    let Some(text) = text else { return Ok(None) };
    let bytes = URL_SAFE_NO_PAD.decode(text);
    bytes.map(|bytes| Some(bytes.into())).map_err(|_| {
        RequestError::parameter("after", "it is not what a page gave as `next`").into()
    })
}

/// A page as its elements and what the client sends as `after` for the next one.
pub(super) fn page(answer: Answer) -> Result<(Answer, Option<String>), Problem> {
    let Page { items, next } = want!(answer, Answer::Page(page) => page);
    Ok((*items, next.map(|next| URL_SAFE_NO_PAD.encode(next))))
}

/// How many elements a page has.
pub(super) fn page_count(wanted: Option<u64>) -> u64 {
    wanted.unwrap_or(limits::PAGE_ELEMENTS)
}

/// When something ends, of which at most one is said.
pub(super) fn ttl(ttl_ms: Option<i64>, expires_ms: Option<i64>) -> Result<Option<Ttl>, Problem> {
    match (ttl_ms, expires_ms) {
        (Some(_), Some(_)) => {
            Err(RequestError::parameter("ttl_ms", "`expires_ms` is given too").into())
        }
        (Some(ms), None) => Ok(Some(Ttl::After { ms })),
        (None, Some(ms)) => Ok(Some(Ttl::At { ms })),
        (None, None) => Ok(None),
    }
}

/// When something is to end, which must be said.
pub(super) fn expiry(expiry: body::Expiry) -> Result<(Ttl, TtlCondition), Problem> {
    let condition = match expiry.condition {
        ExpiryCondition::Always => TtlCondition::Always,
        ExpiryCondition::Absent => TtlCondition::Absent,
        ExpiryCondition::Present => TtlCondition::Present,
        ExpiryCondition::Later => TtlCondition::Later,
        ExpiryCondition::Sooner => TtlCondition::Sooner,
    };
    let ttl = ttl(expiry.ttl_ms, expiry.expires_ms)?;
    let ttl = ttl.ok_or_else(|| RequestError::Json {
        reason: "neither `ttl_ms` nor `expires_ms` is given".to_owned(),
    })?;
    Ok((ttl, condition))
}

/// Done, unless the condition of the request did not hold.
pub(super) fn held(answer: &Answer) -> Result<(), Problem> {
    match answer {
        Answer::Flag(true) | Answer::Done => Ok(()),
        Answer::Flag(false) | Answer::Nothing => Err(RequestError::Condition.into()),
        _ => Err(RequestError::Answer.into()),
    }
}

impl From<Direction> for structures::Direction {
    fn from(direction: Direction) -> Self {
        match direction {
            Direction::Up => Self::Up,
            Direction::Down => Self::Down,
        }
    }
}

macro_rules! kinds {
    ($($kind:ident)*) => {
        impl From<Kind> for NamedKind {
            fn from(kind: Kind) -> Self {
                match kind {
                    $(Kind::$kind => Self::$kind,)*
                }
            }
        }

        impl From<NamedKind> for Kind {
            fn from(kind: NamedKind) -> Self {
                match kind {
                    $(NamedKind::$kind => Self::$kind,)*
                }
            }
        }
    };
}

kinds!(Value Map List Set SortedSet Queue Topic Lock Counter Flake);
