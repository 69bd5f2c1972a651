//! Random tables: CSV files with columns of many kinds, and what later steps know of them.

use super::random::Random;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Integer,
    Number,
    Boolean,
    Date,
    Datetime,
    Time,
    Text,
    Array,
    Other,
}

impl Kind {
    /// The type of a field that takes such values.
    pub(crate) fn type_name(self) -> &'static str {
        match self {
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Date => "date",
            Self::Datetime => "datetime",
            Self::Time => "time",
            Self::Text => "string",
            Self::Array => "array",
            Self::Other => "any",
        }
    }
}

/// A field as the steps see it.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    /// Whether its values have been cast to its type.
    pub(crate) typed: bool,
    /// Texts that cells of the source hold.
    pub(crate) samples: Vec<String>,
}

/// A resource as the steps see it.
#[derive(Debug, Clone)]
pub(crate) struct Resource {
    pub(crate) name: String,
    pub(crate) fields: Vec<Field>,
}

impl Field {
    /// A field that a step has made.
    pub(crate) fn made(name: &str, kind: Kind) -> Self {
        Self { name: name.to_owned(), kind, typed: true, samples: Vec::new() }
    }

    /// Whether it holds numbers, not texts of numbers.
    pub(crate) fn is_number(&self) -> bool {
        self.typed && matches!(self.kind, Kind::Integer | Kind::Number)
    }
}

impl Resource {
    pub(crate) fn names(&self) -> Vec<String> {
        self.fields.iter().map(|field| field.name.clone()).collect()
    }
}

const COLUMNS: [(&str, Kind, &[&str]); 15] = [
    ("id", Kind::Integer, &["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"]),
    ("n", Kind::Integer, &["0", "-1", "7", "10", "-25", "3", "100", ""]),
    (
        "big",
        Kind::Integer,
        &["9007199254740993", "9223372036854775808", "-12345678901234567890123456789", "5", ""],
    ),
    ("code", Kind::Integer, &["007", "01", "0", "00", "0012", "12"]),
    ("num", Kind::Number, &["1.50", "-0.0", "1e3", "10", ".5", "2.", "100.00", "-3.25", "", "0.1"]),
    ("exact", Kind::Number, &["0.12345678901234567890123456789", "1.0", "-99999999999999999.99"]),
    ("k", Kind::Text, &["a", "b", "c", "é", ""]),
    (
        "city name",
        Kind::Text,
        &[
            "Zürich",
            "東京",
            "a,b",
            "say \"hi\"",
            "two\nlines",
            "'",
            "None",
            "null",
            "",
            "\\d",
            "{x}",
        ],
    ),
    ("größe", Kind::Text, &["x", "X", "xx", " padded ", "\t", "", "😀", "-", "a:b", "1"]),
    ("day", Kind::Date, &["2020-01-31", "1999-12-01", "2024-02-29", "0001-01-01", ""]),
    ("digits", Kind::Date, &["20200131", "19991201", "20240229"]),
    ("at", Kind::Datetime, &["2020-01-31T10:11:12Z", "1999-12-01T00:00:00Z", ""]),
    ("time", Kind::Time, &["10:11:12", "00:00:00", "23:59:59", ""]),
    ("flag", Kind::Boolean, &["true", "false", ""]),
    ("mixed", Kind::Other, &["1", "1.5", "true", "2020-01-31", "x", "", "-"]),
];

/// A random CSV file and the resource `name` that it becomes. Two tables share names of columns.
pub(crate) fn table(random: &mut Random, name: &str) -> (String, Resource) {
    let mut columns: Vec<_> = COLUMNS.to_vec();
    while columns.len() > 5 || (columns.len() > 2 && random.chance(20)) {
        columns.remove(random.below(columns.len()));
    }
    let rows = if random.chance(5) { 0 } else { 1 + random.below(12) };
    let quoted = random.chance(20);
    let end = if random.chance(30) { "\r\n" } else { "\n" };
    let mut text = String::new();
    let mut line = |cells: Vec<&str>| {
        let cells: Vec<String> = cells.into_iter().map(|cell| quote(cell, quoted)).collect();
        text.push_str(&cells.join(","));
        text.push_str(end);
    };
    line(columns.iter().map(|(name, ..)| *name).collect());
    for row in 0..rows {
        line(columns.iter().map(|(name, _, values)| cell(random, row, name, values)).collect());
    }
    let fields = columns.into_iter().map(|(name, kind, values)| Field {
        name: name.to_owned(),
        kind,
        typed: false,
        samples: values.iter().filter(|v| !v.is_empty()).map(|v| (*v).to_owned()).collect(),
    });
    (text, Resource { name: name.to_owned(), fields: fields.collect() })
}

fn cell(random: &mut Random, row: usize, column: &str, values: &[&'static str]) -> &'static str {
    if column == "id" && random.chance(85) {
        return values.get(row % values.len()).copied().unwrap();
    }
    random.pick::<&str>(values)
}

fn quote(cell: &str, always: bool) -> String {
    if always || cell.is_empty() || cell.contains([',', '"', '\n']) {
        return format!("\"{}\"", cell.replace('"', "\"\""));
    }
    cell.to_owned()
}
