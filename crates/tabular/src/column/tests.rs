use arrow::array::{BooleanArray, UInt64Array};

use super::{Column, ColumnBuilder};
use crate::value::{Kind, Value};

fn texts(column: &Column) -> Vec<Option<&str>> {
    (0..column.len()).map(|row| column.text(row)).collect()
}

#[test]
fn mixed_kinds_become_json_and_keep_their_values() {
    let mut builder = ColumnBuilder::default();
    builder.push(Kind::Text, "a");
    builder.push_null();
    builder.push(Kind::Number, "1.50");
    builder.push(Kind::Integer, "7");
    let column = builder.finish();

    assert_eq!(column.kind(), Kind::Json);
    assert_eq!(column.value(0), Some(Value::new(Kind::Text, "a")));
    assert_eq!(column.value(1), None);
    assert_eq!(column.value(2), Some(Value::new(Kind::Number, "1.50")));
    assert_eq!(column.value(3), Some(Value::new(Kind::Integer, "7")));
}

#[test]
fn concat_ignores_the_kind_of_columns_that_hold_only_nulls() {
    let numbers: Column = [Some(Value::new(Kind::Integer, "7"))].into_iter().collect();
    let joined = Column::concat(&[&Column::nulls(1), &numbers]);
    assert_eq!(joined.kind(), Kind::Integer);
    assert_eq!(texts(&joined), [None, Some("7")]);
}

#[test]
fn filter_and_take_move_rows() {
    let column: Column =
        ["a", "b", "c"].map(|text| Some(Value::new(Kind::Text, text))).into_iter().collect();
    let kept = column.filter(&BooleanArray::from(vec![true, false, true]));
    assert_eq!(texts(&kept), [Some("a"), Some("c")]);
    let taken = column.take(&UInt64Array::from(vec![Some(2), None, Some(0)]));
    assert_eq!(texts(&taken), [Some("c"), None, Some("a")]);
}
