//! A SELECT over resources, run by DataFusion on a small runtime of its own.
//!
//! The user's SQL can read the registered tables and nothing else: statements that define, change
//! or configure anything are refused, and no file or address can be named.

mod exact;
mod memory;
mod problem;
mod table;

use std::sync::Arc;
use std::time::Duration;

use arrow::array::RecordBatch;
use arrow::datatypes::{Schema, SchemaRef};
use datafusion::common::TableReference;
use datafusion::error::DataFusionError;
use datafusion::execution::FunctionRegistry;
use datafusion::execution::context::SQLOptions;
use datafusion::execution::memory_pool::{FairSpillPool, MemoryPool};
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::prelude::{DataFrame, SessionConfig, SessionContext};
use futures::StreamExt;
use store::stop::Stop;
use tokio::runtime::Runtime;

use exact::{ExactOperators, ExactSum};
use memory::Divided;
use problem::{invalid, told};
pub use table::{TableBuilder, TypedTable, described};

use crate::sql::limits;

/// Why a query could not be run.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    #[error("failed to start the query engine")]
    Start(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("the query is not valid: {0}")]
    Invalid(String),
    #[error("the query failed: {0}")]
    Failed(String),
    #[error("two columns of the result are called `{0}`; name one of them with `AS`")]
    DuplicateColumn(String),
    #[error("the run was stopped")]
    Stopped,
}

/// A query engine with its tables.
pub struct Engine {
    runtime: Runtime,
    context: SessionContext,
    /// The names of the tables.
    tables: Vec<String>,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").finish_non_exhaustive()
    }
}

/// How joins are done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Joins {
    /// Fast, with one side in memory.
    InMemory,
    /// Slower, for any size.
    Spilling,
}

impl Engine {
    /// An engine that uses at most `memory_bytes` before it spills.
    ///
    /// # Errors
    ///
    /// When threads or memory cannot be had.
    pub fn new(memory_bytes: usize, joins: Joins) -> Result<Self, QueryError> {
        // Where memory is short the parts of a query run in turn: side by side, those that read
        // ahead would take what a merge needs.
        let mut builder = match joins {
            Joins::InMemory => tokio::runtime::Builder::new_multi_thread(),
            Joins::Spilling => tokio::runtime::Builder::new_current_thread(),
        };
        let runtime = builder
            .worker_threads(limits::QUERY_THREADS)
            .thread_name("query")
            .enable_all()
            .build()
            .map_err(|error| QueryError::Start(error.into()))?;
        let pool: Arc<dyn MemoryPool> = match joins {
            Joins::InMemory => Arc::new(FairSpillPool::new(memory_bytes)),
            Joins::Spilling => Arc::new(Divided::new(memory_bytes, limits::QUERY_PARTS)),
        };
        let environment = RuntimeEnvBuilder::new()
            .with_memory_pool(pool)
            .build_arc()
            .map_err(|error| QueryError::Start(error.into()))?;
        // One partition: the order of rows is the same in every run. The planner takes the join
        // that spills only when it has two.
        let partitions = if joins == Joins::InMemory { 1 } else { 2 };
        let mut config = SessionConfig::new().with_target_partitions(partitions);
        let options = config.options_mut();
        options.sql_parser.enable_ident_normalization = false;
        options.sql_parser.collect_spans = true;
        options.optimizer.prefer_hash_join = joins == Joins::InMemory;
        let merge_bytes = memory_bytes / limits::QUERY_PARTS / 4;
        options.execution.sort_spill_reservation_bytes =
            options.execution.sort_spill_reservation_bytes.min(merge_bytes);
        if joins == Joins::Spilling {
            config = config.with_batch_size(limits::QUERY_SPILLING_ROWS);
        }
        let mut context = SessionContext::new_with_config_rt(config, environment);
        context
            .register_expr_planner(Arc::new(ExactOperators))
            .map_err(|error| QueryError::Start(error.into()))?;
        context.register_udaf(ExactSum::default().into());
        Ok(Self { runtime, context, tables: Vec::new() })
    }

    /// Makes `table` known as `name`.
    ///
    /// # Errors
    ///
    /// When the engine does not take it.
    pub fn register(&mut self, name: &str, table: &Arc<TypedTable>) -> Result<(), QueryError> {
        let provider = table::provider(table).map_err(|error| failed(&error))?;
        let reference = TableReference::bare(name);
        self.tables.push(name.to_owned());
        self.context.register_table(reference, provider).map(|_| ()).map_err(|error| failed(&error))
    }

    /// The columns of the result of `query`.
    ///
    /// # Errors
    ///
    /// When the query is no SELECT over the tables, or two columns of its result have one name.
    pub fn columns(&self, query: &str) -> Result<SchemaRef, QueryError> {
        let frame = self.plan(query)?;
        let schema: &Schema = frame.schema().as_arrow();
        for (index, field) in schema.fields().iter().enumerate() {
            if schema.fields().iter().take(index).any(|other| other.name() == field.name()) {
                return Err(QueryError::DuplicateColumn(field.name().clone()));
            }
        }
        Ok(Arc::new(schema.clone()))
    }

    /// Runs `query` and gives its result, part by part, to `take`.
    ///
    /// # Errors
    ///
    /// When the query fails or is stopped, and whatever `take` fails with.
    pub fn run<E: From<QueryError>>(
        &self,
        query: &str,
        stop: &Stop,
        mut take: impl FnMut(RecordBatch) -> Result<(), E>,
    ) -> Result<(), E> {
        let frame = self.plan(query)?;
        let mut stream = self
            .runtime
            .block_on(frame.execute_stream())
            .map_err(|error| E::from(failed(&error)))?;
        loop {
            if stop.is_requested() {
                return Err(QueryError::Stopped.into());
            }
            let next = async { tokio::time::timeout(limits::QUERY_LOOK_UP, stream.next()).await };
            match self.runtime.block_on(next) {
                // Nothing yet.
                Err(_) => {}
                Ok(None) => return Ok(()),
                Ok(Some(Ok(batch))) => take(batch)?,
                Ok(Some(Err(error))) => return Err(failed(&error).into()),
            }
        }
    }

    fn plan(&self, query: &str) -> Result<DataFrame, QueryError> {
        let only_select = SQLOptions::new()
            .with_allow_ddl(false)
            .with_allow_dml(false)
            .with_allow_statements(false);
        self.runtime
            .block_on(self.context.sql_with_options(query, only_select))
            .map_err(|error| invalid(&error, query, &self.tables))
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        // Work that nobody waits for any more ends by itself.
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        if let Ok(runtime) = runtime {
            std::mem::replace(&mut self.runtime, runtime).shutdown_timeout(Duration::ZERO);
        }
    }
}

/// Whether a query failed for want of memory.
pub fn is_out_of_memory(error: &QueryError) -> bool {
    matches!(error, QueryError::Failed(text) if text.starts_with(OUT_OF_MEMORY))
}

const OUT_OF_MEMORY: &str = "not enough memory";

fn failed(error: &DataFusionError) -> QueryError {
    match error.find_root() {
        DataFusionError::ResourcesExhausted(text) => {
            let first = text.lines().next().unwrap_or_default();
            QueryError::Failed(format!("{OUT_OF_MEMORY} ({first}); raise the memory of the run"))
        }
        _ => QueryError::Failed(told(error)),
    }
}
