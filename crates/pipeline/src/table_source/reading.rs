//! How the rows of a table are read once its bytes are there.

use std::sync::Arc;

use model::{Json, Map};
use tabular::csv;
use tabular::dialect::Dialect;
use tabular::format::RowReader;
use tabular::grid::{self, OptionError};
use tabular::json::{self, Layout};
use tabular::spreadsheet::{self, Sheet};

use super::Projected;

/// The options of all formats; each format looks at its own.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    /// Text tables; spreadsheets share its grid.
    pub text: csv::Options,
    pub sheet: spreadsheet::Options,
    /// JSON: the property that holds the rows.
    pub property: Option<String>,
    /// JSON: the keys of objects that are columns; those of the first object when it is empty.
    pub keys: Vec<String>,
    /// Which columns of a text table or sheet are read.
    columns: Columns,
}

/// Which columns are read.
#[derive(Debug, Clone, Default)]
enum Columns {
    #[default]
    All,
    Only(Vec<Json>),
    Without(Vec<Json>),
}

impl Reading {
    /// The options among the parameters of `load`.
    ///
    /// # Errors
    ///
    /// [`OptionError`] when a parameter has a value of another form.
    pub fn of_parameters(parameters: &Map) -> Result<Self, OptionError> {
        let mut text = csv::Options::parse(parameters)?;
        if let Some(dialect) = parameters.get("dialect").and_then(Json::as_object) {
            text.dialect = Some(Dialect::parse(dialect)?);
        }
        let list = |names: [&str; 2]| {
            names.iter().find_map(|name| parameters.get(*name)).and_then(Json::as_array).cloned()
        };
        let columns = match list(["pick_columns", "ignore_not_listed_headers"]) {
            Some(list) => Columns::Only(list),
            None => match list(["skip_columns", "ignore_listed_headers"]) {
                Some(list) => Columns::Without(list),
                None => Columns::All,
            },
        };
        let property = parameters.get("property").and_then(Json::as_str);
        Ok(Self {
            text,
            sheet: sheet_options(parameters),
            property: property.map(str::to_owned),
            keys: Vec::new(),
            columns,
        })
    }

    /// The options that the descriptor of a resource gives; `names` are those of the columns when
    /// the table has no header row.
    ///
    /// # Errors
    ///
    /// [`OptionError`] when its dialect has a property of another form.
    pub fn of_resource(resource: &Map, names: &[String]) -> Result<Self, OptionError> {
        let mut reading =
            Self { sheet: sheet_options(resource), keys: names.to_vec(), ..Self::default() };
        reading.text.encoding = resource.get("encoding").and_then(Json::as_str).map(str::to_owned);
        if let Some(described) = resource.get("dialect").and_then(Json::as_object) {
            let dialect = Dialect::parse(described)?;
            reading.text.grid = grid::Options::of_dialect(&dialect);
            if let Some(name) = &dialect.sheet_name {
                reading.sheet.sheet = Some(Sheet::Name(name.clone()));
            } else if let Some(number) = dialect.sheet_number {
                reading.sheet.sheet = Some(Sheet::Number(number));
            }
            reading.property.clone_from(&dialect.property);
            if !dialect.item_keys.is_empty() {
                reading.keys.clone_from(&dialect.item_keys);
            }
            if !dialect.header && !names.is_empty() {
                reading.text.grid.headers = grid::Headers::Names(names.to_vec());
            }
            // A delimiter that is not given is guessed, as datapackage-pipelines does.
            if described.contains_key("delimiter") || names.len() < 2 {
                reading.text.dialect = Some(dialect);
            } else {
                reading.text.python = python_words(described);
            }
        } else if names.len() == 1 {
            reading.text.dialect = Some(Dialect::default());
        }
        Ok(reading)
    }

    /// The options of a JSON table of `layout`.
    pub(super) fn json(&self, layout: Layout) -> json::Options {
        let mut options = json::Options::new(layout);
        options.grid = self.text.grid.clone();
        options.encoding.clone_from(&self.text.encoding);
        options.keys.clone_from(&self.keys);
        if layout == Layout::Array {
            options.property.clone_from(&self.property);
        }
        if !self.keys.is_empty() {
            // A schema tells the types: nothing is gained by doubles.
            options.numbers = json::Numbers::Decimal;
        }
        options
    }

    /// `reader` with the columns that were asked for.
    pub(super) fn chosen(&self, reader: Box<dyn RowReader>) -> Box<dyn RowReader> {
        let is_listed = |list: &[Json], index: usize, name: &str| {
            list.iter().any(|item| match item {
                Json::String(text) => text == name,
                // Numbers count from 1.
                number => number.as_u64() == u64::try_from(index + 1).ok(),
            })
        };
        let names: Vec<Arc<str>> = reader
            .names()
            .iter()
            .enumerate()
            .filter(|(index, name)| match &self.columns {
                Columns::All => true,
                Columns::Only(list) => is_listed(list, *index, name),
                Columns::Without(list) => !is_listed(list, *index, name),
            })
            .map(|(_, name)| Arc::clone(name))
            .collect();
        if names.len() == reader.names().len() {
            reader
        } else {
            Box::new(Projected { reader, names })
        }
    }

    /// `reader` with at most as many rows as were asked for.
    pub(super) fn limited(&self, reader: Box<dyn RowReader>) -> Box<dyn RowReader> {
        let ends = grid::Options { limit_rows: self.text.grid.limit_rows, ..Default::default() };
        grid::trim_ends(reader, &ends)
    }
}

/// The properties of a dialect of version 1 in the words of Python's csv module.
fn python_words(dialect: &Map) -> Map {
    [
        ("quoteChar", "quotechar"),
        ("escapeChar", "escapechar"),
        ("doubleQuote", "doublequote"),
        ("skipInitialSpace", "skipinitialspace"),
    ]
    .into_iter()
    .filter_map(|(key, word)| Some((word.to_owned(), dialect.get(key)?.clone())))
    .collect()
}

fn sheet_options(options: &Map) -> spreadsheet::Options {
    let sheet = match options.get("sheet") {
        Some(Json::String(name)) => Some(Sheet::Name(name.clone())),
        Some(other) => other.as_u64().and_then(|n| usize::try_from(n).ok()).map(Sheet::Number),
        None => None,
    };
    spreadsheet::Options {
        sheet,
        fill_merged_cells: options.get("fill_merged_cells").and_then(Json::as_bool) == Some(true),
        ..spreadsheet::Options::default()
    }
}
