use std::sync::Arc;

use tabular::{Batch, Kind, Value};

use super::table::Column;
use super::{Sample, Shown};

fn numbers(rows: std::ops::Range<usize>) -> Batch {
    let values = rows.clone().map(|row| Some(Value::new(Kind::Integer, row.to_string())));
    Batch::new(rows.len(), [(Arc::from("n"), values.collect())])
}

/// The numbers of the rows that are shown.
fn shown(rows: usize, window: u64, last: u64, batch_rows: usize) -> Vec<u64> {
    let columns = vec![Column { field: "n".into(), kind: "integer".into() }];
    let mut sample = Sample::new(columns, Shown { window, last, cell_chars_max: 100 });
    for from in (0..rows).step_by(batch_rows) {
        sample.add(&numbers(from..(from + batch_rows).min(rows)));
    }
    let (counted, table) = sample.finish();
    assert_eq!(counted, u64::try_from(rows).unwrap());
    table.lines().skip(3).filter_map(|line| line.split(' ').next()?.parse().ok()).collect()
}

#[test]
fn rows_are_shown_from_the_start_from_the_powers_and_from_the_end() {
    let expected: Vec<u64> =
        (1..=5).chain(6..=9).chain(25..=29).chain(125..=129).chain(198..=200).collect();
    for batch_rows in [1, 7, 200] {
        assert_eq!(shown(200, 5, 3, batch_rows), expected, "batches of {batch_rows}");
    }
    assert_eq!(shown(4, 10, 10, 3), [1, 2, 3, 4]);
    assert_eq!(shown(9, 1, 1, 2), [1, 9]);
    assert_eq!(shown(9, 0, 2, 2), [8, 9]);
}

#[test]
fn a_table_has_names_and_types_and_cuts_long_cells() {
    let column = |field: &str, kind: &str| Column { field: field.into(), kind: kind.into() };
    let columns = vec![column("n", "integer"), column("word", "string")];
    let mut sample = Sample::new(columns, Shown { window: 2, last: 1, cell_chars_max: 3 });
    let words = ["a", "abcd", "x\ny"].map(|word| Some(Value::new(Kind::Text, word)));
    let mut batch = numbers(0..3);
    batch.set("word", words.into_iter().collect());
    sample.add(&batch);
    let expected = "\
#          n  word
   (integer)  (string)
-  ---------  --------
1          0  a
2          1  abc ...
3          2  x y
";
    assert_eq!(sample.finish().1, expected);
}
