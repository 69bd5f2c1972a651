//! The columns of a resource as its schema declares them.

use std::borrow::Cow;
use std::collections::BTreeSet;

use model::Map;
use model::package::name;
use tabular::{Batch, Column};

use crate::error::StepError;
use crate::processor::field_names;

/// The fields of one resource, to find their columns in its batches.
#[derive(Debug, Clone, Default)]
pub struct Declared {
    resource: String,
    fields: BTreeSet<String>,
}

impl Declared {
    /// The fields that the schema of `resource` declares.
    pub fn new(resource: &Map) -> Self {
        let fields = field_names(resource).into_iter().collect();
        Self { resource: name(resource).to_owned(), fields }
    }

    /// The name of the resource.
    pub fn resource(&self) -> &str {
        &self.resource
    }

    /// The declared fields for which `batch` has no column: its rows have no values there.
    pub fn absent(&self, batch: &Batch) -> Vec<&str> {
        let is_absent = |field: &&str| batch.column(field).is_none();
        self.fields.iter().map(String::as_str).filter(is_absent).collect()
    }

    /// The column of `field`; all null when the rows have no value for a declared field.
    ///
    /// # Errors
    ///
    /// When neither the rows nor the schema know the field.
    pub fn column<'a>(&self, batch: &'a Batch, field: &str) -> Result<Cow<'a, Column>, StepError> {
        match batch.column(field) {
            Some(column) => Ok(Cow::Borrowed(column)),
            None if self.fields.contains(field) => Ok(Cow::Owned(Column::nulls(batch.rows()))),
            None => Err(StepError::resource(&self.resource, format!("has no field `{field}`"))),
        }
    }
}
