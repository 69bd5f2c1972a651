//! From parser events to a tree of nodes in which an alias shares the node that it names.

use std::collections::BTreeMap;
use std::rc::Rc;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Tag};

use super::{At, LoadError, limits};

/// One value as it is written.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) at: At,
    /// In full: `tag:yaml.org,2002:str`, `!mine`.
    pub(super) tag: Option<String>,
    pub(super) data: Data,
}

#[derive(Debug)]
pub(super) enum Data {
    Scalar { text: String, plain: bool },
    Sequence(Vec<Rc<Node>>),
    Mapping(Vec<(Rc<Node>, Rc<Node>)>),
}

/// Reads the one document of `text`; nothing when there is none.
pub(super) fn parse(text: &str) -> Result<Option<Rc<Node>>, LoadError> {
    let mut tree = Tree::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| {
            let at = place(*error.marker());
            match error.info() {
                // The parser looks ahead and has a limit of its own.
                "recursion limit exceeded" => LoadError::Depth { at, max: limits::DEPTH_MAX },
                reason => LoadError::Syntax { at, reason: reason.to_owned() },
            }
        })?;
        tree.take(event, place(span.start))?;
    }
    Ok(tree.root)
}

fn place(marker: Marker) -> At {
    At { line: marker.line(), column: marker.col() + 1 }
}

#[derive(Default)]
struct Tree {
    documents: usize,
    open: Vec<Open>,
    anchors: BTreeMap<usize, Rc<Node>>,
    root: Option<Rc<Node>>,
}

/// A list or a mapping whose end has not come yet.
struct Open {
    at: At,
    tag: Option<String>,
    anchor: usize,
    /// Of a mapping: key, value, key, value.
    items: Vec<Rc<Node>>,
}

impl Tree {
    fn take(&mut self, event: Event<'_>, at: At) -> Result<(), LoadError> {
        match event {
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    return Err(LoadError::Documents { at });
                }
            }
            Event::Alias(anchor) => {
                // An anchor is known from the end of its node on; before, the alias is inside.
                let node = self.anchors.get(&anchor).ok_or(LoadError::Recursive { at })?;
                self.put(Rc::clone(node));
            }
            Event::Scalar(text, style, anchor, tag) => {
                let plain = matches!(style, ScalarStyle::Plain);
                let data = Data::Scalar { text: text.into_owned(), plain };
                self.finish(anchor, Node { at, tag: tag.as_deref().map(full_tag), data });
            }
            Event::SequenceStart(anchor, tag) | Event::MappingStart(anchor, tag) => {
                if self.open.len() >= limits::DEPTH_MAX {
                    return Err(LoadError::Depth { at, max: limits::DEPTH_MAX });
                }
                let tag = tag.as_deref().map(full_tag);
                self.open.push(Open { at, tag, anchor, items: Vec::new() });
            }
            Event::SequenceEnd => self.close(Data::Sequence),
            Event::MappingEnd => self.close(|items| Data::Mapping(pairs(items))),
        }
        Ok(())
    }

    fn close(&mut self, data: impl FnOnce(Vec<Rc<Node>>) -> Data) {
        let Open { at, tag, anchor, items } =
            self.open.pop().expect("the parser ends only what it has begun");
        self.finish(anchor, Node { at, tag, data: data(items) });
    }

    fn finish(&mut self, anchor: usize, node: Node) {
        let node = Rc::new(node);
        if anchor > 0 {
            self.anchors.insert(anchor, Rc::clone(&node));
        }
        self.put(node);
    }

    fn put(&mut self, node: Rc<Node>) {
        match self.open.last_mut() {
            Some(open) => open.items.push(node),
            None => self.root = Some(node),
        }
    }
}

fn pairs(items: Vec<Rc<Node>>) -> Vec<(Rc<Node>, Rc<Node>)> {
    let mut pairs = Vec::with_capacity(items.len() / 2);
    let mut items = items.into_iter();
    while let (Some(key), Some(value)) = (items.next(), items.next()) {
        pairs.push((key, value));
    }
    pairs
}

fn full_tag(tag: &Tag) -> String {
    format!("{}{}", tag.handle, tag.suffix)
}
