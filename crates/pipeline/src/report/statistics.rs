//! What the values of a resource look like, counted while they pass.

use std::collections::BTreeMap;

use tabular::{Batch, Column, Kind};

use crate::limits::{REPORT_BARS, REPORT_DISTINCT_MAX, REPORT_NUMBERS_MAX};

/// The fields of one resource.
#[derive(Debug, Clone)]
pub struct ResourceStatistics {
    pub name: String,
    pub rows: u64,
    pub fields: Vec<FieldStatistics>,
}

/// The values of one field.
#[derive(Debug, Clone)]
pub struct FieldStatistics {
    pub name: String,
    pub kind: Kind,
    pub nulls: u64,
    /// Values with how often they occur; no more are added once there are too many.
    counts: BTreeMap<Box<str>, u64>,
    /// There are more different values than were counted.
    pub more_distinct: bool,
    numbers: Numbers,
    /// The extremes of texts, in the order of their characters.
    texts: Option<(String, String)>,
}

impl ResourceStatistics {
    /// No rows yet.
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned(), rows: 0, fields: Vec::new() }
    }

    /// Counts the values of `batch`.
    pub fn add(&mut self, batch: &Batch) {
        self.rows += u64::try_from(batch.rows()).unwrap_or(u64::MAX);
        for (name, column) in batch.iter() {
            let at = self.fields.iter().position(|field| *field.name == **name);
            let at = at.unwrap_or_else(|| {
                self.fields.push(FieldStatistics::new(name));
                self.fields.len() - 1
            });
            if let Some(field) = self.fields.get_mut(at) {
                field.add(column);
            }
        }
    }
}

impl FieldStatistics {
    fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            kind: Kind::Text,
            nulls: 0,
            counts: BTreeMap::new(),
            more_distinct: false,
            numbers: Numbers::default(),
            texts: None,
        }
    }

    fn add(&mut self, column: &Column) {
        self.kind = column.kind();
        let is_number = matches!(self.kind, Kind::Integer | Kind::Number | Kind::Float);
        for row in 0..column.len() {
            let Some(text) = column.text(row) else {
                self.nulls += 1;
                continue;
            };
            self.count(text);
            match text.parse::<f64>() {
                Ok(number) if is_number => self.numbers.add(number, text),
                _ => self.add_text(text),
            }
        }
    }

    fn count(&mut self, text: &str) {
        if let Some(count) = self.counts.get_mut(text) {
            *count += 1;
        } else if self.counts.len() < REPORT_DISTINCT_MAX {
            self.counts.insert(text.into(), 1);
        } else {
            self.more_distinct = true;
        }
    }

    fn add_text(&mut self, text: &str) {
        match &mut self.texts {
            None => self.texts = Some((text.to_owned(), text.to_owned())),
            Some((least, _)) if text < least.as_str() => text.clone_into(least),
            Some((_, greatest)) if text > greatest.as_str() => text.clone_into(greatest),
            Some(_) => {}
        }
    }

    /// How many different values there are; at least so many when `more_distinct`.
    pub fn distinct(&self) -> usize {
        self.counts.len()
    }

    /// The least and the greatest value: of numbers by value, of others by text.
    pub fn extremes(&self) -> Option<(&str, &str)> {
        let texts =
            self.texts.as_ref().map(|(least, greatest)| (least.as_str(), greatest.as_str()));
        self.numbers.extremes().or(texts)
    }

    /// Bars of a small chart: of numbers the ranges from least to greatest, of others the most
    /// frequent values; each with its label and count. None when every value is different.
    pub fn bars(&self) -> Vec<(String, u64)> {
        if self.counts.len() > REPORT_BARS && !self.numbers.kept.is_empty() {
            return self.numbers.histogram();
        }
        let mut counts: Vec<(&Box<str>, &u64)> = self.counts.iter().collect();
        counts.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        if counts.first().is_none_or(|(_, count)| **count < 2) {
            return Vec::new();
        }
        counts
            .into_iter()
            .take(REPORT_BARS)
            .map(|(text, count)| (text.to_string(), *count))
            .collect()
    }
}

/// The numbers of a field: the extremes of all, and an even sample of them for a histogram.
#[derive(Debug, Clone, Default)]
struct Numbers {
    least: Option<(f64, String)>,
    greatest: Option<(f64, String)>,
    /// Every `2^halvings`-th number that came.
    kept: Vec<f64>,
    halvings: u32,
    seen: u64,
}

impl Numbers {
    fn add(&mut self, number: f64, text: &str) {
        if self.least.as_ref().is_none_or(|(least, _)| number < *least) {
            self.least = Some((number, text.to_owned()));
        }
        if self.greatest.as_ref().is_none_or(|(greatest, _)| number > *greatest) {
            self.greatest = Some((number, text.to_owned()));
        }
        if !number.is_finite() {
            return;
        }
        if self.seen.trailing_zeros() >= self.halvings {
            self.keep(number);
        }
        self.seen += 1;
    }

    /// Keeps `number`; when there are too many, every other one goes.
    fn keep(&mut self, number: f64) {
        if self.kept.len() == REPORT_NUMBERS_MAX {
            let mut odd = true;
            self.kept.retain(|_| {
                odd = !odd;
                !odd
            });
            self.halvings += 1;
            if self.seen.trailing_zeros() < self.halvings {
                return;
            }
        }
        self.kept.push(number);
    }

    fn extremes(&self) -> Option<(&str, &str)> {
        Some((&self.least.as_ref()?.1, &self.greatest.as_ref()?.1))
    }

    /// How many of the numbers kept lie in each of equally wide ranges.
    fn histogram(&self) -> Vec<(String, u64)> {
        let least = self.kept.iter().copied().fold(f64::INFINITY, f64::min);
        let greatest = self.kept.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let bars = u32::try_from(REPORT_BARS).unwrap_or(1);
        let width = (greatest - least) / f64::from(bars);
        (0..bars)
            .map(|bar| {
                let from = least + width * f64::from(bar);
                let to = if bar + 1 == bars { f64::INFINITY } else { from + width };
                let inside = self.kept.iter().filter(|n| **n >= from && **n < to).count();
                let inside = u64::try_from(inside).unwrap_or(0) << self.halvings;
                (format!("{from:.4} to {:.4}", from + width), inside)
            })
            .collect()
    }
}

#[cfg(test)]
mod tests;
