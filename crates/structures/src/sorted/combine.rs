//! Unions, intersections and differences of sorted sets. A plain set counts as one whose scores
//! are all 1.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::{parse_element, tree};
use crate::kind::{Body, Header, Kind, count};
use crate::measure::Measure;
use crate::set::{self, Combination};
use crate::work::{Reading, Stop, Walk, require};

/// What is combined, and how.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Combined {
    pub combination: Combination,
    /// Names, and what their scores are multiplied by; a difference does not look at it.
    pub inputs: Vec<(Bytes, f64)>,
    pub aggregate: Aggregate,
}

/// What becomes of the scores of one member.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Aggregate {
    #[default]
    Sum,
    Min,
    Max,
}

impl Aggregate {
    fn join(self, one: f64, two: f64) -> f64 {
        match self {
            Self::Sum => number(one + two),
            Self::Min => one.min(two),
            Self::Max => one.max(two),
        }
    }
}

/// The sum of two infinities, and zero times one, count as 0.
fn number(value: f64) -> f64 {
    if value.is_nan() { 0.0 } else { value + 0.0 }
}

/// Members in the order of their scores.
pub(super) fn combine(
    reading: Reading<'_>,
    combined: &Combined,
) -> Result<Vec<(Bytes, f64)>, Stop> {
    let Combined { combination, inputs, aggregate } = combined;
    let mut headers = Vec::with_capacity(inputs.len());
    for (name, _) in inputs {
        headers.push(find(reading, name)?);
    }
    let mut found: BTreeMap<Bytes, f64> = BTreeMap::new();
    for (index, (header, (_, weight))) in headers.iter().zip(inputs).enumerate() {
        let scores = scores(reading, header.as_ref())?;
        match combination {
            Combination::Union => {
                for (member, score) in scores {
                    let score = number(score * weight);
                    let joined = found.get(&member).map(|old| aggregate.join(*old, score));
                    found.insert(member, joined.unwrap_or(score));
                }
            }
            _ if index == 0 => {
                let is_difference = *combination == Combination::Difference;
                let weight = if is_difference { 1.0 } else { *weight };
                let weighed = scores.into_iter().map(|(member, score)| (member, score * weight));
                found = weighed.map(|(member, score)| (member, number(score))).collect();
            }
            Combination::Intersection => {
                let mut both = BTreeMap::new();
                for (member, score) in scores {
                    if let Some(old) = found.get(&member) {
                        let joined = aggregate.join(*old, number(score * weight));
                        both.insert(member, joined);
                    }
                }
                found = both;
            }
            Combination::Difference => {
                for (member, _) in scores {
                    found.remove(&member);
                }
            }
        }
        let mut measure = Measure::default();
        found.keys().try_for_each(|member| measure.add(member.len()))?;
    }
    let mut members: Vec<(Bytes, f64)> = found.into_iter().collect();
    members.sort_by(|(_, one), (_, two)| one.total_cmp(two));
    Ok(members)
}

pub(super) fn intersection_len(
    reading: Reading<'_>,
    names: &[Bytes],
    most: u64,
) -> Result<u64, Stop> {
    let inputs = names.iter().map(|name| (name.clone(), 1.0)).collect();
    let combination = Combination::Intersection;
    let combined = Combined { combination, inputs, aggregate: Aggregate::Sum };
    let len = count(combine(reading, &combined)?.len());
    Ok(if most > 0 { len.min(most) } else { len })
}

fn find(reading: Reading<'_>, name: &Bytes) -> Result<Option<Header>, Stop> {
    let Some(header) = reading.header(name)? else { return Ok(None) };
    if !matches!(header.body, Body::Set(_)) {
        require(name, header.body.kind(), Kind::SortedSet)?;
    }
    Ok(Some(header))
}

fn scores(reading: Reading<'_>, header: Option<&Header>) -> Result<Vec<(Bytes, f64)>, Stop> {
    let Some(header) = header else { return Ok(Vec::new()) };
    let is_plain = matches!(header.body, Body::Set(_));
    let tree = if is_plain { set::tree(header) } else { tree(header) };
    let (mut found, mut measure) = (Vec::new(), Measure::default());
    set::walk(reading.view, &tree, 0, |_, element| {
        measure.add(element.len())?;
        found.push(if is_plain { (element, 1.0) } else { parse_element(&element) });
        Ok(Walk::On)
    })?;
    Ok(found)
}
