//! What two values have in common: the longest common subsequence.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::kind::count;
use crate::limits;
use crate::refusal::{Counted, Refusal};
use crate::work::check_count;

/// What two values have in common.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comparison {
    pub common: Bytes,
    /// Stretches that both have, the last ones first; only when they were asked for.
    pub matches: Vec<Match>,
}

/// A stretch of bytes that both have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Match {
    /// Its first index in each.
    pub one: u64,
    pub two: u64,
    pub bytes: u64,
}

/// Method: a table of lengths for all pairs of beginnings, walked back from the end.
pub(super) fn compare(
    one: &Bytes,
    two: &Bytes,
    matches_from_bytes: Option<u64>,
) -> Result<Comparison, Refusal> {
    let width = two.len() + 1;
    let cells = (one.len() + 1).saturating_mul(width);
    check_count(Counted::ComparedCells, cells, limits::COMPARE_CELLS_MAX)?;
    let table = lengths(one, two);
    let cell = |i: usize, j: usize| table.get(i * width + j).copied().unwrap_or(0);

    let (mut i, mut j) = (one.len(), two.len());
    let mut common = Vec::new();
    let mut matches: Vec<Match> = Vec::new();
    while let (Some(above), Some(left)) = (i.checked_sub(1), j.checked_sub(1)) {
        if one.get(above) == two.get(left) {
            common.extend(one.get(above));
            let (at_one, at_two) = (count(above), count(left));
            match matches.last_mut() {
                Some(last) if last.one == at_one + 1 && last.two == at_two + 1 => {
                    *last = Match { one: at_one, two: at_two, bytes: last.bytes + 1 };
                }
                _ => matches.push(Match { one: at_one, two: at_two, bytes: 1 }),
            }
            (i, j) = (above, left);
        } else if cell(above, j) > cell(i, left) {
            i = above;
        } else {
            j = left;
        }
    }
    common.reverse();
    let from_bytes = matches_from_bytes.unwrap_or(u64::MAX);
    matches.retain(|found| found.bytes >= from_bytes);
    Ok(Comparison { common: Bytes::from(common), matches })
}

fn lengths(one: &[u8], two: &[u8]) -> Vec<u32> {
    let width = two.len() + 1;
    let mut table: Vec<u32> = Vec::with_capacity((one.len() + 1) * width);
    table.resize(width, 0);
    for (row, letter) in one.iter().enumerate() {
        table.push(0);
        for (column, other) in two.iter().enumerate() {
            let above = row * width + column;
            let at = |index: usize| table.get(index).copied().unwrap_or(0);
            let left = table.last().copied().unwrap_or(0);
            let cell = if letter == other { at(above) + 1 } else { left.max(at(above + 1)) };
            table.push(cell);
        }
    }
    table
}
