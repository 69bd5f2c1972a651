//! What a client gets: replies in the two versions of the protocol.

use bytes::{BufMut, Bytes, BytesMut};

use super::error::ErrorReply;

/// The version of the protocol that a connection speaks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Protocol {
    #[default]
    Resp2,
    Resp3,
}

/// A reply that is put together before it is printed; data is printed without one.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Reply {
    Simple(&'static str),
    Error(ErrorReply),
    Integer(i64),
    Text(String),
    /// A simple text that is put together.
    Line(String),
    Bulk(Bytes),
    /// A text that is shown as it is.
    Verbatim(String),
    Nil,
    NilArray,
    Array(Vec<Self>),
    Map(Vec<(Self, Self)>),
    Set(Vec<Self>),
    Push(Vec<Self>),
}

impl Reply {
    pub(super) const OK: Self = Self::Simple("OK");

    pub(super) fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    pub(super) fn count(count: usize) -> Self {
        Self::Integer(i64::try_from(count).unwrap_or(i64::MAX))
    }

    pub(super) fn unsigned(number: u64) -> Self {
        Self::Integer(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

/// Prints replies into a buffer.
#[derive(Debug, Default)]
pub(super) struct Printer {
    out: BytesMut,
    pub(super) protocol: Protocol,
}

impl Printer {
    /// What was printed and not yet taken.
    pub(super) fn out(&mut self) -> &mut BytesMut {
        &mut self.out
    }

    pub(super) fn reply(&mut self, reply: &Reply) {
        match reply {
            Reply::Simple(text) => self.simple(text),
            Reply::Error(error) => self.error(error),
            Reply::Integer(number) => self.integer(*number),
            Reply::Line(text) => self.simple(text),
            Reply::Text(text) => self.bulk(text.as_bytes()),
            Reply::Bulk(bytes) => self.bulk(bytes),
            Reply::Verbatim(text) => self.verbatim(text),
            Reply::Nil => self.nil(),
            Reply::NilArray => self.nil_array(),
            Reply::Array(items) => {
                self.array(items.len());
                self.replies(items);
            }
            Reply::Set(items) => {
                self.set(items.len());
                self.replies(items);
            }
            Reply::Push(items) => {
                self.push(items.len());
                self.replies(items);
            }
            Reply::Map(pairs) => {
                self.map(pairs.len());
                for (key, value) in pairs {
                    self.reply(key);
                    self.reply(value);
                }
            }
        }
    }

    fn replies(&mut self, replies: &[Reply]) {
        for reply in replies {
            self.reply(reply);
        }
    }

    pub(super) fn simple(&mut self, text: &str) {
        self.out.put_u8(b'+');
        self.out.put_slice(text.as_bytes());
        self.end();
    }

    pub(super) fn ok(&mut self) {
        self.out.put_slice(b"+OK\r\n");
    }

    pub(super) fn error(&mut self, ErrorReply(text): &ErrorReply) {
        self.out.put_u8(b'-');
        // A line end would begin another reply.
        let line =
            text.bytes().map(|letter| if matches!(letter, b'\r' | b'\n') { b' ' } else { letter });
        self.out.extend(line);
        self.end();
    }

    pub(super) fn integer(&mut self, number: i64) {
        self.head(b':', number);
    }

    pub(super) fn bulk(&mut self, bytes: &[u8]) {
        self.count(b'$', bytes.len());
        self.out.put_slice(bytes);
        self.end();
    }

    pub(super) fn optional(&mut self, bytes: Option<&Bytes>) {
        match bytes {
            Some(bytes) => self.bulk(bytes),
            None => self.nil(),
        }
    }

    fn verbatim(&mut self, text: &str) {
        match self.protocol {
            Protocol::Resp2 => self.bulk(text.as_bytes()),
            Protocol::Resp3 => {
                self.count(b'=', text.len() + 4);
                self.out.put_slice(b"txt:");
                self.out.put_slice(text.as_bytes());
                self.end();
            }
        }
    }

    pub(super) fn nil(&mut self) {
        self.out.put_slice(match self.protocol {
            Protocol::Resp2 => b"$-1\r\n",
            Protocol::Resp3 => b"_\r\n",
        });
    }

    pub(super) fn nil_array(&mut self) {
        self.out.put_slice(match self.protocol {
            Protocol::Resp2 => b"*-1\r\n",
            Protocol::Resp3 => b"_\r\n",
        });
    }

    pub(super) fn array(&mut self, items: usize) {
        self.count(b'*', items);
    }

    pub(super) fn set(&mut self, items: usize) {
        self.count(if self.protocol == Protocol::Resp2 { b'*' } else { b'~' }, items);
    }

    pub(super) fn push(&mut self, items: usize) {
        self.count(if self.protocol == Protocol::Resp2 { b'*' } else { b'>' }, items);
    }

    /// Begins a map of so many keys with values.
    pub(super) fn map(&mut self, pairs: usize) {
        match self.protocol {
            Protocol::Resp2 => self.count(b'*', pairs * 2),
            Protocol::Resp3 => self.count(b'%', pairs),
        }
    }

    pub(super) fn double(&mut self, number: f64) {
        let text = double(number);
        match self.protocol {
            Protocol::Resp2 => self.bulk(text.as_bytes()),
            Protocol::Resp3 => {
                self.out.put_u8(b',');
                self.out.put_slice(text.as_bytes());
                self.end();
            }
        }
    }

    fn count(&mut self, letter: u8, count: usize) {
        self.head(letter, i64::try_from(count).unwrap_or(i64::MAX));
    }

    fn head(&mut self, letter: u8, number: i64) {
        self.out.put_u8(letter);
        self.out.put_slice(itoa::Buffer::new().format(number).as_bytes());
        self.end();
    }

    fn end(&mut self) {
        self.out.put_slice(b"\r\n");
    }
}

/// A double with 17 significant digits at most, as `printf` writes it by `%.17g`.
pub(super) fn double(number: f64) -> String {
    if number.is_infinite() {
        return if number > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    let scientific = format!("{number:.16e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if !(-4..17).contains(&exponent) {
        let mantissa = without_zeros(mantissa);
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{mantissa}e{sign}{:02}", exponent.abs());
    }
    let decimals = usize::try_from(16 - exponent).unwrap_or(0);
    without_zeros(&format!("{number:.decimals$}")).to_owned()
}

fn without_zeros(digits: &str) -> &str {
    if !digits.contains('.') {
        return digits;
    }
    digits.trim_end_matches('0').trim_end_matches('.')
}

#[cfg(test)]
mod tests;
