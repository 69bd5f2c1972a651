//! What a step's parameters say about header and rows.

use std::collections::BTreeSet;

use model::fault::{Fault, Kind};
use model::{Json, Map};

use super::is_blank;
use crate::pattern::Pattern;

/// How header and rows are found. The default: one header row at the top, all else data.
#[derive(Debug, Clone)]
pub struct Options {
    pub headers: Headers,
    pub skip_rows: SkipRows,
    /// At most so many rows of data.
    pub limit_rows: Option<u64>,
    /// Columns without a name are left out.
    pub ignore_blank_headers: bool,
    /// How equal names are told apart; without it they are an error.
    pub deduplicate: Option<Deduplicate>,
    /// What stands between the parts of a name that spans several header rows.
    pub header_join: String,
    /// Whether a part of a name is repeated when it equals the one above it.
    pub repeat_in_header: bool,
    /// Whether space, tab and line breaks at the ends of texts are removed.
    pub strip: bool,
    /// The name of one more column, for the first cell behind those of the header.
    pub extra_cells: Option<String>,
}

/// Where the names of the columns come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Headers {
    /// The rows of these numbers, ascending from 1, without those that are skipped above them.
    Rows(Vec<usize>),
    /// These names; every row is data.
    Names(Vec<String>),
    /// Nowhere: `field1`, `field2` ... for as many columns as there are; every row is data.
    Absent,
}

/// Rows that are left out wherever they stand.
#[derive(Debug, Clone, Default)]
pub struct SkipRows {
    /// Row numbers from 1.
    pub numbers: BTreeSet<usize>,
    /// Distances from the end: 1 is the last of the rows that no other rule leaves out.
    pub from_end: BTreeSet<usize>,
    /// What the first cell begins with; the empty text means an empty first cell.
    pub prefixes: Vec<String>,
    /// What the first cell contains.
    pub patterns: Vec<Pattern>,
    /// Rows in which every cell is empty.
    pub blank: bool,
    /// Leading rows that are shorter than most; they shift the header.
    pub auto: bool,
}

/// How equal names are told apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deduplicate {
    /// Whether names that differ in case alone are different.
    pub case_sensitive: bool,
    /// What is appended; `%s` stands for the number.
    pub format: String,
}

/// A parameter that does not say what it should.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{option}` is `{given}`; expected {expected}")]
pub struct OptionError {
    pub option: String,
    pub given: String,
    pub expected: &'static str,
}

impl Fault for OptionError {
    fn code(&self) -> &'static str {
        "TABLE_OPTION"
    }

    fn kind(&self) -> Kind {
        Kind::Invalid
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            headers: Headers::Rows(vec![1]),
            skip_rows: SkipRows::default(),
            limit_rows: None,
            ignore_blank_headers: false,
            deduplicate: None,
            header_join: " ".into(),
            repeat_in_header: false,
            strip: false,
            extra_cells: None,
        }
    }
}

impl Options {
    /// The options among the parameters of `load`, with its defaults; others are not looked at.
    ///
    /// # Errors
    ///
    /// [`OptionError`] when an option has a value of another form.
    pub fn parse(parameters: &Map) -> Result<Self, OptionError> {
        let mut options = Self::default();
        match parameters.get("headers") {
            None => options.skip_rows.auto = true,
            Some(given) => options.headers = headers(given)?,
        }
        if let Some(given) = present(parameters, "skip_rows") {
            options.skip_rows = SkipRows::parse(given)?;
        }
        if let Some(given) = present(parameters, "limit_rows") {
            let limit = given.as_u64().ok_or_else(|| wrong("limit_rows", given, "a number"))?;
            options.limit_rows = (limit > 0).then_some(limit);
        }
        options.ignore_blank_headers = flag(parameters, "ignore_blank_headers", true)?;
        options.strip = flag(parameters, "strip", true)?;
        options.repeat_in_header = flag(parameters, "multiline_headers_duplicates", false)?;
        if let Some(join) = text(parameters, "multiline_headers_joiner")? {
            join.clone_into(&mut options.header_join);
        }
        if flag(parameters, "deduplicate_headers", false)? {
            let case_sensitive = flag(parameters, "deduplicate_headers_case_sensitive", true)?;
            let format = text(parameters, "deduplicate_headers_format")?.unwrap_or(" (%s)").into();
            options.deduplicate = Some(Deduplicate { case_sensitive, format });
        }
        Ok(options)
    }
}

impl SkipRows {
    /// Reads `skip_rows`: numbers, texts that a row begins with, and
    /// `{type: regex | preset, value}`, one or a list. A number alone means so many rows.
    ///
    /// # Errors
    ///
    /// [`OptionError`] for anything else.
    pub fn parse(given: &Json) -> Result<Self, OptionError> {
        let mut skip = Self::default();
        match given {
            Json::Array(rules) => {
                for rule in rules {
                    skip.add(rule)?;
                }
            }
            Json::Number(count) => {
                let count = count.as_u64().and_then(|count| usize::try_from(count).ok());
                let count = count.ok_or_else(|| wrong("skip_rows", given, "a row number"))?;
                skip.numbers.extend(1..=count.min(crate::limits::SAMPLE_ROWS_MAX));
            }
            rule => skip.add(rule)?,
        }
        Ok(skip)
    }

    fn add(&mut self, rule: &Json) -> Result<(), OptionError> {
        const EXPECTED: &str = "row numbers, texts, `{type: regex, value: ...}` or `{type: preset, value: auto | blank}`";
        let value = |key| rule.get(key).and_then(Json::as_str);
        match rule {
            Json::String(prefix) => self.prefixes.push(prefix.clone()),
            Json::Number(number) => {
                let number = number.as_i64().ok_or_else(|| wrong("skip_rows", rule, EXPECTED))?;
                let distance = usize::try_from(number.unsigned_abs()).unwrap_or(usize::MAX);
                let rows = if number < 0 { &mut self.from_end } else { &mut self.numbers };
                rows.insert(distance);
            }
            _ => match (value("type"), value("value")) {
                (Some("preset"), Some("auto")) => self.auto = true,
                (Some("preset"), Some("blank")) => self.blank = true,
                (Some("regex"), Some(pattern)) => {
                    let expected = "a regular expression";
                    let pattern =
                        Pattern::new(pattern).map_err(|_| wrong("skip_rows", rule, expected))?;
                    self.patterns.push(pattern);
                }
                _ => return Err(wrong("skip_rows", rule, EXPECTED)),
            },
        }
        Ok(())
    }

    /// Whether rows have to be looked at one by one.
    pub fn is_idle(&self) -> bool {
        self.numbers.is_empty()
            && self.prefixes.is_empty()
            && self.patterns.is_empty()
            && !self.blank
    }

    /// Whether the row of this number (from 1) is left out.
    pub fn skips<T: AsRef<str>>(&self, number: usize, row: &[Option<T>]) -> bool {
        if self.numbers.contains(&number) {
            return true;
        }
        let text =
            |cell: &'_ Option<T>| cell.as_ref().is_none_or(|text| is_blank(Some(text.as_ref())));
        let first = row.first().and_then(Option::as_ref).map(AsRef::as_ref).unwrap_or_default();
        if first.is_empty() {
            return self.prefixes.iter().any(String::is_empty)
                || (self.blank && row.iter().all(text));
        }
        self.patterns.iter().any(|pattern| pattern.is_found_in(first))
            || self.prefixes.iter().any(|prefix| !prefix.is_empty() && first.starts_with(prefix))
    }
}

fn headers(given: &Json) -> Result<Headers, OptionError> {
    const EXPECTED: &str = "a row number, a list of row numbers or a list of names";
    let number = |item: &Json| item.as_u64().and_then(|n| usize::try_from(n).ok());
    let wrong = || wrong("headers", given, EXPECTED);
    match given {
        Json::Null => Ok(Headers::Absent),
        Json::Number(_) => {
            let number = number(given).filter(|number| *number > 0).ok_or_else(wrong)?;
            Ok(Headers::Rows(vec![number]))
        }
        Json::Array(items) if items.iter().all(Json::is_number) => {
            let rows: Option<Vec<usize>> = items.iter().map(number).collect();
            let rows = rows.ok_or_else(wrong)?;
            match rows.as_slice() {
                // Two numbers are the first and the last row, as in tabulator.
                [first, last] if 0 < *first && first <= last && last - first < 1_000 => {
                    Ok(Headers::Rows((*first..=*last).collect()))
                }
                [first, ..] if *first > 0 && rows.is_sorted() => Ok(Headers::Rows(rows)),
                _ => Err(wrong()),
            }
        }
        Json::Array(items) => {
            let name = |item: &Json| match item {
                Json::String(text) => Ok(text.clone()),
                Json::Null => Ok(String::new()),
                Json::Number(number) => Ok(number.to_string()),
                _ => Err(wrong()),
            };
            items.iter().map(name).collect::<Result<_, _>>().map(Headers::Names)
        }
        _ => Err(wrong()),
    }
}

/// The parameter called `name`, unless it is null.
pub(crate) fn present<'m>(parameters: &'m Map, name: &str) -> Option<&'m Json> {
    parameters.get(name).filter(|given| !given.is_null())
}

/// The truth of the parameter called `name`.
pub(crate) fn flag(parameters: &Map, name: &str, default: bool) -> Result<bool, OptionError> {
    match present(parameters, name) {
        None => Ok(default),
        Some(given) => given.as_bool().ok_or_else(|| wrong(name, given, "`true` or `false`")),
    }
}

/// The text of the parameter called `name`.
pub(crate) fn text<'m>(parameters: &'m Map, name: &str) -> Result<Option<&'m str>, OptionError> {
    match present(parameters, name) {
        None => Ok(None),
        Some(given) => given.as_str().map(Some).ok_or_else(|| wrong(name, given, "a text")),
    }
}

/// The error for a parameter of another form.
pub(crate) fn wrong(option: &str, given: &Json, expected: &'static str) -> OptionError {
    OptionError { option: option.into(), given: given.to_string(), expected }
}
