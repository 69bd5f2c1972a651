use std::sync::Arc;

use tabular::{Batch, Kind, Value};

use super::{Choice, draw, is_kept};

/// The rows that are kept of `rows`, which come in batches of `batch_rows`.
fn kept(rows: usize, wanted: usize, seed: u64, batch_rows: usize) -> Vec<usize> {
    let mut choice = Choice::new("r");
    for from in (0..rows).step_by(batch_rows) {
        let to = (from + batch_rows).min(rows);
        let values = (from..to).map(|row| Some(Value::new(Kind::Integer, row.to_string())));
        let batch = Batch::new(to - from, [(Arc::from("n"), values.collect())]);
        let draws = choice.draws(to - from, seed);
        choice.hold(&batch, &draws, wanted);
    }
    choice.prune(wanted);
    let columns = choice.held.iter().filter_map(|batch| batch.column("n"));
    columns.flat_map(|n| (0..n.len()).map(|row| n.text(row).unwrap().parse().unwrap())).collect()
}

#[test]
fn a_sample_has_the_wanted_rows_in_order_whatever_the_batches() {
    let sample = kept(30_000, 100, 7, 1_000);
    assert_eq!(sample.len(), 100);
    assert!(sample.is_sorted());
    assert_eq!(sample, kept(30_000, 100, 7, 777));
    assert_ne!(sample, kept(30_000, 100, 8, 1_000));
    assert_eq!(kept(5, 100, 7, 2), [0, 1, 2, 3, 4]);
    assert!(kept(5, 0, 7, 2).is_empty());
}

#[test]
fn a_fraction_keeps_about_that_part() {
    let count = |likely| (0..10_000).filter(|row| is_kept(draw(3, *row), likely)).count();
    assert_eq!(count(0.0), 0);
    assert_eq!(count(1.0), 10_000);
    assert!((900..1_100).contains(&count(0.1)));
}
