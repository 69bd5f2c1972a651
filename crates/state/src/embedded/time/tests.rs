use super::Time;
use crate::testing::at::At;

#[test]
fn time_is_that_of_the_clock() {
    let time = Time::default();
    assert_eq!(time.now_ms(&At::new(1_000, 5), 0), 1_000);
    assert_eq!(time.now_ms(&At::new(1_010, 15), 1_000), 1_010);
    assert_eq!(time.now_ms(&At::new(9_000, 25), 1_010), 9_000, "a clock that was set forth");
}

#[test]
fn time_goes_on_when_the_clock_is_set_back() {
    let time = Time::default();
    assert_eq!(time.now_ms(&At::new(9_000, 5), 0), 9_000);
    assert_eq!(time.now_ms(&At::new(1_000, 15), 9_000), 9_010);
    assert_eq!(time.now_ms(&At::new(1_100, 115), 9_000), 9_110);
}

#[test]
fn time_goes_on_from_what_another_leader_left() {
    let time = Time::default();
    assert_eq!(time.now_ms(&At::new(1_000, 5), 9_000), 9_000);
    assert_eq!(time.now_ms(&At::new(1_010, 15), 9_000), 9_010);
    assert_eq!(time.now_ms(&At::new(9_500, 25), 9_010), 9_500, "its own clock has caught up");
}
