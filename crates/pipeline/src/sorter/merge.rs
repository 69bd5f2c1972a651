//! Merges sorted runs into one order.

use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;

use tabular::Batch;

use super::rows::{Gather, Shapes};
use super::run::{Cursor, Run};
use crate::error::StepError;

/// Gives the rows of `runs` in order, batch by batch, to `take`.
pub(super) fn merge(
    runs: Vec<Run>,
    shapes: &Shapes,
    reverse: bool,
    mut take: impl FnMut(Batch) -> Result<(), StepError>,
) -> Result<(), StepError> {
    let mut heap: BinaryHeap<Cursor> = BinaryHeap::with_capacity(runs.len());
    for (number, run) in runs.into_iter().enumerate() {
        heap.extend(run.open(number, reverse)?);
    }
    let mut gather = Gather::new(shapes);
    while let Some(mut first) = heap.peek_mut() {
        if let Some(batch) = gather.push(first.shape, &first.row) {
            take(batch)?;
        }
        if !first.advance()? {
            PeekMut::pop(first);
        }
    }
    gather.finish().map_or(Ok(()), take)
}
