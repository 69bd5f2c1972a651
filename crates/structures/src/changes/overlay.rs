//! A view with changes over it.

use std::iter::Peekable;

use bytes::Bytes;

use super::{Change, Changes, Rows};
use crate::limits;
use crate::view::{Direction, Row, View, ViewError};

/// A view with changes over it.
#[derive(Clone, Copy)]
pub struct Overlay<'a> {
    base: &'a dyn View,
    rows: &'a Rows,
    /// Without them a row is found by its order.
    changes: Option<&'a Changes>,
}

impl<'a> Overlay<'a> {
    #[must_use]
    pub fn new(base: &'a dyn View, changes: &'a Changes) -> Self {
        Self { base, rows: &changes.rows, changes: Some(changes) }
    }

    /// Lays rows over a view for who walks over both: to look for one of them takes longer.
    #[must_use]
    pub fn of_rows(base: &'a dyn View, rows: &'a Rows) -> Self {
        Self { base, rows, changes: None }
    }
}

impl std::fmt::Debug for Overlay<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Overlay").field("changes", &self.rows.len()).finish_non_exhaustive()
    }
}

impl View for Overlay<'_> {
    fn get(&self, key: &[u8]) -> Result<Option<Bytes>, ViewError> {
        let changed = match self.changes {
            Some(changes) => changes.get(key),
            None => self.rows.find(key),
        };
        match changed {
            Some(changed) => Ok(changed.shared_value()),
            None => self.base.get(key),
        }
    }

    fn scan(
        &self,
        from: &[u8],
        to: &[u8],
        direction: Direction,
        limit: usize,
    ) -> Result<Vec<Row>, ViewError> {
        if from >= to || limit == 0 {
            return Ok(Vec::new());
        }
        let order = self.rows.order();
        let mut changed = order.range(from, to).peekable();
        if changed.peek().is_none() {
            return self.base.scan(from, to, direction, limit);
        }
        let base = Paged::new(self.base, from, to, direction, limit);
        let row = |place: usize| self.rows.get(place);
        match direction {
            Direction::Up => merge(base, changed.filter_map(row).peekable(), limit, |a, b| a < b),
            Direction::Down => {
                let changed = order.range(from, to).rev().filter_map(row).peekable();
                merge(base, changed, limit, |a, b| a > b)
            }
        }
    }
}

/// Walks both in order; where both have a key the change wins.
fn merge<'c>(
    mut base: Paged<'_>,
    mut changed: Peekable<impl Iterator<Item = &'c Change>>,
    limit: usize,
    before: fn(&[u8], &[u8]) -> bool,
) -> Result<Vec<Row>, ViewError> {
    let mut rows = Vec::new();
    while rows.len() < limit {
        let below = base.peek()?;
        match (below, changed.peek()) {
            (None, None) => break,
            (Some((key, _)), Some(over)) if before(key, over.key()) => rows.extend(base.next()),
            (Some(_), None) => rows.extend(base.next()),
            (below, Some(_)) => {
                let Some(over) = changed.next() else { break };
                if below.is_some_and(|(hidden, _)| hidden == over.key()) {
                    base.next();
                }
                rows.extend(over.shared_value().map(|value| (over.shared_key(), value)));
            }
        }
    }
    Ok(rows)
}

/// The rows of a range of a view, read in pages: how many are hidden is not known beforehand.
struct Paged<'a> {
    view: &'a dyn View,
    from: Vec<u8>,
    to: Vec<u8>,
    direction: Direction,
    page_rows: usize,
    page: std::collections::VecDeque<Row>,
    is_last: bool,
}

impl<'a> Paged<'a> {
    fn new(view: &'a dyn View, from: &[u8], to: &[u8], direction: Direction, limit: usize) -> Self {
        Self {
            view,
            from: from.to_vec(),
            to: to.to_vec(),
            direction,
            page_rows: limit.clamp(1, limits::ROWS_AT_ONCE),
            page: std::collections::VecDeque::new(),
            is_last: false,
        }
    }

    fn peek(&mut self) -> Result<Option<&Row>, ViewError> {
        if self.page.is_empty() && !self.is_last {
            let rows = self.view.scan(&self.from, &self.to, self.direction, self.page_rows)?;
            self.is_last = rows.len() < self.page_rows;
            if let Some((key, _)) = rows.last() {
                match self.direction {
                    Direction::Up => self.from = [key.as_ref(), &[0]].concat(),
                    Direction::Down => self.to = key.to_vec(),
                }
            }
            self.page = rows.into();
        }
        Ok(self.page.front())
    }

    /// The row that was peeked at.
    fn next(&mut self) -> Option<Row> {
        self.page.pop_front()
    }
}
