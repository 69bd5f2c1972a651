//! One node of a counted tree and its bytes.
//!
//! Written by hand and read without copying: a leaf is read for every change of a list or a set.

use bytes::{BufMut, Bytes, BytesMut};

use crate::encoding::{VERSION, damaged};
use crate::kind::count;
use crate::limits;
use crate::rows::{self, letter};
use crate::view::{View, ViewError};

const LEAF: u8 = 0;
const INNER: u8 = 1;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Node {
    Leaf(Vec<Bytes>),
    Inner(Vec<Child>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Child {
    pub node: u64,
    /// Elements below it.
    pub count: u64,
    /// The first element below it, when the tree is sorted.
    pub first: Bytes,
}

pub(crate) fn key(id: u64, node: u64) -> Bytes {
    rows::of(id, letter::NODE).u64(node).end()
}

impl Node {
    pub(crate) fn read(view: &dyn View, id: u64, node: u64) -> Result<Self, ViewError> {
        let key = key(id, node);
        let bytes = view.get(&key)?.ok_or_else(|| damaged(&key, "the node is missing"))?;
        Self::decode(&bytes).ok_or_else(|| damaged(&key, "it is no node of a tree"))
    }

    pub(crate) fn encode(&self) -> Bytes {
        let mut bytes = BytesMut::with_capacity(limits::TREE_LEAF_BYTES_MAX);
        bytes.put_u8(VERSION);
        match self {
            Self::Leaf(elements) => {
                bytes.put_u8(LEAF);
                for element in elements {
                    put_number(&mut bytes, count(element.len()));
                    bytes.put_slice(element);
                }
            }
            Self::Inner(children) => {
                bytes.put_u8(INNER);
                for child in children {
                    put_number(&mut bytes, child.node);
                    put_number(&mut bytes, child.count);
                    put_number(&mut bytes, count(child.first.len()));
                    bytes.put_slice(&child.first);
                }
            }
        }
        bytes.freeze()
    }

    pub(crate) fn decode(bytes: &Bytes) -> Option<Self> {
        let [VERSION, tag, rest @ ..] = bytes.as_ref() else { return None };
        let mut rest = rest;
        match *tag {
            LEAF => {
                let mut elements = Vec::with_capacity(limits::TREE_LEAF_ELEMENTS_MAX + 1);
                while !rest.is_empty() {
                    elements.push(bytes.slice_ref(take_sized(&mut rest)?));
                }
                Some(Self::Leaf(elements))
            }
            INNER => {
                let mut children = Vec::with_capacity(limits::TREE_CHILDREN_MAX + 1);
                while !rest.is_empty() {
                    let node = take_number(&mut rest)?;
                    let count = take_number(&mut rest)?;
                    let first = bytes.slice_ref(take_sized(&mut rest)?);
                    children.push(Child { node, count, first });
                }
                Some(Self::Inner(children))
            }
            _ => None,
        }
    }

    /// Whether the node must be split.
    pub(crate) fn is_overfull(&self) -> bool {
        match self {
            Self::Leaf(elements) => {
                let bytes: usize = elements.iter().map(Bytes::len).sum();
                elements.len() > limits::TREE_LEAF_ELEMENTS_MAX
                    || (elements.len() > 1 && bytes > limits::TREE_LEAF_BYTES_MAX)
            }
            Self::Inner(children) => children.len() > limits::TREE_CHILDREN_MAX,
        }
    }
}

fn put_number(bytes: &mut BytesMut, number: u64) {
    let mut rest = number;
    loop {
        let [low, ..] = rest.to_le_bytes();
        rest >>= 7;
        if rest == 0 {
            bytes.put_u8(low & 0x7f);
            return;
        }
        bytes.put_u8(low | 0x80);
    }
}

fn take_number(rest: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (&byte, behind) = rest.split_first()?;
        *rest = behind;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

fn take_sized<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let len = usize::try_from(take_number(rest)?).ok()?;
    let (taken, behind) = rest.split_at_checked(len)?;
    *rest = behind;
    Some(taken)
}
