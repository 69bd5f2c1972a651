//! The rows of a resource that is described already and still has to be sent.

use std::collections::VecDeque;
use std::sync::Arc;

use tabular::Batch;
use tabular::format::RowReader;
use tempfile::TempDir;

use crate::casting::Casting;
use crate::context::{Context, Level};
use crate::error::{Cause, StepError};
use crate::processor::{Output, Transform};

/// Rows to come: read, changed, cast, changed again, counted.
#[derive(Debug)]
pub struct Rows {
    resource: String,
    reader: Box<dyn RowReader>,
    /// Rows that were read ahead.
    waiting: VecDeque<Batch>,
    before: Option<Box<dyn Transform>>,
    casting: Option<Casting>,
    after: Option<Box<dyn Transform>>,
    rows_left: u64,
    /// A line is logged whenever so many rows were sent.
    progress: Option<u64>,
    rows_sent: u64,
    /// What the reader still reads from.
    _folder: Option<Arc<TempDir>>,
}

impl Rows {
    /// The rows of `reader`, to be sent as `resource`.
    pub fn new(resource: &str, reader: Box<dyn RowReader>) -> Self {
        Self {
            resource: resource.to_owned(),
            reader,
            waiting: VecDeque::new(),
            before: None,
            casting: None,
            after: None,
            rows_left: u64::MAX,
            progress: None,
            rows_sent: 0,
            _folder: None,
        }
    }

    /// Sends `rows`, which were read already, first.
    #[must_use]
    pub fn after_rows(self, rows: VecDeque<Batch>) -> Self {
        Self { waiting: rows, ..self }
    }

    /// Changes the rows before they are cast.
    #[must_use]
    pub fn changed_before(self, change: Box<dyn Transform>) -> Self {
        Self { before: Some(change), ..self }
    }

    /// Keeps `folder` until everything is sent.
    #[must_use]
    pub fn keeping(self, folder: Option<Arc<TempDir>>) -> Self {
        Self { _folder: folder, ..self }
    }

    /// Casts the rows.
    #[must_use]
    pub fn cast(self, casting: Casting) -> Self {
        Self { casting: Some(casting), ..self }
    }

    /// Changes the rows after they were cast.
    #[must_use]
    pub fn changed_after(self, change: Box<dyn Transform>) -> Self {
        Self { after: Some(change), ..self }
    }

    /// Sends no more than `rows_max` rows; zero and nothing are no limit.
    #[must_use]
    pub fn limited(self, rows_max: Option<u64>) -> Self {
        Self { rows_left: rows_max.filter(|rows| *rows > 0).unwrap_or(u64::MAX), ..self }
    }

    /// Logs a line whenever `every` rows were sent.
    #[must_use]
    pub fn logging(self, every: Option<u64>) -> Self {
        Self { progress: every.filter(|every| *every > 0), ..self }
    }

    /// The name under which the rows are sent.
    pub fn resource(&self) -> &str {
        &self.resource
    }

    /// Whether the rows are cast.
    pub fn is_cast(&self) -> bool {
        self.casting.is_some()
    }

    /// Sends everything, and after it the rows that were collected because they do not fit.
    ///
    /// # Errors
    ///
    /// When the rows cannot be read or cast, and whatever `out` fails with.
    pub fn send(mut self, ctx: &Context, out: &mut dyn Output) -> Result<(), StepError> {
        out.open(&self.resource)?;
        while self.rows_left > 0
            && let Some(batch) = self.read()?
        {
            ctx.check_stop()?;
            let batch = self.change(batch)?;
            if batch.rows() == 0 {
                continue;
            }
            let rows = count(batch.rows());
            self.rows_left -= rows;
            self.rows_sent += rows;
            out.rows(batch)?;
            self.log_progress(rows, ctx);
        }
        out.close()?;
        if let Some(spool) = self.casting.take().and_then(|casting| casting.collected) {
            out.open(&format!("{}-errors", self.resource))?;
            spool.drain(|batch| out.rows(batch))?;
            out.close()?;
        }
        Ok(())
    }

    /// The next rows, no more than are still to be sent; what is beyond waits.
    fn read(&mut self) -> Result<Option<Batch>, StepError> {
        let batch = match self.waiting.pop_front() {
            Some(batch) => Some(batch),
            None => self.reader.next_batch().map_err(|source| {
                StepError::new(Cause::Read { resource: self.resource.clone(), source })
            })?,
        };
        let Some(batch) = batch else { return Ok(None) };
        let rows = usize::try_from(self.rows_left).unwrap_or(usize::MAX);
        if batch.rows() <= rows {
            return Ok(Some(batch));
        }
        self.waiting.push_front(batch.slice(rows, batch.rows() - rows));
        Ok(Some(batch.slice(0, rows)))
    }

    fn change(&mut self, mut batch: Batch) -> Result<Batch, StepError> {
        if let Some(change) = &mut self.before {
            batch = change.apply(batch)?;
        }
        if let Some(casting) = &mut self.casting {
            batch = casting.apply(batch)?;
        }
        if let Some(change) = &mut self.after {
            batch = change.apply(batch)?;
        }
        Ok(batch)
    }

    fn log_progress(&self, rows: u64, ctx: &Context) {
        let Some(every) = self.progress else { return };
        for step in (self.rows_sent - rows) / every..self.rows_sent / every {
            ctx.log(Level::Info, &format!("loaded {} rows", (step + 1) * every));
        }
    }
}

fn count(rows: usize) -> u64 {
    u64::try_from(rows).expect("a batch has fewer than 2^64 rows")
}
