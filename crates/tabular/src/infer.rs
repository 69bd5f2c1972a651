//! Which type a column of cells most likely has.
//!
//! The rule is that of the reference, oddities included, because schemas of existing pipelines
//! depend on it: every cell votes for each type that it can be cast to, and of the types with
//! enough votes the first in a fixed order wins. So a column of `20200101` is one of dates.

use crate::cast::reader::Reader;
use crate::column::Column;
use crate::form;
use crate::schema::{Field, FieldType};
use crate::value::{Kind, Value};

/// The candidates, the most specific first, with the format that is tried and the one that is
/// reported. Dates and times must be in exactly the form of version 1.
const ORDER: [(FieldType, &str, &str); 22] = [
    (FieldType::Duration, "default", "default"),
    (FieldType::GeoJson, "default", "default"),
    (FieldType::GeoPoint, "default", "default"),
    (FieldType::Object, "default", "default"),
    (FieldType::Array, "default", "default"),
    (FieldType::DateTime, "%Y-%m-%dT%H:%M:%SZ", "default"),
    (FieldType::Time, "%H:%M:%S", "default"),
    (FieldType::Date, "%Y-%m-%d", "%Y-%m-%d"),
    (FieldType::Date, "%d/%m/%Y", "%d/%m/%Y"),
    (FieldType::Date, "%m/%d/%Y", "%m/%d/%Y"),
    (FieldType::Date, "%d/%m/%y", "%d/%m/%y"),
    (FieldType::Date, "%m/%d/%y", "%m/%d/%y"),
    (FieldType::Date, "%Y%m%d", "%Y%m%d"),
    (FieldType::Date, "%d-%m-%y", "%d-%m-%y"),
    (FieldType::Date, "%Y/%m/%d", "%Y/%m/%d"),
    (FieldType::Date, "%d.%m.%Y", "%d.%m.%Y"),
    (FieldType::Date, "%d.%m.%y", "%d.%m.%y"),
    (FieldType::Integer, "default", "default"),
    (FieldType::Number, "default", "default"),
    (FieldType::Boolean, "default", "default"),
    (FieldType::String, "default", "default"),
    (FieldType::Any, "default", "default"),
];

/// The votes of the cells of one column.
#[derive(Debug, Clone)]
pub struct Inference {
    missing: Vec<String>,
    confidence: f64,
    counts_nulls: bool,
    cells: u64,
    /// In order; those that cannot win any more are taken out.
    candidates: Vec<Candidate>,
}

#[derive(Debug, Clone)]
struct Candidate {
    inferred: Inferred,
    reader: Reader,
    votes: u64,
}

/// A type and a format, as a schema writes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Inferred {
    pub field_type: FieldType,
    pub format: &'static str,
}

impl Inference {
    /// No cells yet. Cells that are one of `missing_values`, and nulls, do not vote.
    ///
    /// # Panics
    ///
    /// Never: the formats that are tried are well formed.
    pub fn new(missing_values: &[String]) -> Self {
        let candidates = ORDER.map(|(field_type, tried, format)| {
            let field = Field { format: tried.into(), ..Field::plain("", field_type) };
            let reader = Reader::new(&field).expect("the formats of the table are well formed");
            Candidate { inferred: Inferred { field_type, format }, reader, votes: 0 }
        });
        Self {
            missing: missing_values.to_vec(),
            confidence: 1.0,
            counts_nulls: false,
            cells: 0,
            candidates: candidates.into(),
        }
    }

    /// A type wins with `confidence` (0 to 1) of the votes of the strongest; at first it needs as
    /// many.
    #[must_use]
    pub fn with_confidence(self, confidence: f64) -> Self {
        Self { confidence, ..self }
    }

    /// Nulls vote, and only for `any`: the reference does so with sources that have nulls of
    /// their own, such as JSON.
    #[must_use]
    pub fn counting_nulls(self) -> Self {
        Self { counts_nulls: true, ..self }
    }

    /// Lets the cells of `column` vote.
    pub fn add(&mut self, column: &Column) {
        let is_missing = |value: &Value<'_>| {
            value.kind == Kind::Text && self.missing.iter().any(|text| *text == value.text)
        };
        let cells: Vec<Option<Value<'_>>> = column
            .values()
            .filter(|cell| match cell {
                Some(value) => !is_missing(value),
                None => self.counts_nulls,
            })
            .collect();
        self.cells += u64::try_from(cells.len()).unwrap_or(u64::MAX);
        // Every cell is of type `any`; when all votes are needed, one cell rules a type out.
        let all_needed = self.confidence >= 1.0;
        for candidate in &mut self.candidates {
            for cell in &cells {
                if candidate.accepts(cell.as_ref()) {
                    candidate.votes += 1;
                } else if all_needed {
                    break;
                }
            }
        }
        if all_needed {
            self.candidates.retain(|candidate| candidate.votes == self.cells);
        }
    }

    /// The type of the column; `string` when no cell voted.
    pub fn finish(&self) -> Inferred {
        let most = self.candidates.iter().map(|candidate| candidate.votes).max().unwrap_or(0);
        if most == 0 {
            return Inferred { field_type: FieldType::String, format: "default" };
        }
        self.candidates
            .iter()
            .filter(|candidate| is_share(candidate.votes, most, self.confidence))
            .fold(None::<&Candidate>, |best, next| match best {
                // Formats of one type rank by their votes.
                Some(best) if best.inferred.field_type != next.inferred.field_type => Some(best),
                Some(best) if best.votes >= next.votes => Some(best),
                _ => Some(next),
            })
            .map(|candidate| candidate.inferred)
            .expect("the candidate with the most votes is left")
    }
}

impl Candidate {
    fn accepts(&self, cell: Option<&Value<'_>>) -> bool {
        match (cell, &self.reader) {
            (_, Reader::Any) => true,
            (None, _) => false,
            (Some(value), reader) => surely(reader, value)
                .unwrap_or_else(|| reader.read(Value::new(value.kind, &*value.text)).is_some()),
        }
    }
}

/// Whether `reader` accepts `value`, when a quick look can tell; spares most of the reading.
fn surely(reader: &Reader, value: &Value<'_>) -> Option<bool> {
    if value.kind != Kind::Text {
        return None;
    }
    let text = &*value.text;
    let starts_with = |signs: &[u8]| {
        text.trim_ascii_start().bytes().next().is_some_and(|first| signs.contains(&first))
    };
    match reader {
        Reader::Duration if !starts_with(b"P-+") => Some(false),
        Reader::Object | Reader::GeoJson if !starts_with(b"{") => Some(false),
        Reader::Array if !starts_with(b"[") => Some(false),
        Reader::Time(_) if text.len() == 8 && form::is_time(text) => Some(true),
        Reader::DateTime(_) if text.len() == 20 => {
            text.strip_suffix('Z').filter(|bare| form::is_date_time(bare)).map(|_| true)
        }
        _ => None,
    }
}

#[expect(
    clippy::as_conversions,
    clippy::cast_precision_loss,
    reason = "a share of a sample; no sample has 2^53 cells"
)]
fn is_share(votes: u64, most: u64, confidence: f64) -> bool {
    votes as f64 >= most as f64 * confidence
}

#[cfg(test)]
mod tests;
