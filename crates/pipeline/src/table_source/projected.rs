//! Some of the columns of another reader.

use std::sync::Arc;

use tabular::Batch;
use tabular::format::{ReadError, RowReader};

/// Gives the columns of `reader` that are among `names`.
#[derive(Debug)]
pub struct Projected {
    pub reader: Box<dyn RowReader>,
    pub names: Vec<Arc<str>>,
}

impl RowReader for Projected {
    fn names(&self) -> &[Arc<str>] {
        &self.names
    }

    fn next_batch(&mut self) -> Result<Option<Batch>, ReadError> {
        let batch = self.reader.next_batch()?;
        Ok(batch.map(|batch| {
            batch.project(|name| self.names.iter().find(|known| ***known == *name).cloned())
        }))
    }
}
