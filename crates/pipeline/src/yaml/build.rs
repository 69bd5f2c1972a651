//! From nodes to JSON: scalars resolved, mappings merged, aliases written out, all of it counted.

use std::rc::Rc;

use model::{Json, Map, python};

use super::scalar::{self, Type};
use super::tree::{Data, Node};
use super::{At, Document, LoadError, Warning, limits};

const CORE: &str = "tag:yaml.org,2002:";

/// The value of the tree below `root`.
pub(super) fn build(root: &Node) -> Result<Document, LoadError> {
    let mut builder = Builder::default();
    let value = builder.value(root, 0)?;
    Ok(Document { value, warnings: builder.warnings })
}

#[derive(Default)]
struct Builder {
    values: usize,
    bytes: usize,
    warnings: Vec<Warning>,
}

/// The key and the value of a mapping, and whether they came by `<<`.
struct Entry<'a> {
    key: &'a Node,
    value: &'a Node,
    merged: bool,
}

impl Builder {
    fn value(&mut self, node: &Node, depth: usize) -> Result<Json, LoadError> {
        if depth > limits::DEPTH_MAX {
            return Err(LoadError::Depth { at: node.at, max: limits::DEPTH_MAX });
        }
        match &node.data {
            Data::Scalar { text, plain } => self.scalar(node, text, *plain),
            Data::Sequence(items) => {
                self.count(node.at, 0)?;
                check_tag(node, "seq")?;
                items.iter().map(|item| self.value(item, depth + 1)).collect()
            }
            Data::Mapping(pairs) => {
                self.count(node.at, 0)?;
                check_tag(node, "map")?;
                self.mapping(pairs, depth)
            }
        }
    }

    fn scalar(&mut self, node: &Node, text: &str, plain: bool) -> Result<Json, LoadError> {
        self.count(node.at, text.len())?;
        let digits = text.len();
        let tag = type_of(node, text, plain)?;
        if tag == Type::Int && digits > limits::INTEGER_DIGITS_MAX {
            let max = limits::INTEGER_DIGITS_MAX;
            return Err(LoadError::Integer { at: node.at, digits, max });
        }
        match scalar::construct(tag, text) {
            Some(Json::String(word)) if tag == Type::Float => {
                self.warn(node.at, format!("JSON has no number `{text}`: read as text `{word}`"));
                Ok(Json::String(word))
            }
            Some(value) => Ok(value),
            // What only looks like a number or a day stays the text that it is.
            None if node.tag.is_none() => Ok(Json::String(text.to_owned())),
            None => Err(LoadError::Value {
                at: node.at,
                tag: node.tag.clone().unwrap_or_default(),
                text: text.to_owned(),
            }),
        }
    }

    fn mapping(&mut self, pairs: &[(Rc<Node>, Rc<Node>)], depth: usize) -> Result<Json, LoadError> {
        let mut own = Map::new();
        let mut map = Map::new();
        for Entry { key, value, merged } in self.entries(pairs, depth)? {
            let name = self.key(key)?;
            let value = self.value(value, depth + 1)?;
            if !merged && own.insert(name.clone(), Json::Null).is_some() {
                self.warn(key.at, format!("key `{name}` is repeated: the last one counts"));
            }
            map.insert(name, value);
        }
        Ok(Json::Object(map))
    }

    /// The entries of a mapping: those that `<<` brings first, so that its own ones win.
    fn entries<'a>(
        &mut self,
        pairs: &'a [(Rc<Node>, Rc<Node>)],
        depth: usize,
    ) -> Result<Vec<Entry<'a>>, LoadError> {
        let mut merged = Vec::new();
        let mut own = Vec::new();
        for (key, value) in pairs {
            if !is_merge(key)? {
                own.push(Entry { key, value, merged: false });
                continue;
            }
            match &value.data {
                Data::Mapping(_) => self.merge(value, depth, &mut merged)?,
                // Of several mappings the first one wins, so it is put in last.
                Data::Sequence(items) => {
                    for item in items.iter().rev() {
                        self.merge(item, depth, &mut merged)?;
                    }
                }
                Data::Scalar { .. } => return Err(LoadError::Merge { at: value.at }),
            }
        }
        merged.append(&mut own);
        Ok(merged)
    }

    fn merge<'a>(
        &mut self,
        node: &'a Node,
        depth: usize,
        into: &mut Vec<Entry<'a>>,
    ) -> Result<(), LoadError> {
        let Data::Mapping(pairs) = &node.data else {
            return Err(LoadError::Merge { at: node.at });
        };
        if depth > limits::DEPTH_MAX {
            return Err(LoadError::Depth { at: node.at, max: limits::DEPTH_MAX });
        }
        self.count(node.at, 0)?;
        for entry in self.entries(pairs, depth + 1)? {
            self.count(node.at, 0)?;
            into.push(Entry { merged: true, ..entry });
        }
        Ok(())
    }

    /// The text that Python's `json.dumps` makes of a key.
    fn key(&mut self, node: &Node) -> Result<String, LoadError> {
        let Data::Scalar { text, plain } = &node.data else {
            return Err(LoadError::Key { at: node.at });
        };
        let name = match self.scalar(node, text, *plain)? {
            Json::String(name) => name,
            Json::Number(number) => python::number_text(&number),
            other => other.to_string(),
        };
        if *plain && name != *text && matches!(name.as_str(), "true" | "false" | "null") {
            self.warn(node.at, format!("key `{text}` is read as `{name}`: quote it to keep it"));
        }
        Ok(name)
    }

    fn count(&mut self, at: At, bytes: usize) -> Result<(), LoadError> {
        self.values += 1;
        self.bytes += bytes;
        if self.values > limits::VALUES_MAX || self.bytes > limits::EXPANDED_BYTES_MAX {
            return Err(LoadError::Expansion {
                at,
                values: limits::VALUES_MAX,
                bytes: limits::EXPANDED_BYTES_MAX,
            });
        }
        Ok(())
    }

    fn warn(&mut self, at: At, text: String) {
        if self.warnings.len() < limits::WARNINGS_MAX {
            self.warnings.push(Warning { at, text });
        }
    }
}

fn is_merge(key: &Node) -> Result<bool, LoadError> {
    match &key.data {
        Data::Scalar { text, plain } => Ok(type_of(key, text, *plain)? == Type::Merge),
        Data::Sequence(_) | Data::Mapping(_) => Ok(false),
    }
}

/// The type that the tag of a scalar names, or that its text shows.
fn type_of(node: &Node, text: &str, plain: bool) -> Result<Type, LoadError> {
    match node.tag.as_deref() {
        None if plain => Ok(scalar::resolve(text)),
        None => Ok(Type::Text),
        Some("!") => Ok(scalar::resolve(text)),
        Some(tag) => tag
            .strip_prefix(CORE)
            .and_then(Type::named)
            .ok_or_else(|| LoadError::Tag { at: node.at, tag: tag.to_owned() }),
    }
}

fn check_tag(node: &Node, name: &str) -> Result<(), LoadError> {
    match node.tag.as_deref() {
        None | Some("!") => Ok(()),
        Some(tag) if tag.strip_prefix(CORE) == Some(name) => Ok(()),
        Some(tag) => Err(LoadError::Tag { at: node.at, tag: tag.to_owned() }),
    }
}
