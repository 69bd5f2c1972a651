//! A table of texts: names and types above, numbers to the right.

use std::fmt;

use tabular::Batch;

use crate::python_text::python_text;

/// A column to show.
#[derive(Debug, Clone)]
pub(super) struct Column {
    pub(super) field: String,
    /// The type that the schema declares.
    pub(super) kind: String,
}

/// Rows of texts, in order of their numbers.
#[derive(Debug)]
pub(super) struct Table {
    columns: Vec<Column>,
    cell_chars_max: usize,
    rows: Vec<(u64, Vec<String>)>,
}

impl Table {
    pub(super) fn new(columns: Vec<Column>, cell_chars_max: usize) -> Self {
        Self { columns, cell_chars_max, rows: Vec::new() }
    }

    /// Adds row `number`, which is row `at` of `batch`, unless it is there already.
    pub(super) fn push(&mut self, number: u64, batch: &Batch, at: u64) {
        if self.rows.last().is_some_and(|(last, _)| *last >= number) {
            return;
        }
        let at = usize::try_from(at).expect("a row of a batch has a small number");
        let cell = |column: &Column| {
            let value = batch.column(&column.field).and_then(|cells| cells.value(at));
            self.cell(&python_text(value.as_ref()))
        };
        self.rows.push((number, self.columns.iter().map(cell).collect()));
    }

    fn cell(&self, text: &str) -> String {
        let shown = |c: char| if c.is_control() { ' ' } else { c };
        let mut cell: String = text.chars().take(self.cell_chars_max).map(shown).collect();
        if text.chars().nth(self.cell_chars_max).is_some() {
            cell.push_str(" ...");
        }
        cell
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbers: Vec<String> = self.rows.iter().map(|(number, _)| number.to_string()).collect();
        let width_of = |texts: &mut dyn Iterator<Item = &str>| {
            texts.map(|text| text.chars().count()).max().unwrap_or(0)
        };
        let first = width_of(&mut numbers.iter().map(String::as_str)).max(1);
        let kinds: Vec<String> = self.columns.iter().map(|c| format!("({})", c.kind)).collect();
        let widths: Vec<usize> = self
            .columns
            .iter()
            .zip(&kinds)
            .enumerate()
            .map(|(at, (column, kind))| {
                let cells = self.rows.iter().filter_map(|(_, cells)| cells.get(at));
                let head = [column.field.as_str(), kind.as_str()].into_iter();
                width_of(&mut head.chain(cells.map(String::as_str)))
            })
            .collect();
        let line =
            |f: &mut fmt::Formatter<'_>, start: &str, cells: &mut dyn Iterator<Item = &str>| {
                let mut text = format!("{start:<first$}");
                for ((cell, width), column) in cells.zip(&widths).zip(&self.columns) {
                    let is_number = matches!(column.kind.as_str(), "integer" | "number" | "year");
                    text.push_str("  ");
                    text.push_str(&if is_number {
                        format!("{cell:>width$}")
                    } else {
                        format!("{cell:<width$}")
                    });
                }
                writeln!(f, "{}", text.trim_end())
            };
        line(f, "#", &mut self.columns.iter().map(|column| column.field.as_str()))?;
        line(f, "", &mut kinds.iter().map(String::as_str))?;
        let dashes: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
        line(f, &"-".repeat(first), &mut dashes.iter().map(String::as_str))?;
        let mut before = 0;
        for ((number, cells), text) in self.rows.iter().zip(&numbers) {
            if *number > before + 1 {
                writeln!(f, "...")?;
            }
            before = *number;
            line(f, text, &mut cells.iter().map(String::as_str))?;
        }
        Ok(())
    }
}
