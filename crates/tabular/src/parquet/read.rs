//! Reads the rows of a Parquet file.

use std::fs::File;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef, TimeUnit};
use model::Map;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader,
    ParquetRecordBatchReaderBuilder,
};
use parquet::basic::Type as PhysicalType;
use parquet::errors::ParquetError;
use parquet::schema::types::SchemaDescriptor;

use super::FORMAT;
use crate::batch::Batch;
use crate::format::{ReadError, RowReader};
use crate::guard::guarded;
use crate::limits::BATCH_ROWS_MAX;
use crate::typed::{self, arrow_names};

/// Reads a Parquet file row group by row group, page by page.
pub struct ParquetReader {
    names: Vec<Arc<str>>,
    schema: SchemaRef,
    batches: ParquetRecordBatchReader,
}

impl ParquetReader {
    /// Reads the footer of `file`.
    ///
    /// # Errors
    ///
    /// [`ReadError`] when this is not a Parquet file, or two columns have one name.
    pub fn open(file: File) -> Result<Self, ReadError> {
        guarded(FORMAT, || Self::new(file))
    }

    fn new(file: File) -> Result<Self, ReadError> {
        let declared =
            ArrowReaderMetadata::load(&file, ArrowReaderOptions::new()).map_err(fault)?;
        let names = arrow_names(declared.schema(), FORMAT)?;
        let wanted = wanted_schema(declared.schema(), declared.parquet_schema());
        let options = ArrowReaderOptions::new().with_schema(wanted);
        let metadata = Arc::clone(declared.metadata());
        // What a file asks for may be more than the reader can give; then it is read as it is.
        let metadata = ArrowReaderMetadata::try_new(metadata, options).unwrap_or(declared);
        let schema = Arc::clone(metadata.schema());
        let batches = ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata)
            .with_batch_size(BATCH_ROWS_MAX)
            .build()
            .map_err(fault)?;
        Ok(Self { names, schema, batches })
    }

    /// The field descriptors (`name`, `type`, `format`) that the file declares.
    pub fn fields(&self) -> Vec<Map> {
        typed::fields(&self.schema)
    }

    fn decode(&mut self) -> Result<Option<Batch>, ReadError> {
        let Some(next) = self.batches.next() else { return Ok(None) };
        let batch = next.map_err(|error| fault(error.into()))?;
        let columns = batch.columns().iter().map(typed::from_arrow);
        let columns = self.names.iter().cloned().zip(columns);
        Ok(Some(Batch::new(batch.num_rows(), columns)))
    }
}

impl RowReader for ParquetReader {
    fn names(&self) -> &[Arc<str>] {
        &self.names
    }

    fn next_batch(&mut self) -> Result<Option<Batch>, ReadError> {
        guarded(FORMAT, || self.decode())
    }
}

impl std::fmt::Debug for ParquetReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ParquetReader").field("schema", &self.schema).finish_non_exhaustive()
    }
}

/// Texts as views, which point into the pages; old timestamps of 96 bits in microseconds, which
/// reach further than the nanoseconds that Arrow would choose.
fn wanted_schema(declared: &Schema, parquet: &SchemaDescriptor) -> SchemaRef {
    let is_legacy_timestamp = |root: usize| {
        let leaf =
            (0..parquet.num_columns()).find(|leaf| parquet.get_column_root_idx(*leaf) == root);
        leaf.is_some_and(|leaf| parquet.column(leaf).physical_type() == PhysicalType::INT96)
    };
    let fields: Vec<FieldRef> = declared
        .fields()
        .iter()
        .enumerate()
        .map(|(root, field)| match field.data_type() {
            DataType::Timestamp(_, zone) if is_legacy_timestamp(root) => {
                retyped(field, DataType::Timestamp(TimeUnit::Microsecond, zone.clone()))
            }
            DataType::Dictionary(_, values) if values.is_string() => {
                retyped(field, DataType::Utf8View)
            }
            data_type if data_type.is_string() => retyped(field, DataType::Utf8View),
            _ => Arc::clone(field),
        })
        .collect();
    Arc::new(Schema::new_with_metadata(fields, declared.metadata().clone()))
}

fn retyped(field: &Field, data_type: DataType) -> FieldRef {
    Arc::new(field.clone().with_data_type(data_type))
}

fn fault(error: ParquetError) -> ReadError {
    match error {
        ParquetError::External(source) => match source.downcast::<std::io::Error>() {
            Ok(io) => ReadError::Io(*io),
            Err(other) => ReadError::Format { format: FORMAT, problem: other.to_string() },
        },
        other => ReadError::Format { format: FORMAT, problem: other.to_string() },
    }
}
