//! From Arrow arrays to columns.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayAccessor, ArrayIter, ArrayRef, ArrowPrimitiveType, AsArray, BooleanArray,
    StringViewArray, StringViewBuilder,
};
use arrow::datatypes::{
    DataType, Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type,
    DurationMicrosecondType, DurationMillisecondType, DurationNanosecondType, DurationSecondType,
    Float32Type, Float64Type, Int64Type, IntervalDayTimeType, IntervalMonthDayNanoType,
    IntervalUnit, IntervalYearMonthType, Time32MillisecondType, Time32SecondType,
    Time64MicrosecondType, Time64NanosecondType, TimeUnit, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt64Type,
};
use arrow::util::display::{ArrayFormatter, FormatOptions};

use super::{nested, print};
use crate::column::Column;
use crate::value::Kind;

const MS_PER_DAY: i64 = 86_400_000;

/// The column, or `None` when a value has no text in the kind of its type.
pub(super) fn exact(array: &ArrayRef) -> Option<Column> {
    match array.data_type() {
        DataType::Null => Some(Column::nulls(array.len())),
        DataType::Boolean => Some(booleans(array.as_boolean())),
        DataType::Utf8View => Some(Column::new(Kind::Text, array.as_string_view().clone())),
        DataType::Utf8 | DataType::LargeUtf8 => {
            let views = cast(array, &DataType::Utf8View)?;
            Some(Column::new(Kind::Text, views.as_string_view().clone()))
        }
        DataType::Binary
        | DataType::LargeBinary
        | DataType::BinaryView
        | DataType::FixedSizeBinary(_) => Some(binary(array)),
        DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::UInt8 => {
            integers(&cast(array, &DataType::Int64)?)
        }
        DataType::UInt16 | DataType::UInt32 => integers(&cast(array, &DataType::Int64)?),
        DataType::Int64 => integers(array),
        DataType::UInt64 => {
            let mut buffer = itoa::Buffer::new();
            printed::<UInt64Type>(array, Kind::Integer, |out, value| {
                out.push_str(buffer.format(value));
                true
            })
        }
        DataType::Float16 => exact(&cast(array, &DataType::Float32)?),
        DataType::Float32 => printed::<Float32Type>(array, Kind::Float, print::float),
        DataType::Float64 => printed::<Float64Type>(array, Kind::Float, print::double),
        DataType::Date32
        | DataType::Date64
        | DataType::Time32(_)
        | DataType::Time64(_)
        | DataType::Timestamp(..)
        | DataType::Duration(_)
        | DataType::Interval(_) => temporal(array),
        DataType::Dictionary(..) => dictionary(array),
        data_type if data_type.is_decimal() => decimals(array),
        _ => nested::exact(array),
    }
}

/// The column with the text that Arrow prints for each value.
pub(super) fn displayed(array: &ArrayRef) -> Column {
    let mut builder = StringViewBuilder::with_capacity(array.len());
    let options = FormatOptions::new();
    let formatter = ArrayFormatter::try_new(array, &options).ok();
    for row in 0..array.len() {
        match &formatter {
            Some(formatter) if array.is_valid(row) => {
                builder.append_value(formatter.value(row).to_string());
            }
            _ => builder.append_null(),
        }
    }
    Column::new(Kind::Text, builder.finish())
}

fn cast(array: &ArrayRef, data_type: &DataType) -> Option<ArrayRef> {
    arrow::compute::cast(array, data_type).ok()
}

fn printed<T: ArrowPrimitiveType>(
    array: &ArrayRef,
    kind: Kind,
    mut write: impl FnMut(&mut String, T::Native) -> bool,
) -> Option<Column> {
    let mut builder = StringViewBuilder::with_capacity(array.len());
    let mut text = String::with_capacity(64);
    let mut printed = None;
    for value in array.as_primitive_opt::<T>()? {
        match value {
            Some(value) => {
                // Sorted and sparse columns repeat themselves.
                if printed != Some(value) {
                    text.clear();
                    if !write(&mut text, value) {
                        return None;
                    }
                    printed = Some(value);
                }
                builder.append_value(&text);
            }
            None => builder.append_null(),
        }
    }
    Some(Column::new(kind, builder.finish()))
}

fn integers(array: &ArrayRef) -> Option<Column> {
    let mut buffer = itoa::Buffer::new();
    let mut builder = StringViewBuilder::with_capacity(array.len());
    for value in array.as_primitive_opt::<Int64Type>()? {
        match value {
            Some(value) => builder.append_value(buffer.format(value)),
            None => builder.append_null(),
        }
    }
    Some(Column::new(Kind::Integer, builder.finish()))
}

fn booleans(array: &BooleanArray) -> Column {
    let texts = array.iter().map(|value| value.map(|value| if value { "true" } else { "false" }));
    Column::new(Kind::Boolean, StringViewArray::from_iter(texts))
}

fn binary(array: &ArrayRef) -> Column {
    let cells = match array.data_type() {
        DataType::Binary => base64(array.as_binary::<i32>()),
        DataType::LargeBinary => base64(array.as_binary::<i64>()),
        DataType::BinaryView => base64(array.as_binary_view()),
        _ => base64(array.as_fixed_size_binary()),
    };
    Column::new(Kind::Text, cells)
}

fn base64<'a>(array: impl ArrayAccessor<Item = &'a [u8]>) -> StringViewArray {
    let mut builder = StringViewBuilder::with_capacity(array.len());
    let mut text = String::new();
    for bytes in ArrayIter::new(array) {
        builder.append_option(bytes.map(|bytes| {
            text.clear();
            print::base64(&mut text, bytes);
            text.as_str()
        }));
    }
    builder.finish()
}

fn decimals(array: &ArrayRef) -> Option<Column> {
    match *array.data_type() {
        DataType::Decimal32(_, scale) => {
            printed::<Decimal32Type>(array, Kind::Number, |out, value| {
                print::decimal(out, value.into(), scale)
            })
        }
        DataType::Decimal64(_, scale) => {
            printed::<Decimal64Type>(array, Kind::Number, |out, value| {
                print::decimal(out, value.into(), scale)
            })
        }
        DataType::Decimal128(_, scale) => {
            printed::<Decimal128Type>(array, Kind::Number, |out, value| {
                print::decimal(out, value, scale)
            })
        }
        DataType::Decimal256(_, scale) => {
            printed::<Decimal256Type>(array, Kind::Number, |out, value| {
                let text = value.to_string();
                let digits = text.trim_start_matches('-');
                print::decimal_digits(out, text.starts_with('-'), digits, scale)
            })
        }
        _ => None,
    }
}

fn temporal(array: &ArrayRef) -> Option<Column> {
    match array.data_type() {
        DataType::Date32 => {
            printed::<Date32Type>(array, Kind::Date, |out, days| print::date(out, days.into()))
        }
        DataType::Date64 => printed::<Date64Type>(array, Kind::Date, |out, ms| {
            print::date(out, ms.div_euclid(MS_PER_DAY))
        }),
        DataType::Time32(TimeUnit::Second) => {
            printed::<Time32SecondType>(array, Kind::Time, |out, s| {
                print::time(out, i64::from(s) * 1_000_000)
            })
        }
        DataType::Time32(_) => printed::<Time32MillisecondType>(array, Kind::Time, |out, ms| {
            print::time(out, i64::from(ms) * 1_000)
        }),
        DataType::Time64(TimeUnit::Microsecond) => {
            printed::<Time64MicrosecondType>(array, Kind::Time, print::time)
        }
        DataType::Time64(_) => printed::<Time64NanosecondType>(array, Kind::Time, |out, ns| {
            print::time(out, ns.div_euclid(1_000))
        }),
        DataType::Timestamp(unit, zone) => timestamps(array, *unit, zone.as_ref()),
        DataType::Duration(unit) => durations(array, *unit),
        DataType::Interval(unit) => intervals(array, *unit),
        _ => None,
    }
}

fn timestamps(array: &ArrayRef, unit: TimeUnit, zone: Option<&Arc<str>>) -> Option<Column> {
    let offset_s = zone.map_or(0, |zone| offset_of(zone));
    let write = |out: &mut String, us: Option<i64>| {
        us.is_some_and(|us| print::date_time(out, us, offset_s))
    };
    let kind = Kind::DateTime;
    match unit {
        TimeUnit::Second => printed::<TimestampSecondType>(array, kind, |out, s| {
            write(out, s.checked_mul(1_000_000))
        }),
        TimeUnit::Millisecond => printed::<TimestampMillisecondType>(array, kind, |out, ms| {
            write(out, ms.checked_mul(1_000))
        }),
        TimeUnit::Microsecond => {
            printed::<TimestampMicrosecondType>(array, kind, |out, us| write(out, Some(us)))
        }
        TimeUnit::Nanosecond => printed::<TimestampNanosecondType>(array, kind, |out, ns| {
            write(out, Some(ns.div_euclid(1_000)))
        }),
    }
}

/// Seconds that a zone such as `+02:00` is ahead of UTC; 0 for a zone that is known by name.
fn offset_of(zone: &str) -> i64 {
    let (sign, rest) = match zone.split_at_checked(1) {
        Some(("+", rest)) => (1, rest),
        Some(("-", rest)) => (-1, rest),
        _ => return 0,
    };
    let (hours, minutes) = match rest.split_once(':') {
        Some(parts) => parts,
        None => rest.split_at_checked(2).unwrap_or((rest, "")),
    };
    let minutes = if minutes.is_empty() { "0" } else { minutes };
    match (hours.parse::<u8>(), minutes.parse::<u8>()) {
        (Ok(hours), Ok(minutes)) if hours < 24 && minutes < 60 => {
            sign * (i64::from(hours) * 3600 + i64::from(minutes) * 60)
        }
        _ => 0,
    }
}

fn durations(array: &ArrayRef, unit: TimeUnit) -> Option<Column> {
    let kind = Kind::Duration;
    match unit {
        TimeUnit::Second => printed::<DurationSecondType>(array, kind, |out, s| {
            print::duration(out, 0, i128::from(s) * 1_000_000)
        }),
        TimeUnit::Millisecond => printed::<DurationMillisecondType>(array, kind, |out, ms| {
            print::duration(out, 0, i128::from(ms) * 1_000)
        }),
        TimeUnit::Microsecond => printed::<DurationMicrosecondType>(array, kind, |out, us| {
            print::duration(out, 0, us.into())
        }),
        TimeUnit::Nanosecond => printed::<DurationNanosecondType>(array, kind, |out, ns| {
            print::duration(out, 0, i128::from(ns / 1_000))
        }),
    }
}

fn intervals(array: &ArrayRef, unit: IntervalUnit) -> Option<Column> {
    let kind = Kind::Duration;
    let us_per_ms = 1_000;
    let us_per_day = i128::from(MS_PER_DAY) * us_per_ms;
    match unit {
        IntervalUnit::YearMonth => printed::<IntervalYearMonthType>(array, kind, |out, months| {
            print::duration(out, months.into(), 0)
        }),
        IntervalUnit::DayTime => printed::<IntervalDayTimeType>(array, kind, |out, value| {
            let us =
                i128::from(value.days) * us_per_day + i128::from(value.milliseconds) * us_per_ms;
            print::duration(out, 0, us)
        }),
        IntervalUnit::MonthDayNano => {
            printed::<IntervalMonthDayNanoType>(array, kind, |out, value| {
                let us =
                    i128::from(value.days) * us_per_day + i128::from(value.nanoseconds / 1_000);
                print::duration(out, value.months.into(), us)
            })
        }
    }
}

fn dictionary(array: &ArrayRef) -> Option<Column> {
    let dictionary = array.as_any_dictionary_opt()?;
    let keys: &dyn Array = dictionary.keys();
    if dictionary.values().len() > keys.len() {
        // A large dictionary serves many batches: only what this one uses is printed.
        return exact(&arrow::compute::take(dictionary.values(), keys, None).ok()?);
    }
    let indices = arrow::compute::cast(keys, &DataType::UInt64).ok()?;
    Some(exact(dictionary.values())?.take(indices.as_primitive()))
}
