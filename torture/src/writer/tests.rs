use super::{Book, Numbers, longest_pause, misplaced};

fn wrong(known: &[u64], unknown: &[u64], found: &[&str]) -> Vec<String> {
    let numbers = Numbers { known: known.to_vec(), unknown: unknown.to_vec() };
    misplaced("list", &numbers, found.iter().map(|text| (*text).to_owned()))
}

#[test]
fn what_is_as_it_was_written_is_right() {
    assert!(wrong(&[0, 1, 4], &[2, 3], &["0", "1", "4"]).is_empty());
    assert!(wrong(&[0, 1, 4], &[2, 3], &["0", "1", "4", "2"]).is_empty());
}

#[test]
fn what_is_gone_twice_or_elsewhere_is_told() {
    assert_eq!(wrong(&[0, 1, 2], &[], &["0", "2"]), ["list: 1 was acknowledged and is gone"]);
    assert_eq!(wrong(&[0, 1], &[], &["0"]), ["list: 1 was acknowledged and is gone"]);
    for found in [&["0", "0", "1"][..], &["0", "1", "0"], &["0", "1", "7"], &["0", "1", "x"]] {
        assert_eq!(wrong(&[0, 1], &[], found).len(), 1, "{found:?}");
    }
    assert_eq!(wrong(&[0], &[1], &["0", "1", "1"]).len(), 1);
}

#[test]
fn a_pause_counts_for_the_step_that_it_touches() {
    let book = Book { acknowledged: vec![0, 10, 100, 110], ..Book::default() };
    assert_eq!(longest_pause(&book, 50, 60), 90);
    assert_eq!(longest_pause(&book, 0, 10), 10);
    assert_eq!(longest_pause(&book, 110, 120), 10, "after the last one it waited to the end");
}
