//! Finds the rows in a JSON file without holding the file.

use std::io::Read;

use super::Layout;
use crate::format::ReadError;
use crate::limits;

/// The elements of an array, or the values that follow one another, each as its text.
pub(super) struct Elements {
    input: Box<dyn Read + Send>,
    layout: Layout,
    /// The part of the file that is in memory.
    bytes: Vec<u8>,
    /// Where the next thing begins.
    at: usize,
    is_last: bool,
    is_done: bool,
    /// Elements so far.
    pub(super) count: u64,
}

impl std::fmt::Debug for Elements {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut debug = f.debug_struct("Elements");
        debug.field("layout", &self.layout).field("count", &self.count).finish()
    }
}

impl Elements {
    /// The elements below `path`, the names of properties from the outermost on.
    pub(super) fn open(
        input: Box<dyn Read + Send>,
        layout: Layout,
        path: &[&str],
    ) -> Result<Self, ReadError> {
        let bytes = Vec::new();
        let mut elements =
            Self { input, layout, bytes, at: 0, is_last: false, is_done: false, count: 0 };
        if layout == Layout::Lines {
            return Ok(elements);
        }
        for property in path {
            elements.descend(property)?;
        }
        match elements.peek()? {
            Some(b'[') => elements.at += 1,
            Some(b'{') if path.is_empty() => {
                let problem = "it is an object, not an array of rows; set `property` to the name \
                               that holds the rows";
                return Err(elements.fault(problem));
            }
            _ => return Err(elements.fault("there is no array of rows")),
        }
        Ok(elements)
    }

    /// The text of the next element.
    pub(super) fn next(&mut self) -> Result<Option<&str>, ReadError> {
        if self.is_done || !self.step()? {
            self.is_done = true;
            return Ok(None);
        }
        self.count += 1;
        let length = self.measure()?;
        let start = self.at;
        self.at += length;
        let text = self.bytes.get(start..self.at).unwrap_or_default();
        if !text.starts_with(b"{") && !text.starts_with(b"[") {
            return Err(self.row_fault("a row is an object or an array"));
        }
        simdutf8::basic::from_utf8(text).map(Some).map_err(|_| ReadError::Row {
            format: self.layout.format(),
            row: self.count,
            problem: "not valid UTF-8; set `encoding`".into(),
        })
    }

    /// Steps to the next element; false when there is none.
    fn step(&mut self) -> Result<bool, ReadError> {
        let next = self.peek()?;
        if self.layout == Layout::Lines {
            return Ok(next.is_some());
        }
        match next {
            None => Err(self.fault("the array of rows has no end")),
            Some(b']') => Ok(false),
            Some(_) if self.count == 0 => Ok(true),
            Some(b',') => {
                self.at += 1;
                self.peek()?;
                Ok(true)
            }
            Some(_) => Err(self.row_fault("expected `,` or `]` after the row")),
        }
    }

    /// Steps into the value of `property` of the object at hand.
    fn descend(&mut self, property: &str) -> Result<(), ReadError> {
        let absent = format!("there is no property `{property}` with rows");
        if self.peek()? != Some(b'{') {
            return Err(self.fault(&absent));
        }
        self.at += 1;
        loop {
            match self.peek()? {
                Some(b'"') => {}
                Some(b',') => {
                    self.at += 1;
                    continue;
                }
                _ => return Err(self.fault(&absent)),
            }
            let length = self.measure()?;
            let key = self.bytes.get(self.at..self.at + length).unwrap_or_default();
            let is_wanted = serde_json::from_slice::<String>(key).is_ok_and(|key| key == property);
            self.at += length;
            if self.peek()? != Some(b':') {
                return Err(self.fault("expected `:` after a name"));
            }
            self.at += 1;
            self.peek()?;
            if is_wanted {
                return Ok(());
            }
            self.at += self.measure()?;
        }
    }

    /// The next byte that is no white space, or `None` at the end.
    fn peek(&mut self) -> Result<Option<u8>, ReadError> {
        loop {
            let rest = self.bytes.get(self.at..).unwrap_or_default();
            let is_blank = |b: &&u8| matches!(**b, b' ' | b'\t' | b'\r' | b'\n');
            self.at += rest.iter().take_while(is_blank).count();
            if let Some(byte) = self.bytes.get(self.at) {
                return Ok(Some(*byte));
            }
            if self.is_last {
                return Ok(None);
            }
            self.fill()?;
        }
    }

    /// The length of the value at hand; reads until all of it is in memory.
    fn measure(&mut self) -> Result<usize, ReadError> {
        let mut extent = Extent::default();
        loop {
            let rest = self.bytes.get(self.at..).unwrap_or_default();
            if let Some(length) = extent.scan(rest) {
                return Ok(length);
            }
            if self.is_last {
                if extent.depth == 0 && !extent.in_string {
                    return Ok(rest.len());
                }
                return Err(self.row_fault("the text ends in the middle of a value"));
            }
            if rest.len() > limits::ROW_BYTES_MAX {
                return Err(self.row_fault("a value of more than 512 MiB"));
            }
            self.fill()?;
        }
    }

    /// Drops what was read and reads more.
    fn fill(&mut self) -> Result<(), ReadError> {
        self.bytes.drain(..self.at);
        self.at = 0;
        let more = limits::BLOCK_BYTES.max(self.bytes.len());
        let limit = u64::try_from(more).unwrap_or(u64::MAX);
        let read = self.input.by_ref().take(limit).read_to_end(&mut self.bytes);
        let read = read.map_err(|error| ReadError::undecodable(error, self.layout.format()))?;
        self.is_last = read < more;
        Ok(())
    }

    fn fault(&self, problem: &str) -> ReadError {
        ReadError::Format { format: self.layout.format(), problem: problem.to_owned() }
    }

    fn row_fault(&self, problem: &str) -> ReadError {
        let row = self.count.max(1);
        ReadError::Row { format: self.layout.format(), row, problem: problem.to_owned() }
    }
}

/// Finds where a value ends; remembers how far it came when more bytes are needed.
#[derive(Debug, Default)]
struct Extent {
    at: usize,
    depth: usize,
    in_string: bool,
}

impl Extent {
    /// The length of the value with which `bytes` begin, when its end is among them.
    fn scan(&mut self, bytes: &[u8]) -> Option<usize> {
        loop {
            if self.in_string {
                self.close_string(bytes)?;
                if self.depth == 0 {
                    return Some(self.at);
                }
            }
            let rest = bytes.get(self.at..)?;
            let is_special = |b: &u8| matches!(b, b'"' | b'{' | b'}' | b'[' | b']' | b',' | b':');
            let Some(step) = rest.iter().position(is_special) else {
                self.at = bytes.len();
                return None;
            };
            let at = self.at + step;
            self.at = at + 1;
            match rest.get(step)? {
                b'"' => self.in_string = true,
                b'{' | b'[' => self.depth += 1,
                // Outside of everything these end a number or a word.
                _ if self.depth == 0 => return Some(at),
                b'}' | b']' => {
                    self.depth -= 1;
                    if self.depth == 0 {
                        return Some(self.at);
                    }
                }
                _ => {}
            }
        }
    }

    /// Steps behind the quote that closes a string; `None` when it is not at hand.
    fn close_string(&mut self, bytes: &[u8]) -> Option<()> {
        loop {
            let rest = bytes.get(self.at..)?;
            let Some(step) = memchr::memchr2(b'"', b'\\', rest) else {
                self.at = bytes.len();
                return None;
            };
            if rest.get(step) == Some(&b'"') {
                self.at += step + 1;
                self.in_string = false;
                return Some(());
            }
            self.at += step;
            // The escaped character must be at hand, or it would be taken for a quote.
            rest.get(step + 1)?;
            self.at += 2;
        }
    }
}
