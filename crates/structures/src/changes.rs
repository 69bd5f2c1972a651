//! Changes of rows that lie over a view, so that a command sees what was written before it.

mod order;

use std::collections::BTreeMap;
use std::iter::Peekable;
use std::ops::Bound;

use bytes::Bytes;

use crate::limits;
use crate::view::{Direction, Row, View, ViewError};

/// Rows to write (`Some`) and to delete (`None`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes(BTreeMap<Bytes, Option<Bytes>>);

impl Changes {
    pub fn put(&mut self, key: Bytes, value: Bytes) {
        self.0.insert(key, Some(value));
    }

    pub fn delete(&mut self, key: Bytes) {
        self.0.insert(key, None);
    }

    /// Writes or deletes a row, and gives what these changes said of it before.
    pub(crate) fn replace(&mut self, key: Bytes, value: Option<Bytes>) -> Option<Option<Bytes>> {
        self.0.insert(key, value)
    }

    /// Lets these changes say of a row what [`Self::replace`] gave.
    pub(crate) fn restore(&mut self, key: Bytes, before: Option<Option<Bytes>>) {
        match before {
            Some(value) => self.0.insert(key, value),
            None => self.0.remove(&key),
        };
    }

    /// What these changes say of one row: nothing, that it is gone, or its value.
    #[must_use]
    pub fn get(&self, key: &[u8]) -> Option<&Option<Bytes>> {
        self.0.get(key)
    }

    /// Lays later changes over these, the oldest first.
    pub fn absorb(&mut self, later: Vec<Self>) {
        let rows: usize = later.iter().map(Self::len).sum();
        let later = later.into_iter().flatten();
        if rows < self.len() / 8 {
            self.0.extend(later);
        } else {
            // Many are sorted at once sooner than each finds its place.
            let all = std::mem::take(&mut self.0).into_iter().chain(later).collect();
            self.0 = order::by_key(all).into_iter().collect();
        }
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The changed rows in the order of their keys.
    pub fn iter(&self) -> impl Iterator<Item = (&Bytes, &Option<Bytes>)> {
        self.0.iter()
    }
}

impl IntoIterator for Changes {
    type Item = (Bytes, Option<Bytes>);
    type IntoIter = std::collections::btree_map::IntoIter<Bytes, Option<Bytes>>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// A view with changes over it.
#[derive(Clone, Copy)]
pub struct Overlay<'a> {
    base: &'a dyn View,
    changes: &'a Changes,
}

impl<'a> Overlay<'a> {
    #[must_use]
    pub fn new(base: &'a dyn View, changes: &'a Changes) -> Self {
        Self { base, changes }
    }
}

impl std::fmt::Debug for Overlay<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Overlay").field("changes", &self.changes.len()).finish_non_exhaustive()
    }
}

impl View for Overlay<'_> {
    fn get(&self, key: &[u8]) -> Result<Option<Bytes>, ViewError> {
        match self.changes.get(key) {
            Some(changed) => Ok(changed.clone()),
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
        let range = (Bound::Included(from), Bound::Excluded(to));
        let mut changed = self.changes.0.range::<[u8], _>(range).peekable();
        if changed.peek().is_none() {
            return self.base.scan(from, to, direction, limit);
        }
        let base = Paged::new(self.base, from, to, direction, limit);
        match direction {
            Direction::Up => merge(base, changed, limit, |a, b| a < b),
            Direction::Down => {
                let changed = self.changes.0.range::<[u8], _>(range).rev().peekable();
                merge(base, changed, limit, |a, b| a > b)
            }
        }
    }
}

/// Walks both in order; where both have a key the change wins.
fn merge<'c>(
    mut base: Paged<'_>,
    mut changed: Peekable<impl Iterator<Item = (&'c Bytes, &'c Option<Bytes>)>>,
    limit: usize,
    before: fn(&Bytes, &Bytes) -> bool,
) -> Result<Vec<Row>, ViewError> {
    let mut rows = Vec::new();
    while rows.len() < limit {
        let below = base.peek()?;
        match (below, changed.peek()) {
            (None, None) => break,
            (Some((key, _)), Some((over, _))) if before(key, over) => rows.extend(base.next()),
            (Some(_), None) => rows.extend(base.next()),
            (below, Some(_)) => {
                let Some((key, value)) = changed.next() else { break };
                if below.is_some_and(|(hidden, _)| hidden == key) {
                    base.next();
                }
                rows.extend(value.clone().map(|value| (key.clone(), value)));
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

#[cfg(test)]
mod tests;
