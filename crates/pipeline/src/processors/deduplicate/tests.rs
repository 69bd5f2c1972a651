use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::prelude::{prop_assert_eq, proptest};
use serde_json::json;
use tabular::{Batch, Column, Kind, Value};

use super::{PrimaryKey, Seen};
use crate::error::StepError;
use crate::processor::Output;

#[derive(Default)]
struct Rows(Vec<Batch>);

impl Output for Rows {
    fn open(&mut self, _: &str) -> Result<(), StepError> {
        Ok(())
    }

    fn rows(&mut self, batch: Batch) -> Result<(), StepError> {
        self.0.push(batch);
        Ok(())
    }

    fn close(&mut self) -> Result<(), StepError> {
        Ok(())
    }
}

fn key() -> PrimaryKey {
    let resource = json!({"name": "r", "schema": {"fields": [{"name": "k"}], "primaryKey": "k"}});
    PrimaryKey::of(resource.as_object().unwrap()).unwrap()
}

fn batch(first_row: usize, keys: &[u8]) -> Batch {
    let text = |text: String| Some(Value::new(Kind::Text, text));
    let keys_column: Column = keys.iter().map(|key| text(format!("key {key}"))).collect();
    let rows: Column = (first_row..).take(keys.len()).map(|row| text(row.to_string())).collect();
    Batch::new(keys.len(), [(Arc::from("k"), keys_column), (Arc::from("row"), rows)])
}

/// The numbers of the rows that stay.
fn deduplicated(keys: &[u8], memory_bytes: usize) -> Vec<usize> {
    let mut seen = Seen::new(key(), memory_bytes);
    let mut out = Rows::default();
    for (index, chunk) in keys.chunks(3).enumerate() {
        out.rows(seen.take(&batch(index * 3, chunk)).unwrap()).unwrap();
    }
    seen.write_late(&mut out).unwrap();
    let rows = out.0.iter().filter_map(|batch| batch.column("row"));
    rows.flat_map(|c| (0..c.len()).map(|row| c.text(row).unwrap().parse().unwrap())).collect()
}

proptest! {
    #[test]
    fn spilled_keeps_the_same_rows_as_unspilled(
        keys in proptest::collection::vec(0u8..40, 0..200),
        memory_bytes in 0usize..4000,
    ) {
        let mut seen = BTreeSet::new();
        let firsts: Vec<usize> =
            (0..keys.len()).filter(|row| seen.insert(keys[*row])).collect();
        prop_assert_eq!(deduplicated(&keys, memory_bytes), firsts);
    }
}

#[test]
fn a_resource_without_primary_key_has_none() {
    let resource = json!({"name": "r", "schema": {"fields": [{"name": "k"}]}});
    assert!(PrimaryKey::of(resource.as_object().unwrap()).is_none());
}
