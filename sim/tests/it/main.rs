//! The program `simulate`: a few seeds of the many that `cargo xtask simulate` runs.

#![expect(clippy::unwrap_used, reason = "a test may fail")]

use std::process::{Command, Output};

fn simulate(options: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_simulate")).args(options).output().unwrap()
}

#[test]
fn whatever_fails_clients_see_one_order_and_nodes_agree() {
    let done = simulate(&["--seeds", "0..12"]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

/// Determinism comes first: without it no failure could be repeated.
#[test]
fn a_seed_gives_the_same_events_each_time() {
    let done = simulate(&["--seeds", "100..103", "--twice"]);
    let text = String::from_utf8_lossy(&done.stdout);
    assert!(done.status.success(), "{text}{}", String::from_utf8_lossy(&done.stderr));
    assert!(text.contains("3 seeds run twice: 0 traces differ []"), "{text}");
}

/// The judges can tell: a write that was acknowledged and is gone leaves its mark.
#[test]
fn disks_that_lie_are_found_out() {
    let is_found = |seed: u64| {
        let done = simulate(&["--seed", &seed.to_string(), "--lying-disks"]);
        done.status.code() == Some(1)
    };
    assert!((0..10).any(is_found));
}

#[test]
fn seeds_that_are_no_range_start_nothing() {
    for words in [&["--seeds", "7"][..], &["--seeds", "7..7"], &["--seed", "x"], &[]] {
        assert_eq!(simulate(words).status.code(), Some(2), "{words:?}");
    }
}
