//! Rows that come from a reader which cannot be held: it runs in a thread of its own.
//!
//! The cell reader of an xlsx file borrows its workbook, so the two cannot be stored side by side.
//! A thread owns both and hands over blocks of rows through a bounded channel; it ends with its
//! sheet, or when the rows are dropped.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::vec::IntoIter;

use super::Row;
use crate::format::ReadError;

/// Rows of one block: few enough to be small, many enough that the hand-over costs nothing.
const BLOCK_ROWS: usize = 512;
/// Blocks that may wait.
const BLOCKS_WAITING_MAX: usize = 2;

type Block = Result<Vec<Row>, ReadError>;

/// Rows, from memory or from a thread.
#[derive(Debug)]
pub(super) struct Rows {
    block: IntoIter<Row>,
    rest: Option<Receiver<Block>>,
}

/// The other end of [`Rows`].
#[derive(Debug)]
pub(super) struct Producer {
    block: Vec<Row>,
    /// Rows without a value; whether more comes after them is not known yet.
    empty: usize,
    output: SyncSender<Block>,
}

impl Rows {
    /// Rows that are all there.
    pub(super) fn held(rows: Vec<Row>) -> Self {
        Self { block: rows.into_iter(), rest: None }
    }

    /// Rows that `produce` pushes from a thread called `name`.
    pub(super) fn spawn(
        name: &str,
        produce: impl FnOnce(&mut Producer) -> Result<(), ReadError> + Send + 'static,
    ) -> Result<Self, ReadError> {
        let (output, rest) = sync_channel(BLOCKS_WAITING_MAX);
        let mut producer = Producer { block: Vec::new(), empty: 0, output };
        std::thread::Builder::new().name(name.into()).spawn(move || {
            let result = produce(&mut producer);
            let last = std::mem::take(&mut producer.block);
            // A receiver that is gone wants no more rows.
            drop(producer.output.send(Ok(last)));
            if let Err(error) = result {
                drop(producer.output.send(Err(error)));
            }
        })?;
        Ok(Self { block: Vec::new().into_iter(), rest: Some(rest) })
    }

    /// The next row, or the error that ended them.
    pub(super) fn next(&mut self) -> Option<Result<Row, ReadError>> {
        loop {
            if let Some(row) = self.block.next() {
                return Some(Ok(row));
            }
            match self.rest.as_ref()?.recv() {
                Ok(Ok(block)) => self.block = block.into_iter(),
                Ok(Err(error)) => {
                    self.rest = None;
                    return Some(Err(error));
                }
                Err(_) => self.rest = None,
            }
        }
    }
}

impl Producer {
    /// Adds a row; `false` when nobody wants more. Empty rows at the end of a sheet are left out.
    pub(super) fn push(&mut self, row: Row) -> bool {
        if row.is_empty() {
            self.empty += 1;
            return true;
        }
        let empty = std::mem::take(&mut self.empty);
        (0..empty).all(|_| self.send(Row::new())) && self.send(row)
    }

    fn send(&mut self, row: Row) -> bool {
        self.block.push(row);
        if self.block.len() < BLOCK_ROWS {
            return true;
        }
        self.output.send(Ok(std::mem::take(&mut self.block))).is_ok()
    }
}
