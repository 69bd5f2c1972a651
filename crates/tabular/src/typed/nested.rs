//! Lists, structs and maps as JSON texts in the wire encoding.

use std::ops::Range;

use arrow::array::{Array, ArrayRef, AsArray, StringViewBuilder, StructArray};
use arrow::datatypes::DataType;
use model::python;

use super::from_arrow;
use crate::column::Column;
use crate::value::Kind;

/// The column, or `None` for a type without a form of its own.
pub(super) fn exact(array: &ArrayRef) -> Option<Column> {
    match array.data_type() {
        DataType::List(_) => {
            let list = array.as_list::<i32>();
            lists(array, list.values(), list.offsets().windows(2).map(from_to))
        }
        DataType::LargeList(_) => {
            let list = array.as_list::<i64>();
            lists(array, list.values(), list.offsets().windows(2).map(from_to))
        }
        DataType::FixedSizeList(_, size) => {
            let size = usize::try_from(*size).ok()?;
            let ranges = (0..array.len()).map(|row| Some(row * size..(row + 1) * size));
            lists(array, array.as_fixed_size_list().values(), ranges)
        }
        DataType::ListView(_) => {
            let list = array.as_list_view::<i32>();
            lists(array, list.values(), sized(list.offsets(), list.sizes()))
        }
        DataType::LargeListView(_) => {
            let list = array.as_list_view::<i64>();
            lists(array, list.values(), sized(list.offsets(), list.sizes()))
        }
        DataType::Struct(_) => Some(structs(array.as_struct())),
        DataType::Map(..) => maps(array),
        _ => None,
    }
}

fn from_to<O: Copy + TryInto<usize>>(pair: &[O]) -> Option<Range<usize>> {
    let &[from, to] = pair else { return None };
    Some(from.try_into().ok()?..to.try_into().ok()?)
}

fn sized<O: Copy + TryInto<usize>>(
    offsets: &[O],
    sizes: &[O],
) -> impl Iterator<Item = Option<Range<usize>>> {
    offsets.iter().zip(sizes).map(|(from, size)| {
        let from = (*from).try_into().ok()?;
        Some(from..from + (*size).try_into().ok()?)
    })
}

fn lists(
    array: &ArrayRef,
    items: &ArrayRef,
    ranges: impl Iterator<Item = Option<Range<usize>>>,
) -> Option<Column> {
    let ranges: Vec<Range<usize>> = ranges.collect::<Option<_>>()?;
    // A slice of a long list shares all its items: only those of this slice are printed.
    let first = ranges.iter().map(|range| range.start).min().unwrap_or(0);
    let last = ranges.iter().map(|range| range.end).max().unwrap_or(0);
    let items = from_arrow(&items.slice(first, last - first)).to_json();
    Some(json(array, |out, row| {
        let range = ranges.get(row).cloned().unwrap_or_default();
        out.push('[');
        for (count, item) in range.enumerate() {
            separate(out, count);
            out.push_str(items.text(item - first).unwrap_or("null"));
        }
        out.push(']');
    }))
}

fn structs(array: &StructArray) -> Column {
    let fields: Vec<(&str, Column)> = array
        .fields()
        .iter()
        .zip(array.columns())
        .map(|(field, values)| (field.name().as_str(), from_arrow(values).to_json()))
        .collect();
    json(array, |out, row| {
        out.push('{');
        for (count, (name, values)) in fields.iter().enumerate() {
            separate(out, count);
            python::write_string(out, name, true);
            out.push_str(": ");
            out.push_str(values.text(row).unwrap_or("null"));
        }
        out.push('}');
    })
}

fn maps(array: &ArrayRef) -> Option<Column> {
    let map = array.as_map();
    let ranges: Vec<Range<usize>> = map.offsets().windows(2).map(from_to).collect::<Option<_>>()?;
    let keys = from_arrow(map.keys());
    let values = from_arrow(map.values()).to_json();
    Some(json(array, |out, row| {
        out.push('{');
        for (count, entry) in ranges.get(row).cloned().unwrap_or_default().enumerate() {
            separate(out, count);
            python::write_string(out, keys.text(entry).unwrap_or_default(), true);
            out.push_str(": ");
            out.push_str(values.text(entry).unwrap_or("null"));
        }
        out.push('}');
    }))
}

fn json(array: &dyn Array, mut write: impl FnMut(&mut String, usize)) -> Column {
    let mut builder = StringViewBuilder::with_capacity(array.len());
    let mut text = String::new();
    for row in 0..array.len() {
        if array.is_null(row) {
            builder.append_null();
        } else {
            text.clear();
            write(&mut text, row);
            builder.append_value(&text);
        }
    }
    Column::new(Kind::Json, builder.finish())
}

fn separate(out: &mut String, count: usize) {
    if count > 0 {
        out.push_str(", ");
    }
}
