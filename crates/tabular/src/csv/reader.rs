//! Reads a text table, batch by batch.

use std::io::Read;
use std::sync::Arc;

use model::Map;

use super::FORMAT;
use super::block::Block;
use super::cells::{IGNORED, Nothing, Texts, Treatment, Views};
use super::record::{Grammar, Outcome, Records};
use crate::batch::Batch;
use crate::dialect::{self, Dialect};
use crate::encoding;
use crate::format::{ReadError, RowReader};
use crate::grid::{self, OptionError};
use crate::limits;

/// How a text table is read.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The dialect; without one it is guessed from the first lines.
    pub dialect: Option<Dialect>,
    /// What is said in the words of Python's csv module; counts more than the dialect.
    pub python: Map,
    /// The name of the encoding; without one it is detected.
    pub encoding: Option<String>,
    /// Which rows and cells are header and data.
    pub grid: grid::Options,
    /// A blank line is a row of nulls, as dataflows has it, instead of nothing.
    pub blank_lines: bool,
    /// Line breaks inside cells stay as they are; Python turns each into a line feed.
    pub keep_breaks: bool,
}

impl Options {
    /// The options that a dialect of a descriptor gives.
    pub fn with_dialect(dialect: Dialect) -> Self {
        let grid = grid::Options::of_dialect(&dialect);
        Self { dialect: Some(dialect), grid, ..Self::default() }
    }

    /// The options among the parameters of `load`, with its defaults.
    ///
    /// # Errors
    ///
    /// [`OptionError`] when a parameter has a value of another form.
    pub fn parse(parameters: &Map) -> Result<Self, OptionError> {
        Dialect::default().apply_options(parameters)?;
        Ok(Self {
            dialect: None,
            python: parameters.clone(),
            encoding: grid::text(parameters, "encoding")?.map(str::to_owned),
            grid: grid::Options::parse(parameters)?,
            ..Self::default()
        })
    }
}

/// Opens a text table.
///
/// # Errors
///
/// [`ReadError`] when the bytes cannot be read or decoded, or hold no header.
pub fn read(
    input: Box<dyn Read + Send>,
    options: &Options,
) -> Result<Box<dyn RowReader>, ReadError> {
    let input = encoding::to_utf8(input, options.encoding.as_deref())
        .map_err(|error| ReadError::undecodable(error, FORMAT))?;
    let reader = Reader::new(Block::new(input)?, options)?;
    Ok(grid::trim_ends(Box::new(reader), &options.grid))
}

#[derive(Debug)]
struct Reader {
    block: Block,
    /// Where the next record begins in the block.
    at: usize,
    /// Whether the block holds no further complete record.
    is_exhausted: bool,
    grammar: Grammar,
    treatment: Treatment,
    skip_rows: grid::SkipRows,
    blank_lines: bool,
    names: Vec<Arc<str>>,
    slots: Vec<usize>,
    /// Records before the data.
    first_row: usize,
    /// Records so far.
    records: usize,
}

impl Reader {
    fn new(mut block: Block, options: &Options) -> Result<Self, ReadError> {
        let grammar = Grammar::new(&choose_dialect(&block, options)?);
        let treatment = Treatment {
            strip: options.grid.strip,
            fold_breaks: !options.keep_breaks,
            null: null_sequence(options),
        };
        let header = loop {
            let sample = sample(&block, grammar, &treatment);
            // A row number far down, or long rows, may need more than one block.
            let found = grid::resolve(&sample, &options.grid, FORMAT);
            let is_early = sample.len() < 2 || matches!(found, Err(ReadError::Format { .. }));
            let may_grow = !block.is_last && block.bytes().len() < limits::ROW_BYTES_MAX;
            if !(is_early && may_grow && sample.len() < limits::SAMPLE_ROWS_MAX) {
                break found?;
            }
            block.advance(0)?;
        };
        let width = header.columns.iter().max().map_or(0, |last| last + 1);
        let mut slots = vec![IGNORED; width];
        for (slot, column) in header.columns.iter().enumerate() {
            if let Some(place) = slots.get_mut(*column) {
                *place = slot;
            }
        }
        Ok(Self {
            block,
            at: 0,
            is_exhausted: false,
            grammar,
            treatment,
            skip_rows: options.grid.skip_rows.clone(),
            blank_lines: options.blank_lines,
            names: header.names,
            slots,
            first_row: header.first_row,
            records: 0,
        })
    }

    /// Reads complete records of the block into one batch.
    fn read_block(&mut self) -> Result<Batch, ReadError> {
        let width = self.names.len();
        let rows_max = (VIEWS_MAX / width.max(1)).clamp(ROWS_MIN, limits::BATCH_ROWS_MAX);
        let bytes = self.block.bytes();
        let mut views = Views::new(&self.treatment, &self.slots, width, rows_max);
        let mut records = Records::new(bytes, self.at, self.block.is_last, self.grammar);
        let records_before = self.records;
        while views.rows() < rows_max {
            let at = records.at;
            match records.next(&mut views) {
                Outcome::Cells(cells) => {
                    self.records += 1;
                    let is_data = self.records > self.first_row && (cells > 0 || self.blank_lines);
                    if is_data && !self.skips(at) {
                        views.keep(cells);
                    } else {
                        views.forget();
                    }
                }
                Outcome::Cut { cell } => {
                    self.is_exhausted = true;
                    self.check_size(records.at, cell)?;
                    break;
                }
                Outcome::End => {
                    self.is_exhausted = true;
                    break;
                }
                Outcome::Unclosed => {
                    let problem = "its quote is never closed; set `quotechar` when it is a letter";
                    return Err(self.fault(self.records + 1, problem));
                }
            }
            if views.has_large_cell {
                return Err(self.too_large(self.records));
            }
        }
        let end = records.at.min(bytes.len());
        let text = bytes.get(self.at..end).unwrap_or_default();
        if simdutf8::basic::from_utf8(text).is_err()
            && let Err(error) = simdutf8::compat::from_utf8(text)
        {
            let row = records_before + self.records_before(self.at + error.valid_up_to()) + 1;
            let problem = "not valid UTF-8; set `encoding`, for example to `cp1252`";
            return Err(self.fault(row, problem));
        }
        let rows = views.rows();
        let columns = views.finish(self.block.buffer());
        self.at = end;
        Ok(Batch::new(rows, self.names.iter().cloned().zip(columns)))
    }

    /// Whether a rule leaves out the record that begins at `at`.
    fn skips(&self, at: usize) -> bool {
        if self.skip_rows.is_idle() {
            return false;
        }
        let mut texts = Texts::new(&self.treatment);
        Records::new(self.block.bytes(), at, self.block.is_last, self.grammar).next(&mut texts);
        let mut column = 0;
        texts.row.retain(|_| {
            let is_kept = self.slots.get(column) != Some(&IGNORED);
            column += 1;
            is_kept
        });
        self.skip_rows.skips(self.records, &texts.row)
    }

    /// How many records end between the start of this batch and byte `limit` of the block.
    fn records_before(&self, limit: usize) -> usize {
        let bytes = self.block.bytes();
        let mut records = Records::new(bytes, self.at, self.block.is_last, self.grammar);
        let mut count = 0;
        while matches!(records.next(&mut Nothing), Outcome::Cells(_)) && records.at <= limit {
            count += 1;
        }
        count
    }

    /// Refuses a record that does not fit into memory.
    fn check_size(&self, record: usize, cell: usize) -> Result<(), ReadError> {
        let end = self.block.bytes().len();
        if end - cell.min(end) > limits::CELL_BYTES_MAX {
            return Err(self.too_large(self.records + 1));
        }
        if end - record.min(end) > limits::ROW_BYTES_MAX {
            return Err(self.fault(self.records + 1, "the row is longer than 512 MiB"));
        }
        Ok(())
    }

    fn too_large(&self, row: usize) -> ReadError {
        let row = u64::try_from(row).unwrap_or(u64::MAX);
        ReadError::CellTooLarge { format: FORMAT, row, max: limits::CELL_BYTES_MAX }
    }

    fn fault(&self, row: usize, problem: &str) -> ReadError {
        let row = u64::try_from(row).unwrap_or(u64::MAX);
        ReadError::Row { format: FORMAT, row, problem: problem.to_owned() }
    }
}

/// Views of one batch: 16 MiB, however many columns there are.
const VIEWS_MAX: usize = 1024 * 1024;

/// Rows of a batch even of very many columns.
const ROWS_MIN: usize = 64;

impl RowReader for Reader {
    fn names(&self) -> &[Arc<str>] {
        &self.names
    }

    fn next_batch(&mut self) -> Result<Option<Batch>, ReadError> {
        loop {
            if self.is_exhausted {
                if self.block.is_last {
                    return Ok(None);
                }
                self.block.advance(self.at)?;
                self.at = 0;
                self.is_exhausted = false;
            }
            let batch = self.read_block()?;
            if batch.rows() > 0 {
                return Ok(Some(batch));
            }
        }
    }
}

/// The dialect of the table that begins with `block`.
fn choose_dialect(block: &Block, options: &Options) -> Result<Dialect, ReadError> {
    let mut dialect = match &options.dialect {
        Some(dialect) => dialect.clone(),
        None => {
            let given = options.python.get("delimiter").and_then(model::Json::as_str);
            dialect::sniff(&first_lines(block.bytes()), given.unwrap_or(dialect::CANDIDATES))
        }
    };
    dialect
        .apply_options(&options.python)
        .map_err(|error| ReadError::Format { format: FORMAT, problem: error.to_string() })?;
    Ok(dialect)
}

/// Lines from which the dialect is guessed.
const LINES_SNIFFED: usize = 100;

/// The first lines of `bytes`, each ended by a line feed.
fn first_lines(bytes: &[u8]) -> String {
    let mut lines = 0;
    let end = memchr::memchr2_iter(b'\n', b'\r', bytes).find(|at| {
        let is_pair = bytes.get(*at) == Some(&b'\r') && bytes.get(at + 1) == Some(&b'\n');
        lines += usize::from(!is_pair);
        lines == LINES_SNIFFED
    });
    let sample = bytes.get(..end.map_or(bytes.len(), |end| end + 1)).unwrap_or_default();
    String::from_utf8_lossy(sample).replace("\r\n", "\n").replace('\r', "\n")
}

/// The first rows of the block, as far as they are complete.
fn sample(block: &Block, grammar: Grammar, treatment: &Treatment) -> Vec<Vec<Option<String>>> {
    let mut records = Records::new(block.bytes(), 0, block.is_last, grammar);
    let mut rows = Vec::new();
    while rows.len() < limits::SAMPLE_ROWS_MAX {
        let mut texts = Texts::new(treatment);
        if !matches!(records.next(&mut texts), Outcome::Cells(_)) {
            break;
        }
        rows.push(texts.row);
    }
    rows
}

fn null_sequence(options: &Options) -> Option<Vec<u8>> {
    Some(options.dialect.as_ref()?.null_sequence.as_ref()?.clone().into_bytes())
}
