//! Keys of which no two rows may have the same.

use tabular::schema::Rule;

use super::{Report, Rows, Violation, encode};
use crate::error::StepError;
use crate::sorter::Sorter;

/// One unique key of one resource.
#[derive(Debug)]
pub struct UniqueCheck {
    resource: String,
    rule: Rule,
    fields: Vec<String>,
    sorter: Sorter,
    /// Rows of a primary key with a null; few, or the first ones.
    nulls: Vec<u64>,
    nulls_beyond: u64,
}

/// Rows with a null in their primary key that are kept one by one.
const NULLS_MAX: usize = 100_000;

impl UniqueCheck {
    /// The key `fields` of `resource`; `rule` says in which words it was declared.
    pub fn new(resource: &str, rule: Rule, fields: Vec<String>) -> Self {
        let sorter = Sorter::new(crate::limits::MEMORY_BYTES_DEFAULT);
        let resource = resource.to_owned();
        Self { resource, rule, fields, sorter, nulls: Vec::new(), nulls_beyond: 0 }
    }

    /// Bounds the memory; before the first rows.
    pub(super) fn bound(&mut self, memory_bytes: usize) {
        self.sorter = Sorter::new(memory_bytes);
    }

    pub(super) fn push(&mut self, rows: &Rows<'_>) -> Result<(), StepError> {
        let encoded = encode::encode(rows, &self.fields, 0);
        // As in SQL, nulls are never equal; only a primary key must have all its values.
        if self.rule == Rule::PrimaryKey {
            for row in encoded.nulls {
                if self.nulls.len() < NULLS_MAX {
                    self.nulls.push(row);
                } else {
                    self.nulls_beyond += 1;
                }
            }
        }
        self.sorter.push(&encoded.batch, encoded.keys)
    }

    pub(super) fn finish(self, report: &mut Report<'_>) -> Result<(), StepError> {
        let Self { resource, rule, fields, sorter, nulls, nulls_beyond } = self;
        let violation = |row, value: &str, text: String| Violation {
            resource: resource.clone(),
            row,
            fields: fields.clone(),
            value: value.to_owned(),
            rule,
            text,
        };
        let last = nulls.last().copied().unwrap_or(0);
        for row in nulls {
            report(violation(row, "", "a primary key needs a value".into()))?;
        }
        if nulls_beyond > 0 {
            let text = format!("a primary key needs a value, in {nulls_beyond} later rows too");
            report(violation(last, "", text))?;
        }
        let mut first = (String::new(), 0);
        sorter.drain(|batch| {
            for row in 0..batch.rows() {
                let key = encode::key(&batch, row);
                let number = encode::number(&batch, row);
                if key != first.0 {
                    key.clone_into(&mut first.0);
                    first.1 = number;
                    continue;
                }
                let value = encode::value(&batch, row);
                let shown = crate::error::shorten(value);
                let text = format!("`{shown}` is there already in row {}", first.1);
                report(violation(number, value, text))?;
            }
            Ok(())
        })
    }
}
