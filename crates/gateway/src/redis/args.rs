//! The arguments of one command, read from front to back.

use bytes::Bytes;

use super::error::ErrorReply;

/// What follows the name of a command.
#[derive(Debug)]
pub(super) struct Args(std::vec::IntoIter<Bytes>);

impl Args {
    pub(super) fn new(arguments: std::vec::IntoIter<Bytes>) -> Self {
        Self(arguments)
    }

    pub(super) fn left(&self) -> usize {
        self.0.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.left() == 0
    }

    pub(super) fn as_slice(&self) -> &[Bytes] {
        self.0.as_slice()
    }

    /// The next argument; without one the syntax is wrong.
    pub(super) fn bytes(&mut self) -> Result<Bytes, ErrorReply> {
        self.0.next().ok_or(ErrorReply::SYNTAX)
    }

    pub(super) fn rest(&mut self) -> Vec<Bytes> {
        self.0.by_ref().collect()
    }

    /// The next `count` arguments, if there are as many.
    pub(super) fn many(&mut self, count: usize) -> Option<Vec<Bytes>> {
        (count <= self.left()).then(|| self.0.by_ref().take(count).collect())
    }

    /// All that is left, two by two.
    pub(super) fn pairs(&mut self, name: &str) -> Result<Vec<(Bytes, Bytes)>, ErrorReply> {
        let mut pairs = Vec::with_capacity(self.left() / 2);
        while let Some(first) = self.0.next() {
            let second = self.0.next().ok_or_else(|| ErrorReply::arity(name))?;
            pairs.push((first, second));
        }
        Ok(pairs)
    }

    pub(super) fn integer(&mut self) -> Result<i64, ErrorReply> {
        integer(&self.bytes()?).ok_or(ErrorReply::NOT_AN_INTEGER)
    }

    /// A count that is not negative.
    pub(super) fn count(&mut self) -> Result<u64, ErrorReply> {
        let count = integer(&self.bytes()?).and_then(|count| u64::try_from(count).ok());
        count.ok_or(ErrorReply::NOT_POSITIVE)
    }

    /// The number of a database.
    pub(super) fn database(&mut self) -> Result<i32, ErrorReply> {
        i32::try_from(self.integer()?).map_err(|_| {
            ErrorReply::fixed(
                "ERR value is out of range, value must between -2147483648 and 2147483647",
            )
        })
    }

    pub(super) fn float(&mut self) -> Result<f64, ErrorReply> {
        float(&self.bytes()?).ok_or(ErrorReply::NOT_A_FLOAT)
    }

    /// Takes the next argument when it is this word, in letters of any size.
    pub(super) fn takes(&mut self, word: &str) -> bool {
        let is_it = self.next_is(word);
        if is_it {
            self.0.next();
        }
        is_it
    }

    pub(super) fn next_is(&self, word: &str) -> bool {
        self.as_slice().first().is_some_and(|next| next.eq_ignore_ascii_case(word.as_bytes()))
    }

    /// Nothing may follow.
    pub(super) fn end(&self) -> Result<(), ErrorReply> {
        if self.is_empty() { Ok(()) } else { Err(ErrorReply::SYNTAX) }
    }
}

/// Reads an integer as Redis does: no spaces, no plus sign, no zeros in front.
pub(super) fn integer(text: &[u8]) -> Option<i64> {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    let is_canonical = match digits {
        [b'0'] => text.len() == 1,
        [b'1'..=b'9', rest @ ..] => rest.iter().all(u8::is_ascii_digit),
        _ => false,
    };
    if !is_canonical {
        return None;
    }
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// Reads a double as Redis does: `3`, `-1.5e3`, `inf`; no spaces, no NaN, and nothing too large.
pub(super) fn float(text: &[u8]) -> Option<f64> {
    let number: f64 = std::str::from_utf8(text).ok()?.parse().ok()?;
    let says_infinite = text.iter().any(|letter| letter.eq_ignore_ascii_case(&b'i'));
    (!number.is_nan() && (number.is_finite() || says_infinite)).then_some(number)
}
