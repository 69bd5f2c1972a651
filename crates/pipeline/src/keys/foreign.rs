//! Values that must occur in a key of another resource, or of the same.

use tabular::Column;
use tabular::schema::{ForeignKey, Rule};

use super::{Report, Rows, Violation, encode};
use crate::error::{StepError, shorten};
use crate::sorter::Sorter;

/// Rows that are referred to come before those that refer to them.
const REFERRED: u8 = 0;
const REFERRING: u8 = 1;

/// One foreign key of one resource.
#[derive(Debug)]
pub struct ForeignCheck {
    resource: String,
    fields: Vec<String>,
    other: String,
    other_fields: Vec<String>,
    /// Keys of both sides.
    sorter: Sorter,
}

impl ForeignCheck {
    /// The foreign key `key` of `resource`.
    pub fn new(resource: &str, key: &ForeignKey) -> Self {
        Self {
            resource: resource.to_owned(),
            fields: key.fields.clone(),
            other: key.resource.clone().unwrap_or_else(|| resource.to_owned()),
            other_fields: key.reference_fields.clone(),
            sorter: Sorter::new(crate::limits::MEMORY_BYTES_DEFAULT),
        }
    }

    /// Bounds the memory; before the first rows.
    pub(super) fn bound(&mut self, memory_bytes: usize) {
        self.sorter = Sorter::new(memory_bytes);
    }

    pub(super) fn concerns(&self, resource: &str) -> bool {
        self.resource == resource || self.other == resource
    }

    pub(super) fn refers_to(&self, resource: &str) -> bool {
        self.other == resource
    }

    pub(super) fn push(&mut self, resource: &str, rows: &Rows<'_>) -> Result<(), StepError> {
        if self.other == resource {
            let mut referred = encode::encode(rows, &self.other_fields, REFERRED);
            referred.batch.set(super::ROW, Column::nulls(referred.batch.rows()));
            self.sorter.push(&referred.batch, referred.keys)?;
        }
        if self.resource == resource {
            // As in SQL, a row with a null in its key refers to nothing.
            let referring = encode::encode(rows, &self.fields, REFERRING);
            self.sorter.push(&referring.batch, referring.keys)?;
        }
        Ok(())
    }

    pub(super) fn finish(self, report: &mut Report<'_>) -> Result<(), StepError> {
        let Self { resource, fields, other, other_fields, sorter } = self;
        let place = match other_fields.as_slice() {
            [field] => format!("field `{field}`"),
            fields => format!("fields `{}`", fields.join("`, `")),
        };
        let place = if other == resource { place } else { format!("{place} of `{other}`") };
        let mut referred: Option<String> = None;
        sorter.drain(|batch| {
            for row in 0..batch.rows() {
                let key = encode::key(&batch, row);
                let number = encode::number(&batch, row);
                if number == 0 {
                    key.clone_into(referred.get_or_insert_default());
                } else if referred.as_deref() != Some(key) {
                    let value = encode::value(&batch, row);
                    report(Violation {
                        resource: resource.clone(),
                        row: number,
                        fields: fields.clone(),
                        value: value.to_owned(),
                        rule: Rule::ForeignKeys,
                        text: format!("`{}` is not in {place}", shorten(value)),
                    })?;
                }
            }
            Ok(())
        })
    }
}
