//! Elements chosen at random.

use bytes::Bytes;

use crate::chance::Chance;
use crate::encoding;
use crate::kind::length;
use crate::limits;
use crate::refusal::{Counted, Refusal};
use crate::view::{Direction, Row, ViewError};
use crate::work::{Reading, check_count};

/// Indexes below `len`: one without a count, at most `count` different ones, or `-count` of any.
pub(crate) fn places(
    len: u64,
    count: Option<i64>,
    chance: &mut Chance,
) -> Result<Vec<u64>, Refusal> {
    let count = count.unwrap_or(1);
    if len == 0 {
        return Ok(Vec::new());
    }
    match u64::try_from(count) {
        Ok(count) => Ok(chance.distinct(count, len)),
        Err(_) => {
            let count = length(count.unsigned_abs());
            check_count(Counted::AnswerElements, count, limits::ANSWER_ELEMENTS_MAX)?;
            Ok((0..count).map(|_| chance.below(len)).collect())
        }
    }
}

/// One of many rows that begin with `table`.
///
/// Jumps to a random place between the first key and the last, and goes on a random number of
/// rows: every row can come, rows behind a gap of the keys a little more often.
pub(crate) fn row(
    reading: Reading<'_>,
    table: &Bytes,
    chance: &mut Chance,
) -> Result<Option<Row>, ViewError> {
    let end = encoding::after_prefix(table);
    let edge = |direction| reading.view.scan(table, &end, direction, 1);
    let (first, last) = (edge(Direction::Up)?, edge(Direction::Down)?);
    let (Some((first, _)), Some((last, _))) = (first.first(), last.first()) else {
        return Ok(None);
    };
    let from = between(first, last, chance);
    let steps = length(chance.below(limits::RANDOM_WALK_MAX));
    let mut rows = reading.view.scan(&from, &end, Direction::Up, steps + 1)?;
    let missing = (steps + 1).saturating_sub(rows.len());
    if missing > 0 {
        rows = reading.view.scan(table, &end, Direction::Up, missing)?;
    }
    Ok(rows.pop())
}

/// A key between two, as far as eight bytes behind what they share tell.
fn between(first: &[u8], last: &[u8], chance: &mut Chance) -> Bytes {
    let shared = first.iter().zip(last).take_while(|(one, two)| one == two).count();
    let number = |key: &[u8]| {
        let digits = key.iter().skip(shared).chain(std::iter::repeat(&0)).take(8);
        digits.fold(0_u64, |number, digit| (number << 8) | u64::from(*digit))
    };
    let (low, high) = (number(first), number(last));
    let place = low.saturating_add(chance.below(high.saturating_sub(low)));
    let prefix: Vec<u8> = first.iter().take(shared).copied().collect();
    Bytes::from([prefix.as_slice(), &place.to_be_bytes()].concat())
}
