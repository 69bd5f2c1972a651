//! What a client sends: commands as arrays of byte strings, or as lines that people type.
//!
//! Requests are a small part of the protocol, and strangers write them: so they are read here, with
//! a bound for everything and the texts of Redis for what is wrong, and without building frames.
//! A connection gives whatever it has read; complete commands come out without copies, and a
//! command that is cut goes on where the last read ended.

use bytes::{Bytes, BytesMut};

use crate::limits;

/// What was read and is no complete command yet.
#[derive(Debug, Default)]
pub(super) struct Input {
    buffer: BytesMut,
    /// Where the arguments that are complete begin and end.
    arguments: Vec<(usize, usize)>,
    /// Arguments that are still to come.
    missing: usize,
    /// The bytes of the next argument, when its head was read.
    length: Option<usize>,
    /// Everything in front of this is understood.
    at: usize,
    /// Bytes of the arguments so far.
    bytes: usize,
    is_trusted: bool,
}

/// Why a connection cannot be understood any more; the texts are those of Redis.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum ProtocolError {
    #[error("invalid multibulk length")]
    Count,
    #[error("too big mbulk count string")]
    CountTooLong,
    #[error("unauthenticated multibulk length")]
    StrangerCount,
    #[error("expected '$', got '{found}'")]
    NoHead { found: char },
    #[error("invalid bulk length")]
    Length,
    #[error("too big bulk count string")]
    LengthTooLong,
    #[error("unauthenticated bulk length")]
    StrangerLength,
    #[error("too big inline request")]
    LineTooLong,
    #[error("unbalanced quotes in request")]
    Quotes,
}

impl Input {
    /// From now on larger commands are taken, or no longer.
    pub(super) fn trust(&mut self, is_trusted: bool) {
        self.is_trusted = is_trusted;
    }

    /// Room for what is read next.
    pub(super) fn room(&mut self) -> &mut BytesMut {
        let end = self.length.map_or(0, |length| self.at + length + 2);
        let missing = end.saturating_sub(self.buffer.len());
        self.buffer.reserve(missing.clamp(limits::READ_BYTES, limits::READ_BYTES * 16));
        &mut self.buffer
    }

    /// Bytes that were read and belong to no command yet.
    pub(super) fn ahead(&self) -> usize {
        self.buffer.len()
    }

    /// The next complete command, its name first; none: more must be read.
    pub(super) fn next(&mut self) -> Result<Option<Vec<Bytes>>, ProtocolError> {
        loop {
            if self.missing == 0 {
                match self.buffer.first() {
                    None => return Ok(None),
                    Some(b'*') => {
                        if !self.count()? {
                            return Ok(None);
                        }
                        continue;
                    }
                    Some(_) => match self.line()? {
                        None => return Ok(None),
                        Some(words) if words.is_empty() => continue,
                        words => return Ok(words),
                    },
                }
            }
            if !self.argument()? {
                return Ok(None);
            }
            if self.missing == 0 {
                return Ok(Some(self.take()));
            }
        }
    }

    /// Reads how many arguments there are; an empty command is passed over.
    fn count(&mut self) -> Result<bool, ProtocolError> {
        let Some((from, to)) = self.head(ProtocolError::CountTooLong)? else { return Ok(false) };
        let count = self.number(from, to).ok_or(ProtocolError::Count)?;
        if count > i64::try_from(limits::ARGUMENTS_MAX).unwrap_or(i64::MAX) {
            return Err(ProtocolError::Count);
        }
        let count = usize::try_from(count).unwrap_or(0);
        if !self.is_trusted && count > limits::STRANGER_ARGUMENTS_MAX {
            return Err(ProtocolError::StrangerCount);
        }
        self.missing = count;
        if count == 0 {
            drop(self.take());
        }
        Ok(true)
    }

    /// Reads one argument; false: more must be read.
    fn argument(&mut self) -> Result<bool, ProtocolError> {
        let length = match self.length {
            Some(length) => length,
            None => {
                match self.buffer.get(self.at) {
                    None => return Ok(false),
                    Some(b'$') => {}
                    Some(found) => return Err(ProtocolError::NoHead { found: char::from(*found) }),
                }
                let head = self.head(ProtocolError::LengthTooLong)?;
                let Some((from, to)) = head else { return Ok(false) };
                let length = self.number(from, to).and_then(|number| usize::try_from(number).ok());
                let length = length.ok_or(ProtocolError::Length)?;
                if self.bytes.saturating_add(length) > limits::REQUEST_BYTES_MAX {
                    return Err(ProtocolError::Length);
                }
                if !self.is_trusted && length > limits::STRANGER_ARGUMENT_BYTES_MAX {
                    return Err(ProtocolError::StrangerLength);
                }
                self.length = Some(length);
                length
            }
        };
        // Two bytes end the argument; like Redis, nobody looks at them.
        if self.buffer.len() < self.at + length + 2 {
            return Ok(false);
        }
        self.arguments.push((self.at, self.at + length));
        self.at += length + 2;
        self.bytes += length;
        self.length = None;
        self.missing -= 1;
        Ok(true)
    }

    /// The command that is complete now.
    fn take(&mut self) -> Vec<Bytes> {
        let whole = self.buffer.split_to(self.at).freeze();
        self.at = 0;
        self.bytes = 0;
        self.arguments.drain(..).map(|(from, to)| whole.slice(from..to)).collect()
    }

    /// Where the number behind the first letter of a line begins and ends.
    fn head(&mut self, too_long: ProtocolError) -> Result<Option<(usize, usize)>, ProtocolError> {
        let rest = self.buffer.get(self.at..).unwrap_or_default();
        let Some(end) = memchr::memchr(b'\r', rest) else {
            return if rest.len() > limits::LINE_BYTES_MAX { Err(too_long) } else { Ok(None) };
        };
        if rest.len() < end + 2 {
            return Ok(None);
        }
        let line = (self.at + 1, self.at + end);
        self.at += end + 2;
        Ok(Some(line))
    }

    fn number(&self, from: usize, to: usize) -> Option<i64> {
        let digits = std::str::from_utf8(self.buffer.get(from..to)?).ok()?;
        digits.parse().ok()
    }

    /// Reads a command as people type it.
    fn line(&mut self) -> Result<Option<Vec<Bytes>>, ProtocolError> {
        let Some(end) = memchr::memchr(b'\n', &self.buffer) else {
            let is_too_long = self.buffer.len() > limits::LINE_BYTES_MAX;
            return if is_too_long { Err(ProtocolError::LineTooLong) } else { Ok(None) };
        };
        let line = self.buffer.split_to(end + 1).freeze();
        words(line.trim_ascii()).map(Some).ok_or(ProtocolError::Quotes)
    }
}

/// The words of a line; none when a quote is not closed, or something stands behind one.
fn words(line: &[u8]) -> Option<Vec<Bytes>> {
    let mut words = Vec::new();
    let mut rest = line.trim_ascii_start();
    while !rest.is_empty() {
        let mut word = Vec::new();
        rest = self::word(rest, &mut word)?;
        words.push(Bytes::from(word));
        rest = rest.trim_ascii_start();
    }
    Some(words)
}

/// Reads one word, and says what follows it.
fn word<'a>(mut rest: &'a [u8], word: &mut Vec<u8>) -> Option<&'a [u8]> {
    loop {
        rest = match rest {
            [] => return Some(rest),
            [letter, ..] if letter.is_ascii_whitespace() => return Some(rest),
            [b'"', quoted @ ..] => return behind_quote(double_quoted(quoted, word)?),
            [b'\'', quoted @ ..] => return behind_quote(single_quoted(quoted, word)?),
            [letter, after @ ..] => {
                word.push(*letter);
                after
            }
        };
    }
}

fn behind_quote(rest: &[u8]) -> Option<&[u8]> {
    rest.first().is_none_or(u8::is_ascii_whitespace).then_some(rest)
}

fn double_quoted<'a>(mut rest: &'a [u8], word: &mut Vec<u8>) -> Option<&'a [u8]> {
    loop {
        rest = match rest {
            [] => return None,
            [b'"', after @ ..] => return Some(after),
            [b'\\', b'x', high, low, after @ ..]
                if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() =>
            {
                let digit = |digit: u8| char::from(digit).to_digit(16).unwrap_or(0);
                word.push(u8::try_from(digit(*high) * 16 + digit(*low)).unwrap_or(0));
                after
            }
            [b'\\', letter, after @ ..] => {
                word.push(match letter {
                    b'n' => b'\n',
                    b'r' => b'\r',
                    b't' => b'\t',
                    b'b' => 8,
                    b'a' => 7,
                    other => *other,
                });
                after
            }
            [letter, after @ ..] => {
                word.push(*letter);
                after
            }
        };
    }
}

fn single_quoted<'a>(mut rest: &'a [u8], word: &mut Vec<u8>) -> Option<&'a [u8]> {
    loop {
        rest = match rest {
            [] => return None,
            [b'\'', after @ ..] => return Some(after),
            [b'\\', b'\'', after @ ..] => {
                word.push(b'\'');
                after
            }
            [letter, after @ ..] => {
                word.push(*letter);
                after
            }
        };
    }
}

#[cfg(test)]
mod tests;
