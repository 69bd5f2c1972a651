//! Splits one record of a dialect that has an escape character, byte by byte.
//!
//! Such files are rare; here the rules of Python's csv reader count, not speed.

use super::record::{Cells, Grammar, Outcome};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Start,
    Plain,
    Quoted,
    /// After a quote inside quotes, which may be doubled.
    AfterQuote,
}

/// Splits the first record of `text`; gives its length with the line break, and its cells.
///
/// # Errors
///
/// [`Outcome::Cut`] or [`Outcome::Unclosed`] when `text` ends too early.
pub(super) fn split(
    text: &[u8],
    is_last: bool,
    grammar: Grammar,
    cells: &mut impl Cells,
) -> Result<(usize, usize), Outcome> {
    let mut cell: Vec<u8> = Vec::new();
    let mut cell_start = 0;
    let mut column = 0;
    let mut state = State::Start;
    let mut bytes = text.iter().copied().enumerate();
    while let Some((at, byte)) = bytes.next() {
        let is_quote = grammar.quote == Some(byte);
        if grammar.escape == Some(byte) {
            let Some((_, escaped)) = bytes.next() else { break };
            cell.push(escaped);
            state = if matches!(state, State::Quoted | State::AfterQuote) {
                State::Quoted
            } else {
                State::Plain
            };
        } else if state == State::Quoted {
            match is_quote {
                true if grammar.double_quote => state = State::AfterQuote,
                true => state = State::Plain,
                false => cell.push(byte),
            }
        } else if state == State::AfterQuote && is_quote {
            cell.push(byte);
            state = State::Quoted;
        } else if byte == grammar.delimiter {
            cells.copy(column, &cell);
            cell.clear();
            column += 1;
            cell_start = at + 1;
            state = State::Start;
        } else if matches!(byte, b'\n' | b'\r') {
            let length = match (byte, text.get(at + 1)) {
                (b'\r', None) if !is_last => return Err(Outcome::Cut { cell: cell_start }),
                (b'\r', Some(b'\n')) => at + 2,
                _ => at + 1,
            };
            if at > 0 {
                cells.copy(column, &cell);
                column += 1;
            }
            return Ok((length, column));
        } else if state == State::Start && is_quote {
            state = State::Quoted;
        } else if state == State::Start && byte == b' ' && grammar.skip_initial_space {
            cell_start = at + 1;
        } else {
            cell.push(byte);
            state = State::Plain;
        }
    }
    if !is_last {
        return Err(Outcome::Cut { cell: cell_start });
    }
    if state == State::Quoted {
        return Err(Outcome::Unclosed);
    }
    cells.copy(column, &cell);
    Ok((text.len(), column + 1))
}
