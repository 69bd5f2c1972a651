//! `cargo xtask test`: every check and every test, in the order in which they fail fastest.

use std::process::Command;

use crate::kit::{self, Kit};
use crate::stages::Stages;
use crate::{children, tidy, tools, torture};

/// What every compiling stage is told, so that none builds a thing that another has built.
const EVERYTHING: [&str; 3] = ["--workspace", "--all-targets", "--locked"];

/// Runs all stages. `filters` go to the test runner and choose tests by name.
pub(crate) fn run(filters: &[&str]) -> anyhow::Result<bool> {
    children::end_on_signals()?;
    let mut stages = Stages::start();
    stages.run("fmt", || tools::succeeds(tools::cargo().args(["fmt", "--all", "--check"])));
    stages.run("tidy", tidy::run);
    if has_cargo_deny() {
        stages.run("deny", || {
            let wanted = ["deny", "--offline", "check", "licenses", "bans", "sources"];
            tools::succeeds(tools::cargo().args(wanted))
        });
    }
    stages.run("clippy", || {
        let warnings = ["--", "-D", "warnings"];
        tools::succeeds(tools::cargo().arg("clippy").args(EVERYTHING).args(warnings))
    });
    if !stages.run("build", || tools::succeeds(tools::cargo().arg("build").args(EVERYTHING))) {
        return Ok(stages.finish());
    }
    stages.run("doc tests", || {
        tools::succeeds(tools::cargo().args([
            "test",
            "--doc",
            "--workspace",
            "--locked",
            "--quiet",
        ]))
    });
    let mut kit = Kit::default();
    stages.run("kit", || {
        kit = kit::install_and_start();
        Ok(!kit.lacks_what_it_should_have())
    });
    eprint!("\n{}", stages.table());
    stages.run("tests", || tools::succeeds(&mut tests(&kit, filters)));
    drop(kit);
    // Who chose tests by name wants these.
    if filters.is_empty() {
        stages.run("torture", torture::short);
    }
    Ok(stages.finish())
}

fn tests(kit: &Kit, filters: &[&str]) -> Command {
    let mut command = tools::cargo();
    if kit.has_nextest() {
        command.args(["nextest", "run"]).args(EVERYTHING);
    } else {
        command.args(["test", "--no-fail-fast"]).args(EVERYTHING);
    }
    command.args(filters);
    kit.export(&mut command);
    command
}

fn has_cargo_deny() -> bool {
    tools::answer(tools::cargo().args(["deny", "--version"])).is_ok()
}
