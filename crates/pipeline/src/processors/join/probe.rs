//! The target's side of a join: rows in, joined rows out, in memory or part by part.

use arrow::array::{BooleanArray, UInt64Array};
use tabular::{Batch, Column, Kind, Value};

use super::index::Index;
use super::partitions::{Partitions, restore};
use super::{Joined, Mode, Prepared};
use crate::error::StepError;
use crate::processor::Output;
use crate::sorter::{Keys, Sorter};

/// The number of a target row while it is away from its place.
const NUMBER: &str = "\0number";

/// The source, as it was kept.
#[derive(Debug)]
pub(super) enum Side {
    Memory(Index),
    Disk { source: Partitions, target: Partitions, memory_bytes: usize },
}

impl Side {
    /// Joins rows of the target; those that go to disk come out in [`Side::finish`].
    pub(super) fn rows(
        &mut self,
        joined: &Joined,
        prepared: Prepared,
        first_number: u64,
        out: &mut dyn Output,
    ) -> Result<(), StepError> {
        match self {
            Self::Memory(index) => {
                let batch = join_rows(index, joined, &prepared);
                if batch.rows() == 0 { Ok(()) } else { out.rows(batch) }
            }
            Self::Disk { target, .. } => {
                let mut prepared = prepared;
                let numbers: Column = (first_number..)
                    .take(prepared.batch.rows())
                    .map(|number| Some(Value::new(Kind::Integer, number.to_string())))
                    .collect();
                prepared.batch.set(NUMBER, numbers);
                target.push(&prepared)
            }
        }
    }

    /// Writes what is still to come: rows from disk in the order of the target, then for a full
    /// outer join the keys that only the source has.
    pub(super) fn finish(self, joined: &Joined, out: &mut dyn Output) -> Result<(), StepError> {
        let left_over = (joined.mode == Mode::FullOuter).then(|| joined.target_key_fields());
        match self {
            Self::Memory(index) => match left_over {
                Some(names) => emit(&index.rows(Some(names)).1, out),
                None => Ok(()),
            },
            Self::Disk { source, target, memory_bytes } => {
                let mut in_order = Sorter::new(memory_bytes / 4);
                let mut only_source = Sorter::new(memory_bytes / 4);
                for (source, target) in source.into_spools().into_iter().zip(target.into_spools()) {
                    let mut index = Index::build(joined, &collect(source)?)?;
                    target.drain(|stored| {
                        let mut batch = join_rows(&mut index, joined, &restore(stored));
                        let keys = numbers(batch.remove(NUMBER).as_ref());
                        in_order.push(&batch, keys)
                    })?;
                    if let Some(names) = left_over {
                        push_by_key(&mut only_source, index.rows(Some(names)))?;
                    }
                }
                in_order.drain(|batch| out.rows(batch))?;
                only_source.drain(|batch| out.rows(batch))
            }
        }
    }

    /// Writes one row per key of the source, in the order of the keys.
    pub(super) fn deduplicated(
        self,
        joined: &Joined,
        out: &mut dyn Output,
    ) -> Result<(), StepError> {
        match self {
            Self::Memory(index) => emit(&index.rows(None).1, out),
            Self::Disk { source, memory_bytes, .. } => {
                let mut by_key = Sorter::new(memory_bytes / 2);
                for source in source.into_spools() {
                    let index = Index::build(joined, &collect(source)?)?;
                    push_by_key(&mut by_key, index.rows(None))?;
                }
                by_key.drain(|batch| out.rows(batch))
            }
        }
    }
}

fn collect(spool: crate::spool::Spool) -> Result<Vec<Prepared>, StepError> {
    let mut rows = Vec::new();
    spool.drain(|stored| {
        rows.push(restore(stored));
        Ok(())
    })?;
    Ok(rows)
}

/// The rows with the joined fields; unmatched ones keep what they had, or go.
fn join_rows(index: &mut Index, joined: &Joined, prepared: &Prepared) -> Batch {
    let slots: Vec<Option<u64>> = prepared.keys.iter().map(|key| index.find(key)).collect();
    let matched: BooleanArray = slots.iter().map(|slot| Some(slot.is_some())).collect();
    let (mut batch, slots) = if joined.mode == Mode::Inner {
        let kept: UInt64Array = slots.into_iter().filter(Option::is_some).collect();
        (prepared.batch.filter(&matched), kept)
    } else {
        (prepared.batch.clone(), slots.into_iter().collect())
    };
    let columns: Vec<_> = index.columns_at(&slots).collect();
    for (name, column) in columns {
        let column = match batch.column(name) {
            Some(before) if joined.mode != Mode::Inner && matched.has_false() => {
                keep_unmatched(before, &column, &matched)
            }
            _ => column,
        };
        batch.set(name, column);
    }
    if joined.mode == Mode::FullOuter {
        for (name, column) in index.null_keys_at(joined.target_key_fields(), &slots) {
            let before = batch.column(name).filter(|before| before.kind() == column.kind());
            if let Some(before) = before {
                batch.set(name.as_str(), keep_unmatched(before, &column, &matched));
            }
        }
    }
    batch
}

/// The joined values, and where nothing matched the values that were there before.
fn keep_unmatched(before: &Column, joined: &Column, matched: &BooleanArray) -> Column {
    let both = Column::concat(&[joined, before]);
    let rows = u64::try_from(joined.len()).expect("a batch has fewer than 2^64 rows");
    let from: UInt64Array = (0..rows)
        .zip(matched.values())
        .map(|(row, matched)| Some(if matched { row } else { row + rows }))
        .collect();
    both.take(&from)
}

fn numbers(column: Option<&Column>) -> Keys {
    let mut keys = Keys::default();
    for value in column.into_iter().flat_map(Column::values) {
        let number: u64 = value.and_then(|value| value.text.parse().ok()).unwrap_or_default();
        keys.push(&number.to_be_bytes());
    }
    keys
}

fn push_by_key(sorter: &mut Sorter, (texts, batch): (Vec<&str>, Batch)) -> Result<(), StepError> {
    let mut keys = Keys::with_capacity(texts.len());
    texts.iter().for_each(|key| keys.push(key.as_bytes()));
    sorter.push(&batch, keys)
}

fn emit(batch: &Batch, out: &mut dyn Output) -> Result<(), StepError> {
    let rows_max = tabular::limits::BATCH_ROWS_MAX;
    for from in (0..batch.rows()).step_by(rows_max) {
        out.rows(batch.slice(from, rows_max.min(batch.rows() - from)))?;
    }
    Ok(())
}
