//! Opens the file of a spreadsheet and finds the sheet in it.

use std::fs::File;
use std::io::{BufReader, Read, Seek};

use calamine::{Data, Dimensions, Ods, Range, Reader, Xls, Xlsx};

use super::formats::Moment;
use super::merged::Merged;
use super::stream::{Producer, Rows};
use super::{Format, Options, Row, Sheet, archive, biff, cells};
use crate::format::ReadError;
use crate::guard::guarded;
use crate::limits::{SHEET_COLUMNS_MAX, SHEET_ROWS_MAX};
use crate::value::Value;

/// What a zip archive begins with, and so an xlsx and an ods file.
const ZIP_MAGIC: &[u8] = b"PK";

pub(super) fn open(mut file: File, format: Format, options: &Options) -> Result<Rows, ReadError> {
    let mut magic = Vec::new();
    file.by_ref().take(2).read_to_end(&mut magic)?;
    file.rewind()?;
    let is_zip = magic == ZIP_MAGIC;
    // A workbook under the wrong one of these two names is common.
    let format = match format {
        Format::Xls if is_zip => Format::Xlsx,
        Format::Xlsx if !is_zip => Format::Xls,
        format => format,
    };
    if is_zip && !options.allow_expansion {
        archive::check(&file, format.name())?;
    }
    if format == Format::Xls {
        guarded(format.name(), || biff::check(&file))?;
    }
    file.rewind()?;
    let file = BufReader::new(file);
    guarded(format.name(), || match format {
        Format::Xlsx => xlsx(file, options),
        Format::Xls => xls(file, options),
        Format::Ods => ods(file, options),
    })
}

fn xlsx(file: BufReader<File>, options: &Options) -> Result<Rows, ReadError> {
    let format = Format::Xlsx;
    let mut workbook = Xlsx::new(file).map_err(|error| fault(format, &error))?;
    let sheet = find(&workbook.sheet_names(), options, format)?;
    let merged = if options.fill_merged_cells {
        let regions = workbook.merge_cells_by_sheet_name(&sheet);
        Merged::new(regions.map_err(|error| fault(format, &error))?)
    } else {
        Merged::default()
    };
    Rows::spawn(format.name(), move |producer| {
        guarded(format.name(), || read_xlsx(workbook, &sheet, merged, producer))
    })
}

fn read_xlsx(
    mut workbook: Xlsx<BufReader<File>>,
    sheet: &str,
    mut merged: Merged,
    producer: &mut Producer,
) -> Result<(), ReadError> {
    let format = Format::Xlsx;
    let error = |error| fault(format, &error);
    let mut reader = workbook.worksheet_cells_reader(sheet).map_err(error)?;
    let moments: Vec<Moment> = reader.styles().iter().map(Moment::of_style).collect();
    let mut row = Row::new();
    let mut at = 0;
    while let Some((cell, style)) = reader.next_cell_with_style_id().map_err(error)? {
        let (row_of_cell, column) = cell.get_position();
        check_position(format, row_of_cell, column)?;
        if row_of_cell < at {
            let problem = format!("row {} comes after row {}", row_of_cell + 1, at + 1);
            return Err(ReadError::Format { format: format.name(), problem });
        }
        while at < row_of_cell {
            merged.fill(at, &mut row);
            if !producer.push(std::mem::take(&mut row)) {
                return Ok(());
            }
            at += 1;
        }
        let moment = moments.get(style).copied().unwrap_or_default();
        put(&mut row, column, cells::value_ref(cell.get_value(), moment));
    }
    loop {
        merged.fill(at, &mut row);
        at += 1;
        if !producer.push(std::mem::take(&mut row)) || !merged.goes_on(at) {
            return Ok(());
        }
    }
}

fn xls(file: BufReader<File>, options: &Options) -> Result<Rows, ReadError> {
    let format = Format::Xls;
    let mut workbook = Xls::new(file).map_err(|error| fault(format, &error))?;
    let sheet = find(&workbook.sheet_names(), options, format)?;
    let range = workbook.worksheet_range(&sheet).map_err(|error| fault(format, &error))?;
    let regions = if options.fill_merged_cells {
        workbook.merge_cells_by_sheet_name(&sheet).map_err(|error| fault(format, &error))?
    } else {
        Vec::new()
    };
    held(format, &range, regions)
}

fn ods(file: BufReader<File>, options: &Options) -> Result<Rows, ReadError> {
    let format = Format::Ods;
    let mut workbook = Ods::new(file).map_err(|error| fault(format, &error))?;
    let sheet = find(&workbook.sheet_names(), options, format)?;
    let range = workbook.worksheet_range(&sheet).map_err(|error| fault(format, &error))?;
    held(format, &range, Vec::new())
}

/// The rows of a sheet that the library holds in memory as a whole.
fn held(format: Format, range: &Range<Data>, regions: Vec<Dimensions>) -> Result<Rows, ReadError> {
    let Some((first_row, first_column)) = range.start() else { return Ok(Rows::held(Vec::new())) };
    let moments = cells::column_moments(range);
    let mut merged = Merged::new(regions);
    let mut rows: Vec<Row> = Vec::new();
    let mut at = 0;
    let mut finish = |at: &mut u32, mut row: Row| {
        merged.fill(*at, &mut row);
        *at += 1;
        rows.push(row);
        merged.goes_on(*at)
    };
    while at < first_row {
        finish(&mut at, Row::new());
    }
    for cells in range.rows() {
        let mut row = Row::new();
        for ((cell, column), moment) in cells.iter().zip(first_column..).zip(&moments) {
            check_position(format, at, column)?;
            put(&mut row, column, cells::value(cell, *moment));
        }
        finish(&mut at, row);
    }
    while finish(&mut at, Row::new()) {}
    while rows.pop_if(|row| row.is_empty()).is_some() {}
    Ok(Rows::held(rows))
}

/// Sets a cell; a row is only as long as its last value.
pub(super) fn put(row: &mut Row, column: u32, value: Option<Value<'static>>) {
    let Some(value) = value else { return };
    let column = usize::try_from(column).unwrap_or(usize::MAX);
    if row.len() <= column {
        row.resize(column + 1, None);
    }
    if let Some(cell) = row.get_mut(column) {
        *cell = Some(value);
    }
}

fn check_position(format: Format, row: u32, column: u32) -> Result<(), ReadError> {
    if row < SHEET_ROWS_MAX && column < SHEET_COLUMNS_MAX {
        return Ok(());
    }
    let problem = format!(
        "a cell in row {}, column {}; sheets have at most {SHEET_ROWS_MAX} rows and \
         {SHEET_COLUMNS_MAX} columns",
        u64::from(row) + 1,
        u64::from(column) + 1
    );
    Err(ReadError::Format { format: format.name(), problem })
}

fn find(names: &[String], options: &Options, format: Format) -> Result<String, ReadError> {
    let found = match &options.sheet {
        None => names.first(),
        Some(Sheet::Name(name)) => names.iter().find(|other| *other == name),
        Some(Sheet::Number(number)) => number.checked_sub(1).and_then(|at| names.get(at)),
    };
    found.cloned().ok_or_else(|| {
        let wanted = match &options.sheet {
            None => "no sheet at all".into(),
            Some(Sheet::Name(name)) => format!("no sheet `{name}`"),
            Some(Sheet::Number(number)) => format!("no sheet number {number}"),
        };
        let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        let problem = format!("there is {wanted}; the sheets are {}", names.join(", "));
        ReadError::Format { format: format.name(), problem }
    })
}

fn fault(format: Format, error: &dyn std::error::Error) -> ReadError {
    ReadError::Format { format: format.name(), problem: error.to_string() }
}
