use super::distance;

#[test]
fn distance_counts_changed_letters() {
    assert_eq!(distance("feilds", "fields"), 2);
    assert_eq!(distance("", "abc"), 3);
    assert_eq!(distance("resource", "resources"), 1);
    assert_eq!(distance("same", "same"), 0);
}
