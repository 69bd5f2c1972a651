use std::process::Command;

use super::{after_name, descends, repeated};

#[test]
fn cpu_of_grandchildren_counts() {
    let usage = repeated(1, || {
        let mut command = Command::new("sh");
        command.args(["-c", "sh -c 'i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done'"]);
        Ok(command)
    });
    let usage = usage.unwrap();
    assert!(usage.cpu_s > 0.0 && usage.cpu_s <= usage.wall_s * 2.0 + 0.1, "{usage}");
}

#[test]
fn command_that_fails_is_an_error() {
    assert!(repeated(1, || Ok(Command::new("false"))).is_err());
}

#[test]
fn name_of_a_process_may_hold_anything() {
    assert_eq!(after_name("7 (a) b) S 1 2").collect::<Vec<_>>(), ["S", "1", "2"]);
}

#[test]
fn descendants_are_found_through_their_parents() {
    let parents = [(5, 1), (6, 5), (7, 6), (8, 1)].into();
    assert!(descends(&parents, 7, 5));
    assert!(!descends(&parents, 8, 5));
    assert!(!descends(&parents, 5, 5));
}
