//! Changed rows as they came, and their order when somebody walks over them.

use std::sync::{PoisonError, RwLock, RwLockReadGuard};

use super::Change;
use super::order::{self, Order};

/// Changed rows, one for each key, in the order in which their keys came first.
///
/// They have places, counted from 0. Who adds a row knows that there is none of its key yet.
#[derive(Debug, Default)]
pub struct Rows {
    all: Vec<Change>,
    /// Of most rows nobody ever needs it.
    order: RwLock<Order>,
}

impl Rows {
    /// Adds a row, and gives its place.
    pub fn push(&mut self, row: Change) -> usize {
        self.all.push(row);
        self.all.len() - 1
    }

    /// Replaces a row by a newer form of it, and gives the older one.
    ///
    /// # Panics
    ///
    /// If `place` is none that [`Self::push`] gave: a row would be lost.
    pub fn replace(&mut self, place: usize, row: Change) -> Change {
        let held = self.all.get_mut(place).expect("rows keep the places that they were given");
        std::mem::replace(held, row)
    }

    /// Removes the row that was added last.
    pub(super) fn pop(&mut self) {
        let Some(last) = self.all.pop() else { return };
        let order = self.order.get_mut().unwrap_or_else(PoisonError::into_inner);
        order.forget(last.key(), self.all.len());
    }

    #[must_use]
    pub fn get(&self, place: usize) -> Option<&Change> {
        self.all.get(place)
    }

    /// What these rows say of a key, by their order.
    pub(super) fn find(&self, key: &[u8]) -> Option<&Change> {
        let place = self.order().place(key)?;
        self.get(place)
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// As their keys came first.
    pub fn iter(&self) -> std::slice::Iter<'_, Change> {
        self.all.iter()
    }

    /// In the order of their keys.
    #[must_use]
    pub fn in_order(&self) -> Vec<&Change> {
        order::by_key(&self.all)
    }

    /// The order of all rows.
    pub(super) fn order(&self) -> RwLockReadGuard<'_, Order> {
        loop {
            let order = self.order.read().unwrap_or_else(PoisonError::into_inner);
            if order.is_of(&self.all) {
                return order;
            }
            drop(order);
            let mut order = self.order.write().unwrap_or_else(PoisonError::into_inner);
            order.catch_up(&self.all);
        }
    }
}

impl IntoIterator for Rows {
    type Item = Change;
    type IntoIter = std::vec::IntoIter<Change>;

    fn into_iter(self) -> Self::IntoIter {
        self.all.into_iter()
    }
}
