//! Random tables for the round trips of typed files.

use proptest::collection::vec;
use proptest::prelude::{BoxedStrategy, Just, Strategy, any, prop_oneof};

use super::plan::TypedField;
use crate::batch::Batch;
use crate::column::Column;
use crate::value::{Kind, Value};

/// A table of every type that typed files know, with nulls, and its fields.
pub(crate) fn table(rows_max: usize) -> impl Strategy<Value = (Vec<TypedField>, Batch)> {
    (0..rows_max).prop_flat_map(|rows| {
        vec(column(rows), 0..6).prop_map(move |columns| {
            let mut batch = Batch::empty(rows);
            let mut fields = Vec::new();
            for (at, (field_type, column)) in columns.into_iter().enumerate() {
                let name = format!("{field_type} {at}");
                fields.push(TypedField {
                    scale: (field_type == "number").then_some(2),
                    ..TypedField::new(&name, field_type)
                });
                batch.set(&name, column);
            }
            (fields, batch)
        })
    })
}

/// The rows of some batches as texts, one list per row.
pub(crate) fn rows(batch: &Batch) -> Vec<Vec<Option<String>>> {
    (0..batch.rows())
        .map(|row| batch.columns().iter().map(|c| c.text(row).map(str::to_owned)).collect())
        .collect()
}

fn column(rows: usize) -> impl Strategy<Value = (&'static str, Column)> {
    let types = [
        ("integer", Kind::Integer),
        ("number", Kind::Number),
        ("boolean", Kind::Boolean),
        ("date", Kind::Date),
        ("time", Kind::Time),
        ("datetime", Kind::DateTime),
        ("string", Kind::Text),
    ];
    proptest::sample::select(types.to_vec()).prop_flat_map(move |(field_type, kind)| {
        let cells = vec(prop_oneof![1 => Just(None), 5 => text(kind).prop_map(Some)], rows);
        cells.prop_map(move |cells| {
            let values = cells.into_iter().map(|cell| cell.map(|text| Value::new(kind, text)));
            (field_type, values.collect())
        })
    })
}

fn text(kind: Kind) -> BoxedStrategy<String> {
    let date = || "[12][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])";
    let time = || "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{0,5}[1-9])?";
    match kind {
        Kind::Integer => any::<i64>().prop_map(|value| value.to_string()).boxed(),
        Kind::Number => "-?(0|[1-9][0-9]{0,20})\\.[0-9][1-9]".boxed(),
        Kind::Boolean => any::<bool>().prop_map(|value| value.to_string()).boxed(),
        Kind::Date => date().boxed(),
        Kind::Time => time().boxed(),
        Kind::DateTime => {
            (date(), time()).prop_map(|(date, time)| format!("{date}T{time}")).boxed()
        }
        _ => "\\PC{0,20}".boxed(),
    }
}
