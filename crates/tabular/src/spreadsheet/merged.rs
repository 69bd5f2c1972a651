//! Merged regions of a sheet: all their cells get the value of the first one.

use calamine::Dimensions;

use super::Row;
use crate::limits::{SHEET_COLUMNS_MAX, SHEET_ROWS_MAX};
use crate::value::Value;

/// The regions of a sheet, consumed from its top to its bottom.
#[derive(Debug, Default)]
pub(super) struct Merged {
    /// Ordered by first row, the topmost last.
    ahead: Vec<Dimensions>,
    open: Vec<(Dimensions, Value<'static>)>,
}

impl Merged {
    /// The given regions, without those beyond the bounds of a sheet.
    pub(super) fn new(mut regions: Vec<Dimensions>) -> Self {
        regions.retain(|region| region.end.0 < SHEET_ROWS_MAX && region.end.1 < SHEET_COLUMNS_MAX);
        regions.sort_by_key(|region| std::cmp::Reverse(region.start));
        Self { ahead: regions, open: Vec::new() }
    }

    /// Fills the regions in `row`, whose 0-based number is `at`. Rows must come in order.
    pub(super) fn fill(&mut self, at: u32, row: &mut Row) {
        while let Some(region) = self.ahead.pop_if(|region| region.start.0 <= at) {
            let first = usize::try_from(region.start.1).ok().and_then(|column| row.get(column));
            if let Some(Some(value)) = first
                && region.start.0 == at
            {
                self.open.push((region, value.clone()));
            }
        }
        self.open.retain(|(region, _)| region.end.0 >= at);
        for (region, value) in &self.open {
            for column in region.start.1..=region.end.1 {
                super::open::put(row, column, Some(value.clone()));
            }
        }
    }

    /// Whether a region reaches down to row `at`, which has no cells of its own.
    pub(super) fn goes_on(&self, at: u32) -> bool {
        self.open.iter().any(|(region, _)| region.end.0 >= at)
    }
}
