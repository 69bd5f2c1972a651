//! Splits a block into records and cells.
#![expect(clippy::indexing_slicing, reason = "a kernel: places come from the block itself")]

use std::ops::Range;

use super::mask::{Set, Specials};
use crate::dialect::Dialect;

/// What the splitter has to know of a dialect.
#[derive(Debug, Clone, Copy)]
pub(super) struct Grammar {
    pub(super) delimiter: u8,
    pub(super) quote: Option<u8>,
    pub(super) double_quote: bool,
    pub(super) escape: Option<u8>,
    pub(super) skip_initial_space: bool,
}

impl Grammar {
    /// The grammar of `dialect`; its characters are ASCII.
    pub(super) fn new(dialect: &Dialect) -> Self {
        let byte = |c: char| u8::try_from(c).unwrap_or(b',');
        Self {
            delimiter: byte(dialect.delimiter),
            quote: dialect.quote.map(byte),
            double_quote: dialect.double_quote,
            escape: dialect.escape.map(byte),
            skip_initial_space: dialect.skip_initial_space,
        }
    }
}

/// Takes the cells of a record, from left to right.
pub(super) trait Cells {
    /// Cell `column` is `block[range]`; when it was quoted it may hold line breaks.
    fn view(&mut self, column: usize, block: &[u8], range: Range<usize>, quoted: bool);

    /// Cell `column` is `bytes`, which are not in the block as they are.
    fn copy(&mut self, column: usize, bytes: &[u8]);
}

/// What became of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It had so many cells, none for a blank line.
    Cells(usize),
    /// The block ends before it does; the cell that is cut begins at `cell`.
    Cut { cell: usize },
    /// The text ends inside quotes.
    Unclosed,
    /// There are no more records.
    End,
}

/// Walks over the records of one block.
#[derive(Debug)]
pub(super) struct Records<'b> {
    grammar: Grammar,
    block: &'b [u8],
    /// Whether the text ends with the block.
    is_last: bool,
    specials: Specials<'b>,
    /// Where the next record begins.
    pub(super) at: usize,
    scratch: Vec<u8>,
}

impl<'b> Records<'b> {
    pub(super) fn new(block: &'b [u8], at: usize, is_last: bool, grammar: Grammar) -> Self {
        let quote = grammar.quote.unwrap_or(grammar.delimiter);
        let set = Set([grammar.delimiter, quote, b'\n', b'\r']);
        let specials = Specials::new(block, set, at);
        Self { grammar, block, is_last, specials, at, scratch: Vec::new() }
    }

    /// Reads the next record into `cells`. After [`Outcome::Cut`] no more can be read.
    pub(super) fn next(&mut self, cells: &mut impl Cells) -> Outcome {
        if self.at >= self.block.len() {
            return if self.is_last { Outcome::End } else { Outcome::Cut { cell: self.at } };
        }
        if self.grammar.escape.is_some() {
            return self.next_escaped(cells);
        }
        let mut start = self.at;
        let mut column = 0;
        loop {
            if self.grammar.skip_initial_space {
                start += self.block[start..].iter().take_while(|b| **b == b' ').count();
            }
            let is_quoted = self.grammar.quote.is_some()
                && self.block.get(start).copied() == self.grammar.quote;
            let end = if is_quoted {
                match self.quoted(column, start, cells) {
                    Ok(end) => end,
                    Err(outcome) => return outcome,
                }
            } else {
                let mut end = self.next_stop();
                // Spaces that were stepped over may be delimiters.
                while end < start {
                    end = self.next_stop();
                }
                if end == self.block.len() && !self.is_last {
                    return Outcome::Cut { cell: start };
                }
                let is_break = self.block.get(end) != Some(&self.grammar.delimiter);
                if is_break && column == 0 && end == self.at {
                    return self.finish(end, 0);
                }
                cells.view(column, self.block, start..end, false);
                end
            };
            column += 1;
            if self.block.get(end) == Some(&self.grammar.delimiter) {
                start = end + 1;
                continue;
            }
            return self.finish(end, column);
        }
    }

    /// The place of the next delimiter or line break, or of the end.
    #[inline]
    fn next_stop(&mut self) -> usize {
        while let Some(at) = self.specials.next() {
            let byte = self.block[at];
            // A quote in the middle of a cell is a letter; a delimiter may look like one when
            // there are no quotes.
            if byte == self.grammar.delimiter || byte == b'\n' || byte == b'\r' {
                return at;
            }
        }
        self.block.len()
    }

    /// Steps over the line break at `end`.
    #[inline]
    fn finish(&mut self, end: usize, columns: usize) -> Outcome {
        let mut next = end + 1;
        if self.block.get(end) == Some(&b'\r') {
            match self.block.get(next) {
                Some(b'\n') => {
                    self.specials.next();
                    next += 1;
                }
                Some(_) => {}
                // The line feed may be the first byte of the next block.
                None if !self.is_last => return Outcome::Cut { cell: end },
                None => {}
            }
        }
        self.at = next;
        Outcome::Cells(columns)
    }

    /// Reads the cell whose quote opens at `open`; gives where it stops.
    fn quoted(
        &mut self,
        column: usize,
        open: usize,
        cells: &mut impl Cells,
    ) -> Result<usize, Outcome> {
        let quote = self.block[open];
        let start = open + 1;
        let mut has_doubled = false;
        while self.specials.next().is_some_and(|at| at < open) {}
        loop {
            let close = loop {
                match self.specials.next() {
                    None if self.is_last => return Err(Outcome::Unclosed),
                    None => return Err(Outcome::Cut { cell: open }),
                    Some(at) if self.block[at] == quote => break at,
                    Some(_) => {}
                }
            };
            match self.block.get(close + 1) {
                None if !self.is_last => return Err(Outcome::Cut { cell: open }),
                Some(next) if *next == quote && self.grammar.double_quote => {
                    self.specials.next();
                    has_doubled = true;
                    continue;
                }
                _ => {}
            }
            let end = self.next_stop();
            if end == self.block.len() && !self.is_last {
                return Err(Outcome::Cut { cell: open });
            }
            if has_doubled || end > close + 1 {
                self.unquote(start, close, end);
                cells.copy(column, &self.scratch);
            } else {
                cells.view(column, self.block, start..close, true);
            }
            return Ok(end);
        }
    }

    /// Puts the cell together: what is between the quotes, doubled ones once, and what follows
    /// the closing quote, as it is.
    fn unquote(&mut self, start: usize, close: usize, end: usize) {
        let quote = self.block[close];
        self.scratch.clear();
        let mut rest = &self.block[start..close];
        while let Some(at) = memchr::memchr(quote, rest) {
            self.scratch.extend_from_slice(&rest[..=at]);
            rest = &rest[at + 2..];
        }
        self.scratch.extend_from_slice(rest);
        self.scratch.extend_from_slice(&self.block[close + 1..end]);
    }

    fn next_escaped(&mut self, cells: &mut impl Cells) -> Outcome {
        let rest = &self.block[self.at..];
        match super::escaped::split(rest, self.is_last, self.grammar, cells) {
            Ok((length, columns)) => {
                self.at += length;
                Outcome::Cells(columns)
            }
            Err(Outcome::Cut { cell }) => Outcome::Cut { cell: self.at + cell },
            Err(outcome) => outcome,
        }
    }
}
