//! Reads format strings.

use std::iter::Peekable;
use std::str::Chars;

use super::{Access, Piece, Replacement};

/// What is wrong with a format string.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    #[error("`{text}` has a single `{brace}`; write `{brace}{brace}` for the character itself")]
    SingleBrace { text: String, brace: char },
    #[error("`{text}` has a `{{}}` that names no field")]
    NoName { text: String },
    #[error("`{text}` has the conversion `!{conversion}`; there are `!s`, `!r` and `!a`")]
    Conversion { text: String, conversion: String },
    #[error("`{text}` has a `[` without its `]`, or something after the `]`")]
    Bracket { text: String },
    #[error("`{text}` has fields inside fields inside fields")]
    Depth { text: String },
}

/// The pieces of `text`.
pub(super) fn pieces(text: &str) -> Result<Vec<Piece>, ParseError> {
    let mut parser = Parser { text, rest: text.chars().peekable() };
    parser.pieces(0)
}

/// How deep replacement fields may be inside each other: a format may have fields itself.
const DEPTH_MAX: usize = 2;

struct Parser<'a> {
    text: &'a str,
    rest: Peekable<Chars<'a>>,
}

impl Parser<'_> {
    /// Pieces up to the end, or, inside a field, up to its closing brace.
    fn pieces(&mut self, depth: usize) -> Result<Vec<Piece>, ParseError> {
        if depth > DEPTH_MAX {
            return Err(ParseError::Depth { text: self.text.to_owned() });
        }
        let mut pieces = Vec::new();
        let mut literal = String::new();
        while let Some(c) = self.rest.next_if(|c| depth == 0 || *c != '}') {
            match c {
                // Inside a format two braces are no escape.
                '{' | '}' if depth == 0 && self.rest.next_if_eq(&c).is_some() => literal.push(c),
                '{' => {
                    if !literal.is_empty() {
                        pieces.push(Piece::Literal(std::mem::take(&mut literal)));
                    }
                    pieces.push(Piece::Field(self.replacement(depth)?));
                }
                '}' => return Err(self.single('}')),
                other => literal.push(other),
            }
        }
        if !literal.is_empty() {
            pieces.push(Piece::Literal(literal));
        }
        Ok(pieces)
    }

    /// A replacement field whose opening brace was read, with its closing one.
    fn replacement(&mut self, depth: usize) -> Result<Replacement, ParseError> {
        let mut name = String::new();
        let mut in_bracket = false;
        while let Some(c) = self.rest.next_if(|c| in_bracket || !matches!(c, '!' | ':' | '}' | '{'))
        {
            in_bracket = match c {
                '[' => true,
                ']' => false,
                _ => in_bracket,
            };
            name.push(c);
        }
        let conversion = match self.rest.next_if_eq(&'!') {
            Some(_) => Some(self.conversion()?),
            None => None,
        };
        let spec = match self.rest.next_if_eq(&':') {
            Some(_) => self.pieces(depth + 1)?,
            None => Vec::new(),
        };
        if self.rest.next() != Some('}') {
            return Err(self.single('{'));
        }
        let (field, path) = self.access(&name)?;
        Ok(Replacement { field, path, conversion, spec })
    }

    fn conversion(&mut self) -> Result<char, ParseError> {
        let mut conversion = String::new();
        while let Some(c) = self.rest.next_if(|c| !matches!(c, ':' | '}')) {
            conversion.push(c);
        }
        match conversion.as_str() {
            "s" => Ok('s'),
            "r" | "a" => Ok('r'),
            _ => Err(ParseError::Conversion { text: self.text.to_owned(), conversion }),
        }
    }

    /// Splits `name.attribute[key]`.
    fn access(&self, name: &str) -> Result<(String, Vec<Access>), ParseError> {
        let end = name.find(['.', '[']).unwrap_or(name.len());
        let (field, mut rest) = name.split_at(end);
        if field.is_empty() {
            return Err(ParseError::NoName { text: self.text.to_owned() });
        }
        let bracket = || ParseError::Bracket { text: self.text.to_owned() };
        let mut path = Vec::new();
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix('.') {
                let end = after.find(['.', '[']).unwrap_or(after.len());
                let (attribute, tail) = after.split_at(end);
                path.push(Access::Attribute(attribute.to_owned()));
                rest = tail;
            } else {
                let after = rest.strip_prefix('[').ok_or_else(bracket)?;
                let (key, tail) = after.split_once(']').ok_or_else(bracket)?;
                path.push(Access::Key(key.to_owned()));
                rest = tail;
            }
        }
        Ok((field.to_owned(), path))
    }

    fn single(&self, brace: char) -> ParseError {
        ParseError::SingleBrace { text: self.text.to_owned(), brace }
    }
}
