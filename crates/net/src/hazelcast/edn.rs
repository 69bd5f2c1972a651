//! A reader of EDN, the notation of Clojure's data (<https://github.com/edn-format/edn>).

use std::iter::Peekable;
use std::str::Chars;

use crate::limits;

/// A value. Numbers that are not whole, characters, symbols and tags are kept as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Edn {
    Nil,
    Bool(bool),
    Number(i64),
    Text(String),
    /// Without the colon.
    Keyword(String),
    Other(String),
    /// A vector, list or set.
    Many(Vec<Edn>),
    Map(Vec<(Edn, Edn)>),
}

/// Where a text stops being EDN, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub(super) struct EdnError {
    line: usize,
    reason: &'static str,
}

/// Reads the one value in `text`.
pub(super) fn read(text: &str) -> Result<Edn, EdnError> {
    let mut reader = Reader { letters: text.chars().peekable(), line: 1, depth: 0 };
    let value = reader.value()?.ok_or_else(|| reader.wrong("there is no value"))?;
    match reader.value()? {
        None if reader.letters.peek().is_none() => Ok(value),
        _ => Err(reader.wrong("there is more than one value")),
    }
}

struct Reader<'a> {
    letters: Peekable<Chars<'a>>,
    line: usize,
    depth: usize,
}

impl Reader<'_> {
    /// The next value; nothing before a closing bracket or the end.
    fn value(&mut self) -> Result<Option<Edn>, EdnError> {
        loop {
            self.skip_blanks();
            let Some(letter) = self.letters.peek().copied() else { return Ok(None) };
            return Ok(Some(match letter {
                ')' | ']' | '}' => return Ok(None),
                '(' => Edn::Many(self.values(')')?),
                '[' => Edn::Many(self.values(']')?),
                '{' => self.map()?,
                '"' => self.text()?,
                '\\' => self.character()?,
                '#' => {
                    self.next();
                    match self.letters.peek() {
                        Some('{') => Edn::Many(self.values('}')?),
                        Some('_') => {
                            self.next();
                            self.nested(Self::value)?
                                .ok_or_else(|| self.wrong("`#_` leaves out nothing"))?;
                            continue;
                        }
                        _ => {
                            // A tag says how to take the value after it.
                            self.word()?;
                            self.nested(Self::value)?
                                .ok_or_else(|| self.wrong("a tag has no value"))?
                        }
                    }
                }
                _ => self.atom()?,
            }));
        }
    }

    fn values(&mut self, end: char) -> Result<Vec<Edn>, EdnError> {
        self.next();
        let mut values = Vec::new();
        while let Some(value) = self.nested(Self::value)? {
            values.push(value);
        }
        match self.next() {
            Some(letter) if letter == end => Ok(values),
            _ => Err(self.wrong("a bracket is not closed")),
        }
    }

    fn map(&mut self) -> Result<Edn, EdnError> {
        let values = self.values('}')?;
        let mut pairs = Vec::new();
        let mut values = values.into_iter();
        while let Some(key) = values.next() {
            let value = values.next().ok_or_else(|| self.wrong("a key has no value"))?;
            if pairs.iter().any(|(other, _)| *other == key) {
                return Err(self.wrong("a key stands twice in a map"));
            }
            pairs.push((key, value));
        }
        Ok(Edn::Map(pairs))
    }

    fn text(&mut self) -> Result<Edn, EdnError> {
        self.next();
        let mut text = String::new();
        loop {
            match self.next() {
                None => return Err(self.wrong("a text is not closed")),
                Some('"') => return Ok(Edn::Text(text)),
                Some('\\') => text.push(match self.next() {
                    Some('n') => '\n',
                    Some('t') => '\t',
                    Some('r') => '\r',
                    Some('b') => '\u{8}',
                    Some('f') => '\u{c}',
                    Some('u') => self.code_point()?,
                    Some(letter @ ('"' | '\\')) => letter,
                    _ => return Err(self.wrong("a backslash stands before an unknown letter")),
                }),
                Some(letter) => text.push(letter),
            }
        }
    }

    fn code_point(&mut self) -> Result<char, EdnError> {
        let digits = (0..4).map(|_| self.next()?.to_digit(16)).collect::<Option<Vec<u32>>>();
        let number = digits.map(|digits| digits.iter().fold(0, |sum, digit| sum * 16 + digit));
        let letter = number.and_then(char::from_u32);
        letter.ok_or_else(|| self.wrong("`\\u` stands before four hexadecimal digits"))
    }

    fn character(&mut self) -> Result<Edn, EdnError> {
        self.next();
        let first = self.next().ok_or_else(|| self.wrong("a character is missing"))?;
        let rest = self.word_or_nothing();
        Ok(Edn::Other(format!("\\{first}{rest}")))
    }

    fn atom(&mut self) -> Result<Edn, EdnError> {
        let word = self.word()?;
        Ok(match word.as_str() {
            "nil" => Edn::Nil,
            "true" => Edn::Bool(true),
            "false" => Edn::Bool(false),
            _ => match (word.strip_prefix(':'), word.trim_end_matches('N').parse()) {
                (Some(""), _) => return Err(self.wrong("a keyword has no name")),
                (Some(name), _) => Edn::Keyword(name.to_owned()),
                (None, Ok(number)) => Edn::Number(number),
                (None, Err(_)) => Edn::Other(word),
            },
        })
    }

    fn word(&mut self) -> Result<String, EdnError> {
        let word = self.word_or_nothing();
        if word.is_empty() {
            return Err(self.wrong("a letter stands where a value begins"));
        }
        Ok(word)
    }

    fn word_or_nothing(&mut self) -> String {
        let ends = |c: char| {
            c.is_whitespace() || matches!(c, ',' | ';' | '"' | '(' | ')' | '[' | ']' | '{' | '}')
        };
        let mut word = String::new();
        while let Some(letter) = self.letters.next_if(|letter| !ends(*letter)) {
            word.push(letter);
        }
        word
    }

    fn skip_blanks(&mut self) {
        while let Some(letter) = self.letters.peek() {
            match letter {
                ';' => while self.letters.next_if(|letter| *letter != '\n').is_some() {},
                ',' => {
                    self.next();
                }
                letter if letter.is_whitespace() => {
                    self.next();
                }
                _ => return,
            }
        }
    }

    /// What `read` reads, one level deeper.
    fn nested<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, EdnError>,
    ) -> Result<T, EdnError> {
        if self.depth >= limits::EDN_DEPTH_MAX {
            return Err(self.wrong("values are nested too deeply"));
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    fn next(&mut self) -> Option<char> {
        let letter = self.letters.next();
        self.line += usize::from(letter == Some('\n'));
        letter
    }

    fn wrong(&self, reason: &'static str) -> EdnError {
        EdnError { line: self.line, reason }
    }
}

#[cfg(test)]
mod tests;
