//! Changing a counted tree.

use bytes::Bytes;

use super::node::{Child, Node, key};
use super::{Order, Tree};
use crate::kind::{count, length};
use crate::view::ViewError;
use crate::work::Work;

impl Tree {
    /// Puts `element` before the one that has this index now.
    pub(crate) fn insert(
        &mut self,
        work: &mut Work<'_>,
        index: u64,
        element: Bytes,
    ) -> Result<(), ViewError> {
        self.root.len += 1;
        if self.root.len == 1 {
            self.root.node = self.make();
            self.write(work, self.root.node, Node::Leaf(vec![element]));
            return Ok(());
        }
        let parts = self.insert_below(work, self.root.node, index, element)?;
        if parts.len() > 1 {
            self.root.node = self.make();
            self.write(work, self.root.node, Node::Inner(parts));
        }
        Ok(())
    }

    /// Answers what the node is now: itself, or the two it was split into.
    fn insert_below(
        &mut self,
        work: &mut Work<'_>,
        number: u64,
        index: u64,
        element: Bytes,
    ) -> Result<Vec<Child>, ViewError> {
        let mut node = Node::read(work, self.id, number)?;
        let place = match &mut node {
            Node::Leaf(elements) => {
                let place = length(index).min(elements.len());
                elements.insert(place, element);
                place
            }
            Node::Inner(children) => {
                let (place, index) = child_at(children, index);
                let below = self.child(children, place)?.node;
                let parts = self.insert_below(work, below, index, element)?;
                children.splice(place..=place, parts);
                place
            }
        };
        if !node.is_overfull() {
            return Ok(vec![self.write(work, number, node)]);
        }
        let (first, second) = split(node, place);
        let other = self.make();
        Ok(vec![self.write(work, number, first), self.write(work, other, second)])
    }

    /// Puts another element in the place of the one at `index`. Only for a given order.
    pub(crate) fn replace(
        &mut self,
        work: &mut Work<'_>,
        index: u64,
        element: Bytes,
    ) -> Result<(), ViewError> {
        self.remove(work, index, 1)?;
        self.insert(work, index, element)
    }

    /// Removes `count` elements from `index` on.
    pub(crate) fn remove(
        &mut self,
        work: &mut Work<'_>,
        index: u64,
        count: u64,
    ) -> Result<(), ViewError> {
        let count = count.min(self.root.len.saturating_sub(index));
        if count == 0 {
            return Ok(());
        }
        self.root.len -= count;
        match self.remove_below(work, self.root.node, index, count)? {
            None => self.root.node = 0,
            Some(_) => self.lower(work)?,
        }
        Ok(())
    }

    /// Answers what is left of the node.
    fn remove_below(
        &mut self,
        work: &mut Work<'_>,
        number: u64,
        index: u64,
        removed: u64,
    ) -> Result<Option<Child>, ViewError> {
        let mut node = Node::read(work, self.id, number)?;
        let end = index + removed;
        let is_empty = match &mut node {
            Node::Leaf(elements) => {
                let end = length(end).min(elements.len());
                elements.drain(length(index).min(end)..end);
                elements.is_empty()
            }
            Node::Inner(children) => {
                let mut left = Vec::with_capacity(children.len());
                let mut start = 0;
                for child in children.drain(..) {
                    let next = start + child.count;
                    if next <= index || start >= end {
                        left.push(child);
                    } else {
                        let from = index.saturating_sub(start);
                        let until = end.min(next) - start;
                        left.extend(self.remove_below(work, child.node, from, until - from)?);
                    }
                    start = next;
                }
                *children = left;
                children.is_empty()
            }
        };
        if is_empty {
            work.delete(&key(self.id, number));
            return Ok(None);
        }
        Ok(Some(self.write(work, number, node)))
    }

    /// Removes topmost nodes that have a single child.
    fn lower(&mut self, work: &mut Work<'_>) -> Result<(), ViewError> {
        while let Node::Inner(children) = Node::read(work, self.id, self.root.node)? {
            let [only] = children.as_slice() else { break };
            work.delete(&key(self.id, self.root.node));
            self.root.node = only.node;
        }
        Ok(())
    }

    fn make(&mut self) -> u64 {
        self.root.made += 1;
        self.root.made
    }

    fn write(&self, work: &mut Work<'_>, number: u64, node: Node) -> Child {
        work.put_bytes(&key(self.id, number), &node.encode());
        let is_sorted = self.order == Order::Sorted;
        let (count, first) = match node {
            Node::Leaf(elements) => {
                (count(elements.len()), elements.into_iter().next().filter(|_| is_sorted))
            }
            Node::Inner(children) => {
                let count = children.iter().map(|child| child.count).sum();
                (count, children.into_iter().next().map(|child| child.first))
            }
        };
        Child { node: number, count, first: first.unwrap_or_default() }
    }
}

/// The child that takes a new element at `index`, and the index within it.
fn child_at(children: &[Child], index: u64) -> (usize, u64) {
    let mut rest = index;
    for (place, child) in children.iter().enumerate() {
        if rest <= child.count {
            return (place, rest);
        }
        rest -= child.count;
    }
    (children.len().saturating_sub(1), u64::MAX)
}

/// Splits an overfull node: behind the end when it grows there, so that full nodes stay full when
/// elements come in order; otherwise in the middle.
fn split(node: Node, grown_at: usize) -> (Node, Node) {
    match node {
        Node::Leaf(mut elements) => {
            let second = elements.split_off(split_place(elements.len(), grown_at));
            (Node::Leaf(elements), Node::Leaf(second))
        }
        Node::Inner(mut children) => {
            let second = children.split_off(split_place(children.len(), grown_at));
            (Node::Inner(children), Node::Inner(second))
        }
    }
}

fn split_place(len: usize, grown_at: usize) -> usize {
    let last = len.saturating_sub(1);
    match grown_at {
        0 => 1.min(last),
        place if place + 1 >= last => last,
        _ => len / 2,
    }
}
