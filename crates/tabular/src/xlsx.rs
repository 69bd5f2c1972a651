//! Writes rows as a sheet of an xlsx workbook.

use std::io::Write;
use std::sync::Arc;

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

use crate::batch::Batch;
use crate::column::Column;
use crate::format::{RowWriter, WriteError};
use crate::limits::SHEET_ROWS_MAX;
use crate::typed;
use crate::value::{Kind, Value};

const FORMAT: &str = "xlsx";
/// Significant digits that every double keeps, and that Excel shows.
const DIGITS_MAX: usize = 15;
/// Days from 1899-12-30, from which serial numbers count, to 1970-01-01.
const EPOCH_SERIAL: i64 = 25_569;
/// 1900-03-01; before it Excel's calendar has a day that did not exist.
const SERIAL_MIN: i64 = 61;
const DAY_US: i64 = 86_400_000_000;

/// Writes one sheet with a header row. Rows go to a temporary file as they come.
pub struct XlsxWriter {
    workbook: Workbook,
    sheet: Sheet,
    output: Box<dyn Write + Send>,
}

#[derive(Debug)]
struct Sheet {
    columns: Vec<XlsxColumn>,
    date: Format,
    time: Format,
    date_time: Format,
    rows: u32,
}

/// A column of the sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct XlsxColumn {
    /// The name of the field that it shows.
    pub name: Arc<str>,
    /// What the header row says.
    pub header: String,
}

impl XlsxWriter {
    /// Writes the given columns to a sheet called `sheet_name`, or `Sheet1`.
    ///
    /// # Errors
    ///
    /// [`WriteError`] when a sheet cannot have that name or so many columns.
    pub fn new(
        output: Box<dyn Write + Send>,
        columns: &[XlsxColumn],
        sheet_name: Option<&str>,
    ) -> Result<Self, WriteError> {
        let mut workbook = Workbook::new();
        // The same rows give the same bytes, so the workbook does not say when it was written.
        let written = ExcelDateTime::from_ymd(2000, 1, 1).map_err(fault)?;
        workbook.set_properties(&DocProperties::new().set_creation_datetime(&written));
        let worksheet = workbook.add_worksheet_with_constant_memory().map_err(fault)?;
        if let Some(name) = sheet_name {
            worksheet.set_name(name).map_err(fault)?;
        }
        for (at, column) in columns.iter().enumerate() {
            let at = column_number(at)?;
            worksheet.write_string(0, at, &column.header).map_err(fault)?;
        }
        let sheet = Sheet {
            columns: columns.to_vec(),
            date: Format::new().set_num_format("yyyy-mm-dd"),
            time: Format::new().set_num_format("hh:mm:ss"),
            date_time: Format::new().set_num_format("yyyy-mm-dd hh:mm:ss"),
            rows: 0,
        };
        Ok(Self { workbook, sheet, output })
    }
}

impl RowWriter for XlsxWriter {
    fn write(&mut self, batch: &Batch) -> Result<(), WriteError> {
        let worksheet = self.workbook.worksheet_from_index(0).map_err(fault)?;
        let columns: Vec<Option<&Column>> =
            self.sheet.columns.iter().map(|column| batch.column(&column.name)).collect();
        for row in 0..batch.rows() {
            self.sheet.rows += 1;
            if self.sheet.rows >= SHEET_ROWS_MAX {
                let problem = format!(
                    "a sheet has room for {} rows below its header; write `csv` or `parquet`",
                    SHEET_ROWS_MAX - 1
                );
                return Err(WriteError::Format { format: FORMAT, problem });
            }
            for (at, column) in columns.iter().enumerate() {
                if let Some(value) = column.and_then(|column| column.value(row)) {
                    self.sheet.write_cell(worksheet, at, &value)?;
                }
            }
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<(), WriteError> {
        self.workbook.save_to_writer(&mut self.output).map_err(fault)?;
        Ok(self.output.flush()?)
    }
}

impl std::fmt::Debug for XlsxWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("XlsxWriter").field("sheet", &self.sheet).finish_non_exhaustive()
    }
}

impl Sheet {
    /// Writes a cell of the current row: as a number, boolean or moment where Excel has exactly
    /// this one, else as text. A text is never a formula.
    fn write_cell(
        &self,
        worksheet: &mut Worksheet,
        at: usize,
        value: &Value<'_>,
    ) -> Result<(), WriteError> {
        let (row, column) = (self.rows, column_number(at)?);
        let text = &*value.text;
        let written = match value.kind {
            Kind::Boolean => worksheet.write_boolean(row, column, text == "true"),
            Kind::Integer | Kind::Number | Kind::Float => match exact_number(value) {
                Some(number) => worksheet.write_number(row, column, number),
                None => worksheet.write_string(row, column, text),
            },
            Kind::Date | Kind::Time | Kind::DateTime => match exact_serial(value) {
                Some(serial) => {
                    let format = match value.kind {
                        Kind::Date => &self.date,
                        Kind::Time => &self.time,
                        _ => &self.date_time,
                    };
                    worksheet.write_number_with_format(row, column, serial, format)
                }
                None => worksheet.write_string(row, column, text),
            },
            Kind::Text | Kind::Duration | Kind::Json => {
                worksheet.write_string(row, column, typed::plain_text(value))
            }
        };
        match written {
            Ok(_) => Ok(()),
            Err(XlsxError::MaxStringLengthExceeded) => Err(WriteError::Value {
                row: u64::from(self.rows),
                field: self.columns.get(at).map(|c| c.name.to_string()).unwrap_or_default(),
                problem: "a cell of a sheet has at most 32767 characters; write `csv`".into(),
            }),
            Err(error) => Err(fault(error)),
        }
    }
}

/// The double of a number, when all its digits come back from it.
fn exact_number(value: &Value<'_>) -> Option<f64> {
    let text = &*value.text;
    let number: f64 = text.parse().ok().filter(|number: &f64| number.is_finite())?;
    if value.kind == Kind::Float {
        return Some(number);
    }
    let mantissa = text.split(['E', 'e']).next().unwrap_or_default();
    let digits = mantissa.bytes().filter(u8::is_ascii_digit).skip_while(|digit| *digit == b'0');
    let is_zero = digits.clone().next().is_none();
    let in_range = is_zero || (1e-300..1e300).contains(&number.abs());
    (in_range && digits.count() <= DIGITS_MAX).then_some(number)
}

/// The number of days since 1899-12-30 of a moment in whole milliseconds without an offset.
fn exact_serial(value: &Value<'_>) -> Option<f64> {
    let us = match value.kind {
        Kind::Time => typed::time_us(&value.text)?,
        Kind::Date => typed::date_time_us(&format!("{}T00:00:00", value.text))?,
        _ if typed::has_offset(&value.text) => return None,
        _ => typed::date_time_us(&value.text)?,
    };
    let (days, us_of_day) = (us.div_euclid(DAY_US), us.rem_euclid(DAY_US));
    let days = if value.kind == Kind::Time { days } else { days + EPOCH_SERIAL };
    if (value.kind != Kind::Time && days < SERIAL_MIN) || us_of_day % 1_000 != 0 {
        return None;
    }
    let days = f64::from(i32::try_from(days).ok()?);
    Some(days + f64::from(u32::try_from(us_of_day / 1_000).ok()?) / 86_400_000.0)
}

fn column_number(at: usize) -> Result<u16, WriteError> {
    u16::try_from(at).ok().filter(|at| *at < 16_384).ok_or_else(|| WriteError::Format {
        format: FORMAT,
        problem: "a sheet has room for 16384 columns; write `csv` or `parquet`".into(),
    })
}

fn fault(error: XlsxError) -> WriteError {
    match error {
        XlsxError::IoError(source) => WriteError::Io(source),
        other => WriteError::Format { format: FORMAT, problem: other.to_string() },
    }
}

#[cfg(test)]
mod tests;
