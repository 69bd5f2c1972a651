use proptest::prelude::*;
use tabular::{Batch, Column, Kind, Value};

use super::{Keys, Sorter};

fn sort(rows: &[(String, u32)], batch_rows: usize, memory: usize, reverse: bool) -> Vec<String> {
    let mut sorter = Sorter::new(memory).reversed(reverse);
    for chunk in rows.chunks(batch_rows.max(1)) {
        let column: Column = chunk
            .iter()
            .map(|(key, number)| Some(Value::new(Kind::Text, format!("{key}/{number}"))))
            .collect();
        let mut keys = Keys::default();
        chunk.iter().for_each(|(key, _)| keys.push(key.as_bytes()));
        sorter.push(Batch::new(chunk.len(), [("text".into(), column)]), keys).unwrap();
    }
    let mut sorted = Vec::new();
    sorter
        .drain(|batch| {
            sorted.extend(batch.columns()[0].values().map(|v| v.unwrap().text.into_owned()));
            Ok(())
        })
        .unwrap();
    sorted
}

proptest! {
    #[test]
    fn any_memory_bound_gives_the_stable_order(
        keys in prop::collection::vec("[a-c]{0,12}", 0..200),
        batch_rows in 1_usize..50,
        memory in prop_oneof![Just(1_usize), Just(2_000), Just(usize::MAX)],
        reverse: bool,
    ) {
        let rows: Vec<(String, u32)> = keys.into_iter().zip(0..).collect();
        let mut expected = rows.clone();
        expected.sort_by(|a, b| a.0.cmp(&b.0));
        if reverse {
            expected.reverse();
        }
        let expected: Vec<String> = expected.iter().map(|(k, n)| format!("{k}/{n}")).collect();
        prop_assert_eq!(sort(&rows, batch_rows, memory, reverse), expected);
    }
}
