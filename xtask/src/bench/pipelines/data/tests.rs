use std::fs;

use super::{items, labels};

#[test]
fn same_seed_gives_the_same_table() {
    let folder = tempfile::tempdir().unwrap();
    let (one, other) = (folder.path().join("one.csv"), folder.path().join("other.csv"));
    items(&one, 1000).unwrap();
    items(&other, 1000).unwrap();
    let text = fs::read_to_string(&one).unwrap();
    assert_eq!(text, fs::read_to_string(&other).unwrap());
    assert_eq!(text.lines().count(), 1001);
    assert!(text.lines().all(|line| line.split(',').count() == 7), "{text}");
}

#[test]
fn one_label_for_ten_items() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("labels.csv");
    labels(&path, 100).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 11);
}
