//! Which rows and cells of a sheet or text table are header, data or neither.
//!
//! The rules are those of dataflows' `load`: a header may stand below some notes, span several
//! rows, have gaps and repeat itself. Text tables and spreadsheets share them.

mod ends;
mod options;

pub use ends::trim_ends;
pub use options::{Deduplicate, Headers, OptionError, Options, SkipRows};
pub(crate) use options::{flag, present, text, wrong};

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::dialect::Dialect;
use crate::format::ReadError;

/// Where the columns of a table are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The names of the columns; no two are equal.
    pub names: Vec<Arc<str>>,
    /// For each name the index of its cell in a row.
    pub columns: Vec<usize>,
    /// The index of the first row below the header.
    pub first_row: usize,
}

/// Finds the header among the first rows of a table.
///
/// `rows` are all rows from the first on, blank ones too, as far as one wants to look (the usual
/// number is [`crate::limits::SAMPLE_ROWS_MAX`]).
///
/// # Errors
///
/// [`ReadError::Format`] when there is no such row, [`ReadError::DuplicateHeader`] when a name
/// comes twice and that is not to be mended.
pub fn resolve(
    rows: &[Vec<Option<String>>],
    options: &Options,
    format: &'static str,
) -> Result<Header, ReadError> {
    let (texts, first_row) = match &options.headers {
        Headers::Names(names) => (names.clone(), 0),
        Headers::Absent => {
            let width = rows.iter().map(Vec::len).max().unwrap_or_default();
            ((1..=width).map(|number| format!("field{number}")).collect(), 0)
        }
        Headers::Rows(numbers) => {
            let shift = skipped_above(rows, options, numbers.first().copied().unwrap_or(1));
            let last = numbers.last().copied().unwrap_or(1) + shift;
            if last > rows.len() {
                let problem = format!(
                    "row {last} should be the header, and there are {} rows; set `headers`",
                    rows.len()
                );
                return Err(ReadError::Format { format, problem });
            }
            (merge(rows, numbers, shift, options), last)
        }
    };
    let width = texts.len();
    let kept = texts.into_iter().enumerate();
    let kept = kept.filter(|(_, text)| !(options.ignore_blank_headers && text.is_empty()));
    let (mut columns, texts): (Vec<usize>, Vec<String>) = kept.unzip();
    let mut names = unique(texts, options.deduplicate.as_ref())?;
    if let Some(name) = &options.extra_cells {
        names.push(Arc::from(name.as_str()));
        columns.push(width);
    }
    Ok(Header { names, columns, first_row })
}

/// How many rows are skipped above the header, which begins in row `first` of the others.
fn skipped_above(rows: &[Vec<Option<String>>], options: &Options, first: usize) -> usize {
    let mut shift = 0;
    for (index, row) in rows.iter().enumerate() {
        if index >= first + shift {
            break;
        }
        if options.skip_rows.skips(index + 1, row) {
            shift += 1;
        }
    }
    if options.skip_rows.auto {
        shift += shorter_above(rows);
    }
    shift
}

/// How many leading rows are shorter than most rows; empty cells at the end do not count.
fn shorter_above(rows: &[Vec<Option<String>>]) -> usize {
    let length = |row: &Vec<Option<String>>| {
        row.iter().rposition(|cell| !is_blank(cell.as_deref())).map_or(0, |last| last + 1)
    };
    // How often a length comes, and where first: among equals the earlier one wins.
    let mut counts: BTreeMap<usize, (usize, std::cmp::Reverse<usize>)> = BTreeMap::new();
    for (index, row) in rows.iter().enumerate() {
        counts.entry(length(row)).or_insert((0, std::cmp::Reverse(index))).0 += 1;
    }
    let usual = counts.iter().max_by_key(|(_, rank)| **rank).map_or(0, |(length, _)| *length);
    rows.iter().take_while(|row| length(row) < usual).count()
}

/// The names that the rows `numbers` (from 1, each `shift` further down) spell together.
fn merge(
    rows: &[Vec<Option<String>>],
    numbers: &[usize],
    shift: usize,
    options: &Options,
) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let mut above: Vec<String> = Vec::new();
    for (nth, number) in numbers.iter().enumerate() {
        let Some(row) = (number + shift).checked_sub(1).and_then(|at| rows.get(at)) else {
            continue;
        };
        let texts = row.iter().map(|cell| cell.as_deref().map(trim));
        if nth == 0 {
            names = texts.map(|text| text.unwrap_or_default().to_owned()).collect();
            above.clone_from(&names);
            continue;
        }
        for ((name, above), text) in names.iter_mut().zip(&mut above).zip(texts) {
            let Some(text) = text else { continue };
            if name.is_empty() {
                text.clone_into(name);
            } else if options.repeat_in_header || above != text {
                name.push_str(&options.header_join);
                name.push_str(text);
            }
            text.clone_into(above);
        }
    }
    names
}

/// Makes names unique when `rule` says how.
fn unique(texts: Vec<String>, rule: Option<&Deduplicate>) -> Result<Vec<Arc<str>>, ReadError> {
    let mut names = texts;
    if let Some(rule) = rule {
        let mut places: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (at, name) in names.iter().enumerate() {
            let key = if rule.case_sensitive { name.clone() } else { name.to_lowercase() };
            places.entry(key).or_default().push(at);
        }
        for places in places.values().filter(|places| places.len() > 1) {
            for (number, at) in places.iter().enumerate() {
                if let Some(name) = names.get_mut(*at) {
                    name.push_str(&rule.format.replacen("%s", &(number + 1).to_string(), 1));
                }
            }
        }
    }
    let mut seen = std::collections::BTreeSet::new();
    match names.iter().find(|name| !seen.insert(name.as_str())) {
        Some(name) => Err(ReadError::DuplicateHeader(name.clone())),
        None => Ok(names.into_iter().map(Arc::from).collect()),
    }
}

/// Whether a cell holds nothing.
pub(crate) fn is_blank(cell: Option<&str>) -> bool {
    cell.is_none_or(str::is_empty)
}

/// `text` without white space at its ends, as Python's `str.strip` sees it.
pub(crate) fn trim(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || ('\x1c'..='\x1f').contains(&c))
}

impl Options {
    /// The options that a dialect of a descriptor gives.
    pub fn of_dialect(dialect: &Dialect) -> Self {
        let headers = match (dialect.header, dialect.header_rows.as_slice()) {
            (false, _) | (true, []) => Headers::Absent,
            (true, rows) => Headers::Rows(rows.to_vec()),
        };
        let mut options = Self { headers, ..Self::default() };
        options.header_join.clone_from(&dialect.header_join);
        options.skip_rows.numbers.extend(&dialect.comment_rows);
        options.skip_rows.prefixes.extend(dialect.comment.clone());
        options
    }
}

#[cfg(test)]
mod tests;
