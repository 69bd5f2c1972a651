//! A resource of a package elsewhere, made a streaming resource of the package at hand.

use std::collections::VecDeque;
use std::sync::Arc;

use model::package::name;
use model::{Json, Map};
use tabular::Batch;
use tabular::format::RowReader;
use tempfile::TempDir;

use super::{PackageError, PackageSource};
use crate::casting::{Casting, OnError};
use crate::context::Context;
use crate::error::{Cause, StepError};
use crate::limits::SAMPLE_ROWS_DEFAULT;
use crate::table_source::{Guess, Rows, look_ahead};

/// A resource with what it takes to send its rows.
#[derive(Debug)]
pub struct Stream {
    /// The descriptor, complete in itself.
    pub descriptor: Map,
    reader: Box<dyn RowReader>,
    sample: VecDeque<Batch>,
    casting: Option<Casting>,
    folder: Option<Arc<TempDir>>,
}

impl Stream {
    /// The rows, to be sent as `resource`.
    pub fn into_rows(self, resource: &str) -> Rows {
        let rows = Rows::new(resource, self.reader).after_rows(self.sample).keeping(self.folder);
        match self.casting {
            Some(casting) => rows.cast(casting),
            None => rows,
        }
    }
}

impl PackageSource {
    /// Opens `resource`, a table. Its rows are cast to its schema; without one, fields are guessed
    /// and rows stay as they are.
    ///
    /// # Errors
    ///
    /// When the rows cannot be had, or do not have the columns of the schema.
    pub fn stream(
        &self,
        resource: &Map,
        on_error: OnError,
        ctx: &Context,
    ) -> Result<Stream, StepError> {
        let label = name(resource);
        let failed = |error| {
            let action = format!("open resource `{label}`");
            match error {
                PackageError::Table { source, .. } => StepError::outside(action, source),
                other => StepError::outside(action, other),
            }
        };
        let mut descriptor = self.dereferenced(resource).map_err(failed)?;
        let mut table = self.rows(&descriptor).map_err(failed)?;
        if descriptor.remove("data").is_some() {
            let path = descriptor.entry("path").or_insert(Json::Null);
            *path = format!("{label}.csv").into();
        }
        let mut sample = VecDeque::new();
        let mut casting = None;
        if descriptor.contains_key("schema") {
            casting = Some(Casting::new(&descriptor, on_error, ctx, |_| true)?);
        } else {
            let missing = [String::new()];
            let seen = look_ahead(&mut table, SAMPLE_ROWS_DEFAULT, &missing, Guess::Full);
            let seen = seen.map_err(|source| {
                StepError::new(Cause::Read { resource: label.to_owned(), source })
            })?;
            *model::package::field_list_mut(&mut descriptor) =
                seen.fields.into_iter().map(Json::Object).collect();
            sample = seen.rows;
        }
        Ok(Stream {
            descriptor,
            reader: table.reader,
            sample,
            casting,
            folder: self.unpacked.clone(),
        })
    }
}
