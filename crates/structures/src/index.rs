//! Indexes that count from either end.

/// The index of one element, when there is one: -1 is the last.
pub(crate) fn one(len: u64, index: i64) -> Option<u64> {
    let index = match u64::try_from(index) {
        Ok(index) => index,
        Err(_) => len.checked_sub(index.unsigned_abs())?,
    };
    (index < len).then_some(index)
}

/// The first element of `from..=to` and how many there are; none when the range is empty.
pub(crate) fn range(len: u64, from: i64, to: i64) -> Option<(u64, u64)> {
    let place = |index: i64| match u64::try_from(index) {
        Ok(index) => Some(index),
        Err(_) => len.checked_sub(index.unsigned_abs()),
    };
    let start = place(from).unwrap_or(0);
    let end = place(to)?.min(len.checked_sub(1)?);
    (start <= end).then(|| (start, end - start + 1))
}

#[cfg(test)]
mod tests;
