//! The examples of the library run, and print what they should.

use std::path::PathBuf;
use std::process::Command;

/// What an example prints.
#[track_caller]
fn printed(name: &str) -> String {
    let tests = std::env::current_exe().unwrap();
    let folder: PathBuf = tests.ancestors().nth(2).unwrap().join("examples");
    let program = folder.join(name);
    assert!(program.exists(), "build it first: cargo build --package thorp --examples");
    let output = Command::new(program).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn embedded_peers_share_a_map() {
    assert_eq!(
        printed("embedded_peers"),
        "two peers, each with a vote\n\
        two sees 12 apples\n\
        one hears: 11 apples\n\
        started again, two sees 11 apples\n"
    );
}

#[test]
fn the_job_of_a_worker_that_dies_comes_back() {
    assert_eq!(
        printed("job_queue"),
        "one takes job 1 and dies\n\
        two does job 2\n\
        two does job 3\n\
        two does job 1, attempt 2\n\
        3 jobs are done\n"
    );
}

#[test]
fn words_are_counted_on_all_nodes() {
    assert_eq!(
        printed("word_count"),
        "3000 lines on 3 nodes\n\
        the 4000\n\
        fox 2000\n\
        dog 1000\n"
    );
}

#[test]
fn a_function_is_replaced_while_the_nodes_run() {
    assert_eq!(
        printed("live_patching"),
        "patch 1: hello Ada\n\
        patch 2: good evening Ada\n\
        a node that came later: good evening Ada\n\
        back to patch 1: hello Ada\n"
    );
}

#[test]
fn a_function_in_rust_runs_where_a_program_has_it() {
    assert_eq!(
        printed("native_function"),
        "FUNCTION_UNKNOWN: no member that takes work has registered `speed` (1 asked)\n\
        90 km/h\n\
        120 km/h\n\
        item 2, `{\"km\":7.0,\"hours\":0.0}`, failed: 7 km in no time\n"
    );
}

#[test]
fn an_amount_is_moved_with_its_message_or_not_at_all() {
    let printed = printed("transfer");
    let lines: Vec<&str> = printed.lines().collect();
    let refused = "refused: the entry `ada` of the map `accounts` no longer has revision ";
    assert!(lines[1].starts_with(refused), "{printed}");
    assert_eq!(
        [lines[0], lines[2], lines[3]],
        ["ada has 70, bob has 30", "ada has 70, bob has 30", "1 message says so"]
    );
}
