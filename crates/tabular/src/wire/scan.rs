//! Finds where the values of a JSON text begin and end, without reading what they say.

use std::borrow::Cow;
use std::ops::Range;

use crate::limits::JSON_DEPTH_MAX;

/// Walks over one JSON text.
#[derive(Debug)]
pub(crate) struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
    first: bool,
}

/// What is wrong with the text, and at which byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) at: usize,
    pub(crate) problem: &'static str,
}

/// The place of a key, between its quotes.
#[derive(Debug)]
pub(crate) struct Key {
    range: Range<usize>,
    escaped: bool,
}

impl Key {
    /// The key that is meant.
    pub(crate) fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let inner = text.get(self.range.clone()).unwrap_or_default();
        if !self.escaped {
            return Cow::Borrowed(inner);
        }
        let quoted = text.get(self.range.start - 1..=self.range.end).unwrap_or_default();
        serde_json::from_str(quoted).map_or(Cow::Borrowed(inner), Cow::Owned)
    }
}

impl<'a> Scanner<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { bytes: text.as_bytes(), at: 0, first: true }
    }

    /// Steps over the brace that opens an object.
    pub(crate) fn open_object(&mut self) -> Result<(), Fault> {
        self.skip_space();
        self.first = true;
        self.expect(b'{', "expected `{`")
    }

    /// Steps over the bracket that opens an array.
    pub(crate) fn open_array(&mut self) -> Result<(), Fault> {
        self.skip_space();
        self.first = true;
        self.expect(b'[', "expected `[`")
    }

    /// The next key and the place of its value; `None` when the object ends.
    pub(crate) fn entry(&mut self) -> Result<Option<(Key, Range<usize>)>, Fault> {
        if !self.next_item(b'}', "expected `,` or `}`")? {
            return Ok(None);
        }
        let start = self.at + 1;
        let escaped = self.string("expected a key in quotes")?;
        let key = Key { range: start..self.at - 1, escaped };
        self.skip_space();
        self.expect(b':', "expected `:`")?;
        Ok(Some((key, self.value()?)))
    }

    /// The place of the next value; `None` when the array ends.
    pub(crate) fn item(&mut self) -> Result<Option<Range<usize>>, Fault> {
        if !self.next_item(b']', "expected `,` or `]`")? {
            return Ok(None);
        }
        self.value().map(Some)
    }

    /// Checks that nothing follows.
    pub(crate) fn end(&mut self) -> Result<(), Fault> {
        self.skip_space();
        if self.at == self.bytes.len() { Ok(()) } else { Err(self.fault("surplus text")) }
    }

    /// Steps over one value of any kind and gives its place.
    pub(crate) fn value(&mut self) -> Result<Range<usize>, Fault> {
        self.skip_space();
        let start = self.at;
        match self.peek() {
            Some(b'"') => {
                self.string("expected a value")?;
            }
            Some(b'{' | b'[') => self.nested()?,
            _ => self.scalar()?,
        }
        Ok(start..self.at)
    }

    fn next_item(&mut self, close: u8, problem: &'static str) -> Result<bool, Fault> {
        self.skip_space();
        if self.peek() == Some(close) {
            self.at += 1;
            return Ok(false);
        }
        if !std::mem::take(&mut self.first) {
            self.expect(b',', problem)?;
            self.skip_space();
        }
        Ok(true)
    }

    fn nested(&mut self) -> Result<(), Fault> {
        // One bit a level: whether it is an object.
        let mut levels: Vec<bool> = Vec::new();
        loop {
            self.skip_space();
            match self.peek() {
                Some(open @ (b'{' | b'[')) => {
                    if levels.len() >= JSON_DEPTH_MAX {
                        return Err(self.fault("nested too deep"));
                    }
                    self.at += 1;
                    levels.push(open == b'{');
                    self.skip_space();
                    if self.peek() != Some(if open == b'{' { b'}' } else { b']' }) {
                        if open == b'{' {
                            self.key()?;
                        }
                        continue;
                    }
                }
                Some(b'"') => {
                    self.string("expected a value")?;
                }
                Some(b'}' | b']') => return Err(self.fault("expected a value")),
                _ => self.scalar()?,
            }
            if self.close_levels(&mut levels)? {
                return Ok(());
            }
        }
    }

    /// Steps over what follows a value: brackets that close, or a comma and the next key.
    /// Gives true when all levels are closed.
    fn close_levels(&mut self, levels: &mut Vec<bool>) -> Result<bool, Fault> {
        while let Some(is_object) = levels.last().copied() {
            self.skip_space();
            match self.peek() {
                Some(b'}') if is_object => {}
                Some(b']') if !is_object => {}
                Some(b',') => {
                    self.at += 1;
                    if is_object {
                        self.skip_space();
                        self.key()?;
                    }
                    return Ok(false);
                }
                _ => return Err(self.fault("expected `,` or a closing bracket")),
            }
            self.at += 1;
            levels.pop();
        }
        Ok(true)
    }

    fn key(&mut self) -> Result<(), Fault> {
        self.string("expected a key in quotes")?;
        self.skip_space();
        self.expect(b':', "expected `:`")
    }

    /// Steps over a string; gives whether it holds escapes.
    fn string(&mut self, problem: &'static str) -> Result<bool, Fault> {
        self.expect(b'"', problem)?;
        let mut escaped = false;
        loop {
            let rest = self.bytes.get(self.at..).unwrap_or_default();
            let Some(step) = memchr::memchr2(b'"', b'\\', rest) else {
                return Err(self.fault("the string has no end"));
            };
            self.at += step + 1;
            if rest.get(step) == Some(&b'"') {
                return Ok(escaped);
            }
            escaped = true;
            self.at += 1;
        }
    }

    fn scalar(&mut self) -> Result<(), Fault> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let length = rest
            .iter()
            .position(|b| matches!(b, b',' | b'}' | b']' | b' ' | b'\t' | b'\r' | b'\n'))
            .unwrap_or(rest.len());
        let token = rest.get(..length).unwrap_or_default();
        if !is_scalar(token) {
            return Err(self.fault("expected a value"));
        }
        self.at += length;
        Ok(())
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    fn expect(&mut self, byte: u8, problem: &'static str) -> Result<(), Fault> {
        if self.peek() != Some(byte) {
            return Err(self.fault(problem));
        }
        self.at += 1;
        Ok(())
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn fault(&self, problem: &'static str) -> Fault {
        Fault { at: self.at.min(self.bytes.len()), problem }
    }
}

fn is_scalar(token: &[u8]) -> bool {
    match token {
        b"null" | b"true" | b"false" | b"NaN" | b"Infinity" | b"-Infinity" => true,
        [b'-', digits @ ..] | digits => is_number(digits),
    }
}

/// Whole digits without leading zeros, then an optional fraction and exponent.
fn is_number(digits: &[u8]) -> bool {
    let whole = count_digits(digits);
    let (integer, rest) = digits.split_at(whole);
    if integer.is_empty() || (integer.len() > 1 && integer.first() == Some(&b'0')) {
        return false;
    }
    let rest = match rest {
        [b'.', fraction @ ..] => {
            let length = count_digits(fraction);
            if length == 0 {
                return false;
            }
            fraction.get(length..).unwrap_or_default()
        }
        rest => rest,
    };
    match rest {
        [] => true,
        [b'e' | b'E', exponent @ ..] => {
            let exponent = match exponent {
                [b'+' | b'-', digits @ ..] => digits,
                digits => digits,
            };
            !exponent.is_empty() && count_digits(exponent) == exponent.len()
        }
        _ => false,
    }
}

fn count_digits(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|b| b.is_ascii_digit()).count()
}
