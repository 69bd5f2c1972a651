use tabular::{Batch, Column, Kind, Value};

use super::Spool;

fn batch(from: usize, rows: usize) -> Batch {
    let column: Column = (from..from + rows)
        .map(|row| Some(Value::new(Kind::Text, format!("a text of some length {row}"))))
        .collect();
    Batch::new(rows, [("text".into(), column)])
}

fn texts(spool: Spool) -> Vec<String> {
    let mut texts = Vec::new();
    spool
        .drain(|batch| {
            texts.extend(batch.columns()[0].values().map(|v| v.unwrap().text.into_owned()));
            Ok(())
        })
        .unwrap();
    texts
}

#[test]
fn rows_come_back_in_order_from_memory_and_from_disk() {
    let (mut small, mut large) = (Spool::new(1), Spool::new(usize::MAX));
    for from in (0..1_000).step_by(100) {
        small.push(&batch(from, 100)).unwrap();
        large.push(&batch(from, 100)).unwrap();
    }
    assert!(small.is_spilled() && !large.is_spilled());
    assert_eq!(texts(small), texts(large));
}
