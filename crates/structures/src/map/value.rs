//! Changes of a value in place.

use bytes::{Bytes, BytesMut};
use model::Json;
use serde::{Deserialize, Serialize};

use crate::answer::Answer;
use crate::decimal::Decimal;
use crate::kind::{count, length};
use crate::refusal::Refusal;
use crate::work::check_value;

/// How a value changes. An absent one counts as 0, as empty, or as JSON `null`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Merge {
    /// Answers `Integer`: the sum.
    AddInteger(i64),
    /// Adds a number of any digits. Answers `Bytes`: the sum.
    AddNumber(Bytes),
    /// Answers `Integer`: how many bytes there are now.
    Append(Bytes),
    /// Writes over the bytes from `offset` on, after zeros when there are fewer. Answers `Integer`:
    /// how many bytes there are now.
    SetRange { offset: u64, bytes: Bytes },
    /// Keeps the smaller number. Answers `Bytes`: the value.
    Min(Bytes),
    /// Keeps the larger number. Answers `Bytes`: the value.
    Max(Bytes),
    /// Lays JSON over JSON: `null` removes a member (RFC 7396). Answers `Bytes`: the value.
    JsonPatch(Bytes),
}

/// What came of a merge: the value to write, if any, and the answer.
#[derive(Debug, PartialEq)]
pub(super) struct Merged {
    pub value: Option<Bytes>,
    pub answer: Answer,
}

pub(super) fn merge(old: Option<&Bytes>, merge: &Merge) -> Result<Merged, Refusal> {
    match merge {
        Merge::AddInteger(by) => {
            let old = old.map_or(Ok(0), |old| parse_integer(old))?;
            let sum = old.checked_add(*by).ok_or(Refusal::Overflow)?;
            Ok(Merged { value: Some(sum.to_string().into()), answer: Answer::Integer(sum) })
        }
        Merge::AddNumber(by) => {
            let by = Decimal::parse(by)?;
            let old = old.map_or(Ok(Decimal::Exact(0)), |old| Decimal::parse(old))?;
            Ok(written(Bytes::from(old.plus(by)?.to_string())))
        }
        Merge::Append(more) => {
            let old = old.map_or(&b""[..], |old| old);
            check_value(old.len() + more.len())?;
            Ok(sized(Bytes::from([old, more].concat())))
        }
        Merge::SetRange { offset, bytes } => set_range(old, *offset, bytes),
        Merge::Min(other) => choose(old, other, |new, old| new.is_less_than(old)),
        Merge::Max(other) => choose(old, other, |new, old| old.is_less_than(new)),
        Merge::JsonPatch(patch) => {
            let patch = parse_json(patch)?;
            let mut target = old.map_or(Ok(Json::Null), |old| parse_json(old))?;
            lay_over(&mut target, patch);
            Ok(written(Bytes::from(target.to_string())))
        }
    }
}

fn written(value: Bytes) -> Merged {
    Merged { answer: Answer::Bytes(value.clone()), value: Some(value) }
}

fn sized(value: Bytes) -> Merged {
    Merged { answer: Answer::count(count(value.len())), value: Some(value) }
}

fn set_range(old: Option<&Bytes>, offset: u64, bytes: &Bytes) -> Result<Merged, Refusal> {
    let old = old.map_or(&b""[..], |old| old);
    if bytes.is_empty() {
        return Ok(Merged { value: None, answer: Answer::count(count(old.len())) });
    }
    let end = length(offset.saturating_add(count(bytes.len())));
    check_value(end)?;
    let offset = length(offset);
    let mut value = BytesMut::with_capacity(end.max(old.len()));
    value.extend(old.iter().copied().chain(std::iter::repeat(0)).take(offset));
    value.extend_from_slice(bytes);
    value.extend(old.iter().skip(end));
    Ok(sized(value.freeze()))
}

fn choose(
    old: Option<&Bytes>,
    other: &Bytes,
    is_better: fn(Decimal, Decimal) -> bool,
) -> Result<Merged, Refusal> {
    let new = Decimal::parse(other)?;
    match old {
        Some(old) if !is_better(new, Decimal::parse(old)?) => {
            Ok(Merged { value: None, answer: Answer::Bytes(old.clone()) })
        }
        _ => Ok(written(other.clone())),
    }
}

/// Reads an integer as Redis does: no spaces, no plus sign, no zeros in front.
pub(crate) fn parse_integer(text: &[u8]) -> Result<i64, Refusal> {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    let is_canonical = match digits {
        [b'0'] => text.len() == 1,
        [b'1'..=b'9', rest @ ..] => rest.iter().all(u8::is_ascii_digit),
        _ => false,
    };
    if !is_canonical {
        return Err(Refusal::NotAnInteger);
    }
    let text = std::str::from_utf8(text).map_err(|_| Refusal::NotAnInteger)?;
    text.parse().map_err(|_| Refusal::NotAnInteger)
}

fn parse_json(text: &[u8]) -> Result<Json, Refusal> {
    let not_json = |reason: String| Refusal::NotJson { reason };
    let text = std::str::from_utf8(text).map_err(|error| not_json(error.to_string()))?;
    text.parse().map_err(|error: <Json as std::str::FromStr>::Err| not_json(error.to_string()))
}

fn lay_over(target: &mut Json, patch: Json) {
    let Json::Object(patch) = patch else {
        *target = patch;
        return;
    };
    if !target.is_object() {
        *target = Json::Object(model::Map::new());
    }
    let Json::Object(members) = target else { return };
    for (name, value) in patch {
        if value.is_null() {
            members.shift_remove(&name);
        } else {
            lay_over(members.entry(name).or_insert(Json::Null), value);
        }
    }
}

/// Cuts `bytes` to the indexes `from..=to`; negative ones count from the end, and mean the first
/// byte when there are fewer. As in Redis, a range whose ends are negative and reversed is empty.
pub(super) fn range(bytes: &Bytes, from: i64, to: i64) -> Bytes {
    if from < 0 && to < 0 && from > to {
        return Bytes::new();
    }
    let to = if to < 0 { to.max(-crate::kind::integer(count(bytes.len()))) } else { to };
    match crate::index::range(count(bytes.len()), from, to) {
        Some((start, count)) => bytes.slice(length(start)..length(start + count)),
        None => Bytes::new(),
    }
}
