//! Reading a counted tree.

use bytes::Bytes;

use super::Tree;
use super::node::{Child, Node};
use crate::encoding::damaged;
use crate::kind::{count, length};
use crate::view::{View, ViewError};

/// Where an element stands in a sorted tree, or would stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Found {
    pub index: u64,
    pub is_there: bool,
}

impl Tree {
    pub(crate) fn at(&self, view: &dyn View, index: u64) -> Result<Option<Bytes>, ViewError> {
        Ok(self.range(view, index, 1)?.pop())
    }

    /// At most `count` elements from `index` on.
    pub(crate) fn range(
        &self,
        view: &dyn View,
        index: u64,
        count: u64,
    ) -> Result<Vec<Bytes>, ViewError> {
        let mut elements = Vec::new();
        let count = count.min(self.root.len.saturating_sub(index));
        if count > 0 {
            self.collect(view, self.root.node, (index, count), &mut elements)?;
        }
        Ok(elements)
    }

    fn collect(
        &self,
        view: &dyn View,
        node: u64,
        (index, wanted): (u64, u64),
        elements: &mut Vec<Bytes>,
    ) -> Result<(), ViewError> {
        match Node::read(view, self.id, node)? {
            Node::Leaf(found) => {
                let found = found.into_iter().skip(length(index)).take(length(wanted));
                elements.extend(found);
            }
            Node::Inner(children) => {
                let (mut start, end) = (0, index + wanted);
                for child in children {
                    let next = start + child.count;
                    if next > index && start < end {
                        let from = index.saturating_sub(start);
                        let until = end.min(next) - start;
                        self.collect(view, child.node, (from, until - from), elements)?;
                    }
                    start = next;
                }
            }
        }
        Ok(())
    }

    /// The place of `element` in a sorted tree: the number of smaller ones, and whether it is there.
    pub(crate) fn find(&self, view: &dyn View, element: &[u8]) -> Result<Found, ViewError> {
        if self.root.len == 0 {
            return Ok(Found { index: 0, is_there: false });
        }
        let (mut node, mut before) = (self.root.node, 0);
        loop {
            match Node::read(view, self.id, node)? {
                Node::Leaf(elements) => {
                    let place = elements.partition_point(|other| other.as_ref() < element);
                    let is_there = elements.get(place).is_some_and(|other| other == element);
                    return Ok(Found { index: before + count(place), is_there });
                }
                Node::Inner(children) => {
                    let next = children.partition_point(|child| child.first.as_ref() <= element);
                    let place = next.saturating_sub(1);
                    before += children.iter().take(place).map(|child| child.count).sum::<u64>();
                    node = self.child(&children, place)?.node;
                }
            }
        }
    }

    pub(super) fn child<'c>(
        &self,
        children: &'c [Child],
        place: usize,
    ) -> Result<&'c Child, ViewError> {
        let key = super::node::key(self.id, self.root.node);
        children.get(place).ok_or_else(|| damaged(&key, "a node has no children"))
    }
}
