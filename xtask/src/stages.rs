//! Runs stages one after the other, says how long each took, and goes on after a failed one.

use std::time::Instant;

/// The stages of one run.
#[derive(Debug)]
pub(crate) struct Stages {
    started: Instant,
    done: Vec<Stage>,
}

#[derive(Debug)]
struct Stage {
    name: &'static str,
    passed: bool,
    seconds: f64,
}

impl Stages {
    pub(crate) fn start() -> Self {
        Self { started: Instant::now(), done: Vec::new() }
    }

    /// Runs one stage; an error counts as a failure and is printed.
    pub(crate) fn run(
        &mut self,
        name: &'static str,
        work: impl FnOnce() -> anyhow::Result<bool>,
    ) -> bool {
        eprintln!("\n==> {name}");
        let started = Instant::now();
        let passed = work().unwrap_or_else(|error| {
            eprintln!("error: {error:#}");
            false
        });
        let seconds = started.elapsed().as_secs_f64();
        eprintln!("<== {name}: {} in {seconds:.1} s", verdict(passed));
        self.done.push(Stage { name, passed, seconds });
        passed
    }

    /// One line per stage that has run.
    pub(crate) fn table(&self) -> String {
        let mut lines = String::new();
        for stage in &self.done {
            let verdict = verdict(stage.passed);
            lines.push_str(&format!(
                "    {:<10} {verdict:<6} {:7.1} s\n",
                stage.name, stage.seconds
            ));
        }
        lines
    }

    /// Prints the verdict over all stages and returns it.
    pub(crate) fn finish(&self) -> bool {
        let failed: Vec<&str> =
            self.done.iter().filter(|stage| !stage.passed).map(|stage| stage.name).collect();
        let seconds = self.started.elapsed().as_secs_f64();
        if failed.is_empty() {
            eprintln!("\nall {} stages passed in {seconds:.0} s", self.done.len());
        } else {
            eprintln!("\nfailed in {seconds:.0} s: {}", failed.join(", "));
        }
        failed.is_empty()
    }
}

fn verdict(passed: bool) -> &'static str {
    if passed { "passed" } else { "FAILED" }
}
