use super::{one, range};

#[test]
fn negative_indexes_count_from_the_end() {
    assert_eq!(one(3, 0), Some(0));
    assert_eq!(one(3, 2), Some(2));
    assert_eq!(one(3, 3), None);
    assert_eq!(one(3, -1), Some(2));
    assert_eq!(one(3, -3), Some(0));
    assert_eq!(one(3, -4), None);
    assert_eq!(one(0, 0), None);
}

#[test]
fn ranges_are_cut_to_what_is_there() {
    assert_eq!(range(5, 0, -1), Some((0, 5)));
    assert_eq!(range(5, 1, 2), Some((1, 2)));
    assert_eq!(range(5, -2, 100), Some((3, 2)));
    assert_eq!(range(5, -100, 0), Some((0, 1)));
    assert_eq!(range(5, 3, 1), None);
    assert_eq!(range(5, 5, 9), None);
    assert_eq!(range(5, 0, -6), None);
    assert_eq!(range(0, 0, -1), None);
    assert_eq!(range(5, i64::MIN, i64::MAX), Some((0, 5)));
}
