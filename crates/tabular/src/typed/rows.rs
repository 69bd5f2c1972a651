//! Turns batches of text into record batches of one schema, for writers of typed files.

use arrow::array::{RecordBatch, RecordBatchOptions};
use arrow::datatypes::SchemaRef;

use super::plan::{TextType, TypePlan, TypedField, to_arrays};
use crate::batch::Batch;
use crate::format::WriteError;
use crate::limits::SCALE_BYTES_MAX;

/// Holds back the first batches until the types of all fields are known.
#[derive(Debug)]
pub(crate) struct TypedRows {
    plan: TypePlan,
    schema: Option<SchemaRef>,
    held: Vec<Batch>,
    held_bytes: usize,
    rows: u64,
}

impl TypedRows {
    /// Rows of the given fields, texts in the given type.
    pub(crate) fn new(fields: &[TypedField], texts: TextType) -> Self {
        let plan = TypePlan::new(fields.iter().cloned()).with_texts(texts);
        Self { plan, schema: None, held: Vec::new(), held_bytes: 0, rows: 0 }
    }

    /// Adds rows and gives what can be written now; nothing while the schema is still open.
    pub(crate) fn push(&mut self, batch: &Batch) -> Result<Vec<RecordBatch>, WriteError> {
        if let Some(schema) = self.schema.clone() {
            return Ok(vec![self.typed(batch, &schema)?]);
        }
        self.plan.observe(batch);
        self.held.push(batch.clone());
        self.held_bytes += batch.bytes();
        if self.plan.is_settled() || self.held_bytes >= SCALE_BYTES_MAX {
            return self.settle();
        }
        Ok(Vec::new())
    }

    /// Fixes the schema and gives the rows held back, if this has not happened yet.
    pub(crate) fn settle(&mut self) -> Result<Vec<RecordBatch>, WriteError> {
        let schema = self.schema();
        let held = std::mem::take(&mut self.held);
        held.iter().map(|batch| self.typed(batch, &schema)).collect()
    }

    /// The schema; fixed from now on.
    pub(crate) fn schema(&mut self) -> SchemaRef {
        self.schema.get_or_insert_with(|| self.plan.schema()).clone()
    }

    fn typed(&mut self, batch: &Batch, schema: &SchemaRef) -> Result<RecordBatch, WriteError> {
        let arrays = to_arrays(batch, schema, self.rows)?;
        self.rows += u64::try_from(batch.rows()).unwrap_or(u64::MAX);
        let options = RecordBatchOptions::new().with_row_count(Some(batch.rows()));
        RecordBatch::try_new_with_options(schema.clone(), arrays, &options)
            .map_err(|error| WriteError::Format { format: "arrow", problem: error.to_string() })
    }
}
