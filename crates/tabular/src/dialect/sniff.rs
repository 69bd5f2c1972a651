//! Guesses the dialect of a text table from its first lines.
//!
//! The result is that of Python's `csv.Sniffer`, on which dataflows relies: quotes beside a
//! delimiter tell most; without quotes, the character that comes equally often in every line.
//! Each search for a closing quote is remembered when it fails, so that the work stays linear.

use std::collections::{BTreeMap, BTreeSet};

use super::Dialect;

/// Delimiters that are thought of when nothing is said.
pub const CANDIDATES: &str = ",\t;|";

/// Which delimiter wins when several are equally likely.
const PREFERRED: [char; 5] = [',', '\t', ';', ' ', ':'];

/// Lines that are compared with each other at a time.
const LINES_AT_ONCE: usize = 10;

/// Guesses the dialect of `sample`; `candidates` are the delimiters to choose from.
///
/// What cannot be told is as in the default dialect.
pub fn sniff(sample: &str, candidates: &str) -> Dialect {
    let quoted = from_quotes(sample, candidates);
    let (quote, delimiter) = match quoted {
        Some(guess) => (Some(guess.quote), guess.delimiter.map(|d| (d, guess.spaced))),
        None => (None, None),
    };
    match delimiter.or_else(|| from_frequency(sample, candidates)) {
        None => Dialect::default(),
        Some((delimiter, skip_initial_space)) => Dialect {
            delimiter,
            skip_initial_space,
            quote: quote.or(Some('"')),
            ..Dialect::default()
        },
    }
}

struct Guess {
    quote: char,
    delimiter: Option<char>,
    /// Whether each such delimiter is followed by a space.
    spaced: bool,
}

/// One quoted cell: its quote, and the delimiter beside it with whether a space follows it.
type Found = (char, Option<(char, bool)>);

/// What stands beside the quotes tells both quote and delimiter.
fn from_quotes(sample: &str, candidates: &str) -> Option<Guess> {
    let chars: Vec<char> = sample.chars().collect();
    // A cell between two delimiters; the first and the last of a line; the only one of a line.
    let shapes = [(true, true), (false, true), (true, false), (false, false)];
    let found = shapes
        .into_iter()
        .map(|(before, after)| find_cells(&chars, before, after))
        .find(|found| !found.is_empty())?;

    let mut quotes: Vec<(char, usize)> = Vec::new();
    let mut delimiters: Vec<(char, usize)> = Vec::new();
    let mut spaces = 0;
    for (quote, beside) in found {
        count(&mut quotes, quote);
        if let Some((delimiter, spaced)) = beside {
            if candidates.contains(delimiter) {
                count(&mut delimiters, delimiter);
            }
            spaces += usize::from(spaced);
        }
    }
    let (quote, _) = most(&quotes)?;
    let delimiter = most(&delimiters);
    let spaced = delimiter.is_some_and(|(_, times)| times == spaces);
    Some(Guess { quote, delimiter: delimiter.map(|(delimiter, _)| delimiter), spaced })
}

/// The quoted cells that have a delimiter (else a line's end) before and after them.
fn find_cells(chars: &[char], before: bool, after: bool) -> Vec<Found> {
    let mut found = Vec::new();
    let mut hopeless = BTreeSet::new();
    let at = |index: usize| chars.get(index).copied();
    let mut index = 0;
    while index < chars.len() {
        let Some((quote, delimiter, open)) = opening(chars, index, before) else {
            index += 1;
            continue;
        };
        let key = (quote, delimiter);
        let end = (!hopeless.contains(&key))
            .then(|| closing(chars, open + 1, quote, if before { delimiter } else { None }, after));
        match end.flatten() {
            Some(close) => {
                let beside = match (before, after) {
                    (true, _) => delimiter.map(|d| (d, at(index + 1) == Some(' '))),
                    (false, true) => at(close + 1).map(|d| (d, at(close + 2) == Some(' '))),
                    (false, false) => None,
                };
                found.push((quote, beside));
                // What ends the cell is part of the match, as in a regular expression.
                let space = usize::from(!before && beside.is_some_and(|(_, spaced)| spaced));
                index = close + 2 + space;
            }
            None => {
                hopeless.insert(key);
                index += 1;
            }
        }
    }
    found
}

/// Whether a quoted cell opens at `index`: its quote, the delimiter before it, and where.
fn opening(chars: &[char], index: usize, before: bool) -> Option<(char, Option<char>, usize)> {
    let is_quote = |c: &&char| matches!(**c, '"' | '\'');
    let first = *chars.get(index)?;
    if before {
        if !is_delimiter(first) {
            return None;
        }
        let space = usize::from(chars.get(index + 1) == Some(&' '));
        let open = index + 1 + space;
        return chars.get(open).filter(is_quote).map(|quote| (*quote, Some(first), open));
    }
    // At the start of the text or of a line; the line feed before it belongs to the match.
    if first == '\n' {
        return chars.get(index + 1).filter(is_quote).map(|quote| (*quote, None, index + 1));
    }
    let starts = index == 0 || chars.get(index - 1) == Some(&'\n');
    chars.get(index).filter(is_quote).filter(|_| starts).map(|quote| (*quote, None, index))
}

/// The next `quote` from `from` on that is followed by the delimiter, or by a line's end.
fn closing(
    chars: &[char],
    from: usize,
    quote: char,
    delimiter: Option<char>,
    after: bool,
) -> Option<usize> {
    let rest = chars.get(from..)?;
    let ends = |next: Option<&char>| match (after, delimiter, next) {
        (true, Some(delimiter), Some(next)) => *next == delimiter,
        (true, None, Some(next)) => is_delimiter(*next),
        (true, _, None) => false,
        (false, _, next) => next.is_none_or(|next| *next == '\n'),
    };
    let mut places = rest.iter().enumerate().filter(|(_, c)| **c == quote);
    places.find(|(place, _)| ends(rest.get(place + 1))).map(|(place, _)| from + place)
}

fn is_delimiter(c: char) -> bool {
    !(c.is_alphanumeric() || matches!(c, '_' | '\n' | '"' | '\''))
}

/// The character that comes equally often in every line, more or less.
fn from_frequency(sample: &str, candidates: &str) -> Option<(char, bool)> {
    let lines: Vec<&str> = sample.split('\n').filter(|line| !line.is_empty()).collect();
    // For each candidate: how many lines hold it so and so many times, by first appearance.
    let mut counts: BTreeMap<char, Vec<(usize, usize)>> = BTreeMap::new();
    let mut found: BTreeSet<char> = BTreeSet::new();
    for (turn, part) in lines.chunks(LINES_AT_ONCE).enumerate() {
        for line in part {
            for delimiter in candidates.chars().filter(char::is_ascii) {
                let times = line.matches(delimiter).count();
                count(counts.entry(delimiter).or_default(), times);
            }
        }
        let seen = (LINES_AT_ONCE.min(lines.len()) * (turn + 1)).min(lines.len());
        found = consistent(&counts, seen);
        if !found.is_empty() {
            break;
        }
    }
    let winner = PREFERRED.into_iter().find(|delimiter| found.contains(delimiter));
    let delimiter = winner.or_else(|| found.iter().copied().next_back())?;
    let first = lines.first().copied().unwrap_or_default();
    let spaced = first.matches(&format!("{delimiter} ")).count();
    Some((delimiter, first.matches(delimiter).count() == spaced))
}

/// The candidates whose usual number of times per line holds in nearly all of `seen` lines.
fn consistent(counts: &BTreeMap<char, Vec<(usize, usize)>>, seen: usize) -> BTreeSet<char> {
    // Lines that hold it another number of times speak against it.
    let mut support: Vec<(char, usize)> = Vec::new();
    for (delimiter, times) in counts {
        let Some((usual, lines)) = most(times) else { continue };
        let others: usize = times.iter().map(|(_, lines)| lines).sum::<usize>() - lines;
        if usual > 0 && lines > others {
            support.push((*delimiter, lines - others));
        }
    }
    // From all lines down to nine in ten, which itself is too few.
    for percent in (91..=100).rev() {
        let enough = |lines: usize| lines * 100 >= seen * percent;
        let found: BTreeSet<char> =
            support.iter().filter(|(_, lines)| enough(*lines)).map(|(d, _)| *d).collect();
        if !found.is_empty() {
            return found;
        }
    }
    BTreeSet::new()
}

fn count<T: PartialEq>(counts: &mut Vec<(T, usize)>, item: T) {
    match counts.iter_mut().find(|(known, _)| *known == item) {
        Some((_, times)) => *times += 1,
        None => counts.push((item, 1)),
    }
}

/// What was counted most; the first among equals.
fn most<T: Copy>(counts: &[(T, usize)]) -> Option<(T, usize)> {
    counts.iter().copied().reduce(|best, next| if next.1 > best.1 { next } else { best })
}
