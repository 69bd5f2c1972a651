//! Unions, intersections and differences of sets.

use std::collections::BTreeSet;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::read::{all, contains, walk};
use super::tree;
use crate::kind::{Header, Kind, count};
use crate::measure::Measure;
use crate::work::{Reading, Stop, Walk};

/// How sets are combined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Combination {
    Union,
    Intersection,
    /// The first without all others.
    Difference,
}

/// The members of the combination in order; at most `most` when it is not 0.
pub(super) fn combine(
    reading: Reading<'_>,
    combination: Combination,
    names: &[Bytes],
    most: u64,
) -> Result<Vec<Bytes>, Stop> {
    let mut headers = Vec::with_capacity(names.len());
    for name in names {
        headers.push(reading.find(name, Kind::Set)?);
    }
    match combination {
        Combination::Union => union(reading, &headers),
        Combination::Intersection => {
            let Some(mut headers) = headers.into_iter().collect::<Option<Vec<_>>>() else {
                return Ok(Vec::new());
            };
            headers.sort_by_key(|header| header.body.len());
            let Some((first, others)) = headers.split_first() else { return Ok(Vec::new()) };
            filter(reading, first, most, |member| {
                for other in others {
                    if !contains(reading.view, Some(other), member)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            })
        }
        Combination::Difference => {
            let Some((Some(first), others)) = headers.split_first() else {
                return Ok(Vec::new());
            };
            filter(reading, first, most, |member| {
                for other in others {
                    if contains(reading.view, other.as_ref(), member)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            })
        }
    }
}

fn union(reading: Reading<'_>, headers: &[Option<Header>]) -> Result<Vec<Bytes>, Stop> {
    let (mut members, mut measure) = (BTreeSet::new(), Measure::default());
    for header in headers.iter().flatten() {
        for member in all(reading.view, header)? {
            let bytes = member.len();
            if members.insert(member) {
                measure.add(bytes)?;
            }
        }
    }
    Ok(members.into_iter().collect())
}

fn filter(
    reading: Reading<'_>,
    header: &Header,
    most: u64,
    mut keeps: impl FnMut(&Bytes) -> Result<bool, Stop>,
) -> Result<Vec<Bytes>, Stop> {
    let (mut members, mut measure) = (Vec::new(), Measure::default());
    walk(reading.view, &tree(header), 0, |_, member| {
        if keeps(&member)? {
            measure.add(member.len())?;
            members.push(member);
        }
        let is_enough = most > 0 && count(members.len()) == most;
        Ok(if is_enough { Walk::Stop } else { Walk::On })
    })?;
    Ok(members)
}
