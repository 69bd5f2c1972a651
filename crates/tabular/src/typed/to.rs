//! From columns to Arrow arrays.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, BooleanArray, NullArray, PrimitiveArray, StringViewArray,
    StringViewBuilder,
};
use arrow::buffer::BooleanBuffer;
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Float64Type, Int64Type, Time64MicrosecondType, TimeUnit,
    TimestampMicrosecondType,
};

use super::{Misfit, TypedError, digits, plain_text};
use crate::column::Column;
use crate::value::Kind;

/// The array of `data_type`; see [`super::to_arrow`].
pub(super) fn array(column: &Column, data_type: &DataType) -> Result<ArrayRef, TypedError> {
    let plain;
    let cells = if column.kind() == Kind::Json {
        plain = decoded(column);
        &plain
    } else {
        column.cells()
    };
    let array: ArrayRef = match data_type {
        DataType::Null => Arc::new(NullArray::new(cells.len())),
        DataType::Int64 => Arc::new(parsed::<Int64Type>(cells, digits::integer)?),
        DataType::Float64 => Arc::new(parsed::<Float64Type>(cells, digits::double)?),
        DataType::Date32 => Arc::new(parsed::<Date32Type>(cells, digits::date)?),
        DataType::Boolean => Arc::new(booleans(cells)?),
        DataType::Time64(TimeUnit::Microsecond) => {
            Arc::new(parsed::<Time64MicrosecondType>(cells, digits::time)?)
        }
        DataType::Timestamp(TimeUnit::Microsecond, zone) => {
            let array = parsed::<TimestampMicrosecondType>(cells, digits::date_time)?;
            Arc::new(array.with_timezone_opt(zone.clone()))
        }
        DataType::Decimal128(..) => decimals(cells, data_type)?,
        DataType::Utf8View => Arc::new(cells.clone()),
        DataType::Utf8 => arrow::compute::cast(cells, data_type).map_err(|_| {
            let longest = cells.iter().flatten().max_by_key(|text| text.len());
            TypedError::new(0, longest.unwrap_or_default(), Misfit::TextsTooLong)
        })?,
        other => panic!("columns have no form as {other}"),
    };
    Ok(array)
}

/// The texts of the values that JSON cells encode.
fn decoded(column: &Column) -> StringViewArray {
    let mut builder = StringViewBuilder::with_capacity(column.len());
    for value in column.values() {
        builder.append_option(value.as_ref().map(plain_text));
    }
    builder.finish()
}

fn parsed<T: ArrowPrimitiveType>(
    cells: &StringViewArray,
    read: impl Fn(&str) -> Result<T::Native, Misfit>,
) -> Result<PrimitiveArray<T>, TypedError> {
    let mut values = Vec::with_capacity(cells.len());
    for (row, cell) in cells.iter().enumerate() {
        values.push(match cell {
            Some(text) => read(text).map_err(|problem| TypedError::new(row, text, problem))?,
            None => T::default_value(),
        });
    }
    Ok(PrimitiveArray::new(values.into(), cells.nulls().cloned()))
}

fn booleans(cells: &StringViewArray) -> Result<BooleanArray, TypedError> {
    let mut values = Vec::with_capacity(cells.len());
    for (row, cell) in cells.iter().enumerate() {
        values.push(match cell {
            Some(text) => {
                digits::boolean(text).map_err(|problem| TypedError::new(row, text, problem))?
            }
            None => false,
        });
    }
    Ok(BooleanArray::new(BooleanBuffer::from(values), cells.nulls().cloned()))
}

fn decimals(cells: &StringViewArray, data_type: &DataType) -> Result<ArrayRef, TypedError> {
    let scale = match data_type {
        DataType::Decimal128(38, scale) => u8::try_from(*scale).ok(),
        _ => None,
    };
    let scale = scale.unwrap_or_else(|| panic!("columns have no form as {data_type}"));
    let array = parsed::<Decimal128Type>(cells, |text| digits::decimal(text, scale))?;
    Ok(Arc::new(array.with_data_type(data_type.clone())))
}
