//! A resource as a table of the query engine: typed, held in memory up to a bound, beyond it in a
//! temporary file, and read as often as the query wants.

use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::sync::Arc;

use arrow::array::{RecordBatch, RecordBatchOptions};
use arrow::datatypes::{Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow::ipc::reader::StreamReader;
use arrow::ipc::writer::StreamWriter;
use datafusion::catalog::TableProvider;
use datafusion::catalog::streaming::StreamingTable;
use datafusion::error::{DataFusionError, Result as QueryResult};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::PartitionStream;
use model::{Json, Map};
use tabular::Batch;
use tabular::format::WriteError;
use tabular::typed::plan::{TextType, TypePlan, TypedField, to_arrays};
use tempfile::NamedTempFile;

/// Collects the rows of a resource.
#[derive(Debug)]
pub struct TableBuilder {
    /// The field descriptors, in order.
    fields: Vec<Map>,
    plan: TypePlan,
    schema: Option<SchemaRef>,
    /// Rows that came before the types were settled.
    waiting: Vec<Batch>,
    held: Vec<RecordBatch>,
    held_bytes: usize,
    memory_bytes_max: usize,
    file: Option<Spilled>,
    rows: u64,
}

/// The file that rows go to when memory is full.
struct Spilled {
    file: NamedTempFile,
    writer: StreamWriter<BufWriter<File>>,
}

impl std::fmt::Debug for Spilled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Spilled").field("file", &self.file).finish_non_exhaustive()
    }
}

/// Why rows could not be kept.
#[derive(Debug, thiserror::Error)]
pub enum KeepError {
    #[error(transparent)]
    Value(#[from] WriteError),
    #[error("failed to write rows to a temporary file")]
    Write(#[from] ArrowError),
    #[error("failed to make a temporary file")]
    File(#[from] std::io::Error),
}

/// The rows of a resource, ready to be read.
#[derive(Debug)]
pub struct TypedTable {
    schema: SchemaRef,
    file: Option<NamedTempFile>,
    held: Vec<RecordBatch>,
}

impl TableBuilder {
    /// A table with these fields, which keeps at most `memory_bytes_max` bytes in memory.
    pub fn new<'a>(fields: impl Iterator<Item = &'a Map>, memory_bytes_max: usize) -> Self {
        let fields: Vec<Map> = fields.cloned().collect();
        let plan = TypePlan::new(fields.iter().map(TypedField::from_descriptor));
        Self {
            fields,
            plan: plan.with_texts(TextType::View),
            schema: None,
            waiting: Vec::new(),
            held: Vec::new(),
            held_bytes: 0,
            memory_bytes_max,
            file: None,
            rows: 0,
        }
    }

    /// Adds rows, which have been cast.
    ///
    /// # Errors
    ///
    /// When a value does not fit its type, or the temporary file cannot be written.
    pub fn push(&mut self, batch: &Batch) -> Result<(), KeepError> {
        if let Some(schema) = self.schema.clone() {
            return self.keep(batch, &schema);
        }
        self.plan.observe(batch);
        self.waiting.push(batch.compact());
        if self.plan.is_settled() { self.settle().map(|_| ()) } else { Ok(()) }
    }

    /// The table with all rows so far.
    ///
    /// # Errors
    ///
    /// As [`TableBuilder::push`].
    pub fn finish(mut self) -> Result<Arc<TypedTable>, KeepError> {
        let schema = self.settle()?;
        let file = match self.file.take() {
            Some(Spilled { file, mut writer }) => {
                writer.finish()?;
                writer.into_inner()?.into_inner().map_err(std::io::IntoInnerError::into_error)?;
                Some(file)
            }
            None => None,
        };
        Ok(Arc::new(TypedTable { schema, file, held: self.held }))
    }

    fn settle(&mut self) -> Result<SchemaRef, KeepError> {
        if let Some(schema) = &self.schema {
            return Ok(Arc::clone(schema));
        }
        let schema = Arc::new(labelled(&self.plan.schema(), &self.fields));
        self.schema = Some(Arc::clone(&schema));
        for batch in std::mem::take(&mut self.waiting) {
            self.keep(&batch, &schema)?;
        }
        Ok(schema)
    }

    fn keep(&mut self, batch: &Batch, schema: &SchemaRef) -> Result<(), KeepError> {
        let arrays = to_arrays(&batch.compact(), schema, self.rows)?;
        let options = RecordBatchOptions::new().with_row_count(Some(batch.rows()));
        let typed = RecordBatch::try_new_with_options(Arc::clone(schema), arrays, &options)?;
        self.rows += u64::try_from(batch.rows()).expect("a batch has fewer than 2^64 rows");
        self.held_bytes += typed.get_array_memory_size();
        self.held.push(typed);
        if self.held_bytes > self.memory_bytes_max { self.spill(schema) } else { Ok(()) }
    }

    /// Moves what is held to the end of the file.
    fn spill(&mut self, schema: &SchemaRef) -> Result<(), KeepError> {
        let spilled = match &mut self.file {
            Some(spilled) => spilled,
            None => {
                let file = NamedTempFile::new()?;
                let writer = StreamWriter::try_new(BufWriter::new(file.reopen()?), schema)?;
                self.file.insert(Spilled { file, writer })
            }
        };
        for batch in self.held.drain(..) {
            spilled.writer.write(&batch)?;
        }
        self.held_bytes = 0;
        Ok(())
    }
}

impl TypedTable {
    fn read(&self) -> QueryResult<impl Iterator<Item = QueryResult<RecordBatch>> + use<>> {
        let unreadable = |error: ArrowError| DataFusionError::ArrowError(Box::new(error), None);
        let stored = match &self.file {
            Some(file) => {
                let reader = BufReader::new(file.reopen().map_err(DataFusionError::IoError)?);
                Some(StreamReader::try_new(reader, None).map_err(unreadable)?)
            }
            None => None,
        };
        let stored = stored.into_iter().flatten().map(move |batch| batch.map_err(unreadable));
        Ok(stored.chain(self.held.clone().into_iter().map(Ok)))
    }
}

/// Where a column of Arrow carries the field that it was made of. The engine hands it on with the
/// values, through joins and other names, and drops it when something is computed.
const FIELD: &str = "thorp:field";

/// The type that the column had, beside it.
const TYPE: &str = "thorp:type";

fn labelled(schema: &Schema, fields: &[Map]) -> Schema {
    let columns = schema.fields().iter().zip(fields).map(|(column, field)| {
        let mut field = field.clone();
        // What a query does to rows may well break them.
        field.remove("constraints");
        let label = [
            (FIELD.to_owned(), Json::Object(field).to_string()),
            (TYPE.to_owned(), column.data_type().to_string()),
        ];
        column.as_ref().clone().with_metadata(label.into_iter().collect())
    });
    Schema::new(columns.collect::<Vec<_>>())
}

/// A field descriptor for each column of a result: that of the resource where the column is just
/// one of its fields, else what the type of Arrow means.
pub fn described(schema: &Schema) -> Vec<Map> {
    let columns = schema.fields().iter().zip(tabular::typed::fields(schema));
    columns
        .map(|(column, plain)| {
            let label = |key: &str| column.metadata().get(key);
            let is_same = label(TYPE).is_some_and(|text| *text == column.data_type().to_string());
            let field = label(FIELD).filter(|_| is_same);
            match field.and_then(|text| serde_json::from_str::<Map>(text).ok()) {
                Some(mut field) => {
                    field.insert("name".into(), column.name().as_str().into());
                    field
                }
                None => plain,
            }
        })
        .collect()
}

/// One scan of a table.
#[derive(Debug)]
struct Scan(Arc<TypedTable>);

impl PartitionStream for Scan {
    fn schema(&self) -> &SchemaRef {
        &self.0.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let batches: Box<dyn Iterator<Item = QueryResult<RecordBatch>> + Send> = match self.0.read()
        {
            Ok(batches) => Box::new(batches),
            Err(error) => Box::new(std::iter::once(Err(error))),
        };
        let stream = futures::stream::iter(batches);
        Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.0.schema), stream))
    }
}

/// The table as the engine sees it.
pub(super) fn provider(table: &Arc<TypedTable>) -> QueryResult<Arc<dyn TableProvider>> {
    let scan: Arc<dyn PartitionStream> = Arc::new(Scan(Arc::clone(table)));
    Ok(Arc::new(StreamingTable::try_new(Arc::clone(&table.schema), vec![scan])?))
}
