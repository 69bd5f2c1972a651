//! How a text table is written: CSV dialect v1, Table Dialect v2, and the options of Python's csv.

mod sniff;

pub use sniff::{CANDIDATES, sniff};

use model::{Json, Map};

use crate::grid::{OptionError, flag, present, text, wrong};

/// The way in which a table is written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dialect {
    pub delimiter: char,
    /// What surrounds cells that hold special characters; none means that nothing does.
    pub quote: Option<char>,
    /// Whether a quote inside a quoted cell is written twice.
    pub double_quote: bool,
    pub escape: Option<char>,
    /// Whether spaces after a delimiter are left out.
    pub skip_initial_space: bool,
    /// The text that means null.
    pub null_sequence: Option<String>,
    /// What a row that is no data begins with.
    pub comment: Option<String>,
    /// Numbers of rows that are no data, from 1.
    pub comment_rows: Vec<usize>,
    pub header: bool,
    /// Whether names in the header that differ in case alone are different.
    pub case_sensitive_header: bool,
    /// Numbers of the rows that make the header, from 1, ascending.
    pub header_rows: Vec<usize>,
    pub header_join: String,
    pub line_terminator: String,
    /// JSON: the property that holds the rows.
    pub property: Option<String>,
    /// JSON: whether rows are arrays or objects, when it is said.
    pub item_type: Option<ItemType>,
    /// JSON: the keys of objects that are columns, in order.
    pub item_keys: Vec<String>,
    /// Spreadsheets: the sheet by number, from 1.
    pub sheet_number: Option<usize>,
    /// Spreadsheets: the sheet by name.
    pub sheet_name: Option<String>,
    /// Databases: the table.
    pub table: Option<String>,
}

/// What a row of a JSON table is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemType {
    Array,
    Object,
}

impl Default for Dialect {
    /// Commas, double quotes, a header row: what nearly every CSV file is.
    fn default() -> Self {
        Self {
            delimiter: ',',
            quote: Some('"'),
            double_quote: true,
            escape: None,
            skip_initial_space: false,
            null_sequence: None,
            comment: None,
            comment_rows: Vec::new(),
            header: true,
            case_sensitive_header: true,
            header_rows: vec![1],
            header_join: " ".into(),
            line_terminator: "\r\n".into(),
            property: None,
            item_type: None,
            item_keys: Vec::new(),
            sheet_number: None,
            sheet_name: None,
            table: None,
        }
    }
}

/// Properties that only version 2 has.
const V2_ONLY: [&str; 11] = [
    "$schema",
    "headerRows",
    "headerJoin",
    "commentRows",
    "property",
    "itemType",
    "itemKeys",
    "sheetNumber",
    "sheetName",
    "table",
    "type",
];

impl Dialect {
    /// Tabs instead of commas.
    pub fn tsv() -> Self {
        Self { delimiter: '\t', ..Self::default() }
    }

    /// Reads the `dialect` of a resource, of either version.
    ///
    /// # Errors
    ///
    /// [`OptionError`] when a property has a value of another form.
    pub fn parse(dialect: &Map) -> Result<Self, OptionError> {
        let is_v1 = !V2_ONLY.iter().any(|key| dialect.contains_key(*key));
        let mut parsed = Self {
            // The datapackage library fills a dialect of version 1 with `true`, against the
            // specification; files that rely on it are read as before.
            skip_initial_space: flag(dialect, "skipInitialSpace", is_v1)?,
            double_quote: flag(dialect, "doubleQuote", true)?,
            header: flag(dialect, "header", true)?,
            // Libraries compare names as they are unless the dialect says something else.
            case_sensitive_header: flag(dialect, "caseSensitiveHeader", true)?,
            null_sequence: text(dialect, "nullSequence")?.map(str::to_owned),
            comment: text(dialect, "commentChar")?.filter(|t| !t.is_empty()).map(str::to_owned),
            property: text(dialect, "property")?.map(str::to_owned),
            sheet_name: text(dialect, "sheetName")?.map(str::to_owned),
            table: text(dialect, "table")?.map(str::to_owned),
            ..Self::default()
        };
        if let Some(delimiter) = character(dialect, "delimiter")? {
            parsed.delimiter = delimiter;
        }
        if dialect.contains_key("quoteChar") {
            parsed.quote = character(dialect, "quoteChar")?;
        }
        parsed.escape = character(dialect, "escapeChar")?;
        if let Some(terminator) = text(dialect, "lineTerminator")? {
            terminator.clone_into(&mut parsed.line_terminator);
        }
        if let Some(join) = text(dialect, "headerJoin")? {
            join.clone_into(&mut parsed.header_join);
        }
        if let Some(rows) = numbers(dialect, "headerRows")? {
            parsed.header_rows = rows;
        }
        parsed.comment_rows = numbers(dialect, "commentRows")?.unwrap_or_default();
        parsed.sheet_number = number(dialect, "sheetNumber")?;
        parsed.item_type = match text(dialect, "itemType")? {
            None => None,
            Some("array") => Some(ItemType::Array),
            Some("object") => Some(ItemType::Object),
            Some(other) => {
                return Err(wrong("itemType", &other.into(), "`array` or `object`"));
            }
        };
        parsed.item_keys = match present(dialect, "itemKeys") {
            None => Vec::new(),
            Some(keys) => list(keys, |key| key.as_str().map(str::to_owned))
                .ok_or_else(|| wrong("itemKeys", keys, "a list of texts"))?,
        };
        Ok(parsed)
    }

    /// Replaces what the parameters of a step say in the words of Python's csv module.
    ///
    /// # Errors
    ///
    /// [`OptionError`] when an option has a value of another form.
    pub fn apply_options(&mut self, parameters: &Map) -> Result<(), OptionError> {
        if let Some(delimiter) = character(parameters, "delimiter")? {
            self.delimiter = delimiter;
        }
        if parameters.contains_key("quotechar") {
            self.quote = character(parameters, "quotechar")?;
        }
        if parameters.contains_key("escapechar") {
            self.escape = character(parameters, "escapechar")?;
        }
        self.double_quote = flag(parameters, "doublequote", self.double_quote)?;
        self.skip_initial_space = flag(parameters, "skipinitialspace", self.skip_initial_space)?;
        if let Some(terminator) = text(parameters, "lineterminator")? {
            terminator.clone_into(&mut self.line_terminator);
        }
        match present(parameters, "quoting") {
            None => {}
            // The numbers of csv.QUOTE_MINIMAL, QUOTE_ALL, QUOTE_NONNUMERIC and QUOTE_NONE.
            Some(quoting) => match quoting.as_u64() {
                Some(0..=2) => {}
                Some(3) => self.quote = None,
                _ => return Err(wrong("quoting", quoting, "a number from 0 to 3")),
            },
        }
        Ok(())
    }
}

fn character(map: &Map, name: &str) -> Result<Option<char>, OptionError> {
    let Some(given) = text(map, name)? else { return Ok(None) };
    let mut chars = given.chars();
    match (chars.next(), chars.next()) {
        (None, _) => Ok(None),
        (Some(only), None) if only.is_ascii() && !matches!(only, '\r' | '\n') => Ok(Some(only)),
        _ => Err(wrong(name, &given.into(), "one ASCII character")),
    }
}

fn number(map: &Map, name: &str) -> Result<Option<usize>, OptionError> {
    let Some(given) = present(map, name) else { return Ok(None) };
    positive(given).map(Some).ok_or_else(|| wrong(name, given, "a number from 1"))
}

/// Row numbers, ascending.
fn numbers(map: &Map, name: &str) -> Result<Option<Vec<usize>>, OptionError> {
    let Some(given) = present(map, name) else { return Ok(None) };
    let mut rows = list(given, positive).ok_or_else(|| wrong(name, given, "row numbers from 1"))?;
    rows.sort_unstable();
    Ok(Some(rows))
}

fn positive(given: &Json) -> Option<usize> {
    given.as_u64().and_then(|n| usize::try_from(n).ok()).filter(|n| *n > 0)
}

fn list<T>(given: &Json, item: impl Fn(&Json) -> Option<T>) -> Option<Vec<T>> {
    given.as_array()?.iter().map(item).collect()
}

#[cfg(test)]
mod tests;
