//! Collects cells: as views into their block for a batch, or as texts for the header.
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "a kernel: rows and slots are within what was allocated, lengths below 2^32"
)]

use std::ops::Range;
use std::sync::Arc;

use arrow::array::StringViewArray;
use arrow::buffer::{BooleanBuffer, Buffer, MutableBuffer, NullBuffer, ScalarBuffer};

use super::record::Cells;
use crate::column::Column;
use crate::grid;
use crate::limits;
use crate::value::Kind;

/// Zero bytes behind every block, so that a view can be cut out of one 16-byte load.
pub(super) const PADDING: usize = 16;

/// Longest text that a view holds in itself.
const INLINE_MAX: usize = 12;

/// How the text of a cell is treated.
#[derive(Debug, Clone, Default)]
pub(super) struct Treatment {
    /// Remove white space at the ends.
    pub(super) strip: bool,
    /// Turn every line break inside quotes into a line feed.
    pub(super) fold_breaks: bool,
    /// The text that means null.
    pub(super) null: Option<Vec<u8>>,
}

/// The cells of a batch, column by column, as views.
#[derive(Debug)]
pub(super) struct Views<'t> {
    treatment: &'t Treatment,
    /// For each cell of a row its column, or [`IGNORED`].
    slots: &'t [usize],
    width: usize,
    /// Views between the starts of two columns. Not a power of two, so that the rows of many
    /// columns do not compete for the same lines of the cache.
    stride: usize,
    views: Vec<u128>,
    /// For each column the rows that are null.
    nulls: Vec<Vec<usize>>,
    /// The texts that are not in the block as they are.
    side: Vec<u8>,
    row: usize,
    pub(super) has_large_cell: bool,
}

/// Marks a cell that belongs to no column.
pub(super) const IGNORED: usize = usize::MAX;

impl<'t> Views<'t> {
    /// Room for `rows_max` rows of `width` columns.
    pub(super) fn new(
        treatment: &'t Treatment,
        slots: &'t [usize],
        width: usize,
        rows_max: usize,
    ) -> Self {
        let stride = rows_max + 4;
        Self {
            treatment,
            slots,
            width,
            stride,
            views: vec![0; stride * width],
            nulls: vec![Vec::new(); width],
            side: Vec::new(),
            row: 0,
            has_large_cell: false,
        }
    }

    /// The number of rows that were kept.
    pub(super) fn rows(&self) -> usize {
        self.row
    }

    /// Keeps the row at hand, of which `cells` cells were given; the others are null.
    pub(super) fn keep(&mut self, cells: usize) {
        if cells < self.slots.len() {
            for slot in &self.slots[cells..] {
                if *slot != IGNORED {
                    self.views[slot * self.stride + self.row] = 0;
                    self.nulls[*slot].push(self.row);
                }
            }
        }
        self.row += 1;
    }

    /// Forgets the row at hand.
    pub(super) fn forget(&mut self) {
        for nulls in &mut self.nulls {
            nulls.pop_if(|row| *row == self.row);
        }
    }

    /// The columns; `block` is what the views were cut from. Its text is valid UTF-8.
    pub(super) fn finish(self, block: &Buffer) -> Vec<Column> {
        let rows = self.row;
        let views = Buffer::from_vec(self.views);
        let buffers: Arc<[Buffer]> = if self.side.is_empty() {
            Arc::from([block.clone()])
        } else {
            Arc::from([block.clone(), Buffer::from_vec(self.side)])
        };
        let columns = self.nulls.iter().enumerate().map(|(slot, nulls)| {
            let views = ScalarBuffer::new(views.clone(), slot * self.stride, rows);
            column(views, Arc::clone(&buffers), null_buffer(nulls, rows))
        });
        debug_assert_eq!(self.width, self.nulls.len());
        columns.collect()
    }

    #[inline]
    fn set(&mut self, slot: usize, view: u128) {
        self.views[slot * self.stride + self.row] = view;
    }

    fn copy_to(&mut self, slot: usize, bytes: &[u8]) {
        if bytes.len() > limits::CELL_BYTES_MAX || self.side.len() > limits::ROW_BYTES_MAX {
            self.has_large_cell = true;
            return;
        }
        let start = self.side.len();
        self.side.extend_from_slice(bytes);
        if self.treatment.fold_breaks {
            fold_breaks(&mut self.side, start);
        }
        let text = trim(self.treatment, &self.side[start..]);
        if self.treatment.null.as_deref() == Some(text) {
            self.side.truncate(start);
            self.nulls[slot].push(self.row);
            return self.set(slot, 0);
        }
        let length = text.len();
        if length > INLINE_MAX {
            let offset = text.as_ptr().addr() - self.side.as_ptr().addr();
            let view = long_view(text, 1, offset);
            return self.set(slot, view);
        }
        let mut padded = [0; 16];
        padded[..length].copy_from_slice(text);
        self.side.truncate(start);
        self.set(slot, inline_view(&padded, length));
    }
}

impl Cells for Views<'_> {
    #[inline]
    fn view(&mut self, column: usize, block: &[u8], range: Range<usize>, quoted: bool) {
        let Some(slot) = self.slots.get(column).copied().filter(|slot| *slot != IGNORED) else {
            return;
        };
        let mut from = range.start;
        let mut text = &block[range];
        if quoted && self.treatment.fold_breaks && memchr::memchr(b'\r', text).is_some() {
            return self.copy_to(slot, text);
        }
        if self.treatment.strip && has_space_at_ends(text) {
            let trimmed = trim(self.treatment, text);
            from += trimmed.as_ptr().addr() - text.as_ptr().addr();
            text = trimmed;
        }
        if self.treatment.null.as_deref().is_some_and(|null| null == text) {
            self.nulls[slot].push(self.row);
            return self.set(slot, 0);
        }
        let view = if text.len() > INLINE_MAX {
            self.has_large_cell |= text.len() > limits::CELL_BYTES_MAX;
            long_view(text, 0, from)
        } else {
            match block.get(from..).and_then(|rest| rest.first_chunk::<16>()) {
                Some(chunk) => inline_view(chunk, text.len()),
                None => {
                    let mut padded = [0; 16];
                    padded[..text.len()].copy_from_slice(text);
                    inline_view(&padded, text.len())
                }
            }
        };
        self.set(slot, view);
    }

    fn copy(&mut self, column: usize, bytes: &[u8]) {
        if let Some(slot) = self.slots.get(column).copied().filter(|slot| *slot != IGNORED) {
            self.copy_to(slot, bytes);
        }
    }
}

/// The view of a text of at most [`INLINE_MAX`] bytes, the first of `chunk`.
#[inline]
fn inline_view(chunk: &[u8; 16], length: usize) -> u128 {
    let text = u128::from_le_bytes(*chunk) & ((1 << (8 * length)) - 1);
    (text << 32) | length as u128
}

/// The view of a longer text, which is in buffer `buffer` at `offset`.
#[inline]
fn long_view(text: &[u8], buffer: u32, offset: usize) -> u128 {
    let prefix = text.first_chunk::<4>().map_or(0, |prefix| u32::from_le_bytes(*prefix));
    (text.len() as u128)
        | (u128::from(prefix) << 32)
        | (u128::from(buffer) << 64)
        | ((offset as u128) << 96)
}

fn null_buffer(nulls: &[usize], rows: usize) -> Option<NullBuffer> {
    if nulls.is_empty() {
        return None;
    }
    let mut valid = MutableBuffer::new(rows.div_ceil(8)).with_bitset(rows.div_ceil(8), true);
    for row in nulls {
        valid[row / 8] &= !(1 << (row % 8));
    }
    Some(NullBuffer::new(BooleanBuffer::new(valid.into(), 0, rows)))
}

#[expect(unsafe_code, reason = "checking each view again costs more than reading the file")]
fn column(views: ScalarBuffer<u128>, buffers: Arc<[Buffer]>, nulls: Option<NullBuffer>) -> Column {
    // SAFETY: every view was made by `inline_view`, `long_view` or is zero, from a range that lies
    // within its buffer, with the length and prefix of that range. The reader has checked that
    // the text of the block is UTF-8, and ranges begin and end beside ASCII characters; the side
    // buffer holds such ranges with ASCII characters taken out. `nulls` has one bit a view.
    let cells = unsafe { StringViewArray::new_unchecked(views, buffers, nulls) };
    Column::new(Kind::Text, cells)
}

#[inline]
fn has_space_at_ends(text: &[u8]) -> bool {
    let space = |byte: Option<&u8>| matches!(byte, Some(b' ' | b'\t' | b'\n' | b'\r'));
    space(text.first()) || space(text.last())
}

/// The text that is meant. dataflows strips what has a space at an end, then of every kind of
/// white space.
fn trim<'b>(treatment: &Treatment, text: &'b [u8]) -> &'b [u8] {
    if !(treatment.strip && has_space_at_ends(text)) {
        return text;
    }
    // What is not UTF-8 is refused later.
    std::str::from_utf8(text).map_or(text, |text| grid::trim(text).as_bytes())
}

/// Turns `\r\n` and `\r` into `\n`, from byte `from` on.
fn fold_breaks(text: &mut Vec<u8>, from: usize) {
    let mut to = from;
    let mut at = from;
    while at < text.len() {
        let byte = text[at];
        if byte == b'\r' && text.get(at + 1) == Some(&b'\n') {
            at += 1;
        }
        text[to] = if byte == b'\r' { b'\n' } else { byte };
        to += 1;
        at += 1;
    }
    text.truncate(to);
}

/// The cells of one row as texts, for the header and for rules that look at rows.
#[derive(Debug)]
pub(super) struct Texts<'t> {
    treatment: &'t Treatment,
    pub(super) row: Vec<Option<String>>,
}

impl<'t> Texts<'t> {
    pub(super) fn new(treatment: &'t Treatment) -> Self {
        Self { treatment, row: Vec::new() }
    }
}

impl Cells for Texts<'_> {
    fn view(&mut self, column: usize, block: &[u8], range: Range<usize>, _quoted: bool) {
        self.copy(column, &block[range]);
    }

    fn copy(&mut self, _column: usize, bytes: &[u8]) {
        let mut bytes = bytes.to_vec();
        if self.treatment.fold_breaks {
            fold_breaks(&mut bytes, 0);
        }
        self.row.push(Some(String::from_utf8_lossy(&bytes).into_owned()));
    }
}

/// Takes cells and keeps nothing.
#[derive(Debug)]
pub(super) struct Nothing;

impl Cells for Nothing {
    fn view(&mut self, _: usize, _: &[u8], _: Range<usize>, _: bool) {}

    fn copy(&mut self, _: usize, _: &[u8]) {}
}
