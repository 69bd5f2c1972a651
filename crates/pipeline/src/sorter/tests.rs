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
        sorter.push(&Batch::new(chunk.len(), [("text".into(), column)]), keys).unwrap();
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

#[test]
fn rows_of_different_columns_keep_their_cells_in_memory_and_on_disk() {
    let long = "long ".repeat(100);
    let cell =
        |kind, text: &str| -> Column { [Some(Value::new(kind, text))].into_iter().collect() };
    let batches = [
        Batch::new(1, [("a".into(), cell(Kind::Integer, "1")), ("b".into(), Column::nulls(1))]),
        Batch::new(1, [("b".into(), cell(Kind::Text, &long)), ("c".into(), cell(Kind::Text, ""))]),
        Batch::new(1, [("a".into(), cell(Kind::Boolean, "true"))]),
    ];
    for memory in [1, usize::MAX] {
        let mut sorter = Sorter::new(memory);
        for (batch, key) in batches.iter().zip([[3], [1], [2]]) {
            let mut keys = Keys::default();
            keys.push(&key);
            sorter.push(batch, keys).unwrap();
        }
        assert_eq!(sorter.is_spilled(), memory == 1);
        let mut rows = Vec::new();
        let take = |batch: Batch| {
            rows.extend((0..batch.rows()).map(|row| {
                let cell =
                    |name| batch.column(name).unwrap().value(row).map(|v| v.text.to_string());
                ["a", "b", "c"].map(cell)
            }));
            Ok(())
        };
        sorter.drain(take).unwrap();
        let text = |text: &str| Some(text.to_owned());
        let expected =
            [[None, text(&long), text("")], [text("true"), None, None], [text("1"), None, None]];
        assert_eq!(rows, expected, "memory {memory}");
    }
}
