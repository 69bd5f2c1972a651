//! Everything that goes wrong outside: the output is the old or the new one, never a mixture.

mod archives;
mod case;
mod cells;
mod disk;
mod output;
mod paths;
mod python_steps;
mod server;
mod sources;

use std::process::Stdio;
use std::time::Duration;

use crate::project::{Project, stdout};

const SPEC: &str = "
p:
  pipeline:
    - run: load
      parameters: {from: rows.csv, name: a}
    - run: load
      parameters: {from: rows.csv, name: b}
    - run: dump_to_path
      parameters: {out-path: out}
";

fn rows(mark: &str) -> String {
    let mut text = String::from("id,mark\n");
    for id in 0..20_000 {
        text.push_str(&format!("{id},{mark}\n"));
    }
    text
}

/// A small generator, so that a failing seed can be repeated.
fn next(seed: &mut u64) -> u64 {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    *seed >> 33
}

#[test]
fn a_run_killed_at_any_moment_leaves_old_or_new_and_the_next_one_works() {
    let mut seed: u64 = u64::from(std::process::id());
    println!("seed {seed}");
    let project = Project::new(SPEC);
    project.write("rows.csv", &rows("old"));
    assert!(project.run(&["run", "all"]).status.success());
    for round in 0..8 {
        project.write("rows.csv", &rows(&format!("new{round}")));
        let mut child = project
            .command(&["run", "all"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_micros(next(&mut seed) % 400_000));
        child.kill().unwrap();
        child.wait().unwrap();
        // The next start, of a listing too, finishes or undoes what was left.
        assert!(project.run(&["pipelines"]).status.success());
        let marks = |file: &str| {
            let text = project.read(file);
            text.lines().nth(1).unwrap().split(',').nth(1).unwrap().to_owned()
        };
        assert_eq!(marks("out/a.csv"), marks("out/b.csv"), "round {round}: a mixture");
        let leftovers: Vec<_> = project
            .snapshot(".")
            .into_iter()
            .filter(|(path, _)| path.to_string_lossy().contains(".thorp-stage-"))
            .collect();
        assert!(leftovers.is_empty(), "round {round}: staged files were left");
    }
    let output = project.run(&["run", "all"]);
    assert!(output.status.success(), "{}", stdout(&output));
    assert!(project.read("out/a.csv").contains("new7"));
}

#[test]
fn an_interrupt_rolls_back_and_exits_with_130() {
    let project = Project::new(
        "
p:
  pipeline:
    - run: load
      parameters: {from: rows.csv, name: a}
    - run: slow
    - run: dump_to_path
      parameters: {out-path: out}
",
    );
    project.write("rows.csv", &rows("x"));
    project.write("slow.py", "import time\nopen('started', 'w').close()\ntime.sleep(600)\n");
    let child = project
        .command(&["run", "all"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while !project.path("started").exists() {
        std::thread::sleep(Duration::from_millis(10));
    }
    let id = i32::try_from(child.id()).unwrap();
    let process = rustix::process::Pid::from_raw(id).unwrap();
    rustix::process::kill_process(process, rustix::process::Signal::INT).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    assert!(!project.path("out").exists());
}
