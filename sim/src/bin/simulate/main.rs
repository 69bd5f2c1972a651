//! Simulates clusters, one process for each seed.
//!
//! # Deterministic
//!
//! The same seed gives the same trace, event by event. What is random in a simulation is drawn
//! from the seed; what else could differ:
//!
//! * Order of tasks: there is one thread, and its queue is in order. Work on files is done by that
//!   thread too.
//! * Time: tokio's clock stands still, and jumps to the next moment at which somebody wakes.
//! * Chance in tokio (which branch of a `select!` is looked at first, which waiter of a `watch` is
//!   woken first) and in Raft (election timeouts): both draw their seeds from the standard library,
//!   which asks the operating system by the function `getrandom`. This program brings its own
//!   ([`seeded`]), as the standard library foresees.
//!
//! Seeds of one process would share counters of tokio and the standard library, so each has one.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program talks to a terminal")]

mod many;
mod seeded;

use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

use sim::run::Plan;

const USAGE: &str = "\
simulate --seed N [--trace | --lying-disks]
    one simulation; --trace prints what happens; with --lying-disks a disk forgets at a crash what
    it said was durable, which must be noticed
simulate --seeds A..B [--twice]
    many; --twice compares the traces of two runs of each";

/// Some thread or task panicked: whatever else came of it, that is a mistake.
static HAS_PANICKED: AtomicBool = AtomicBool::new(false);

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let is_right = match words.as_slice() {
        ["--seed", seed, options @ ..] => match (seed.parse(), options) {
            (Ok(seed), []) => one(Plan { seed, ..Plan::default() }),
            (Ok(seed), ["--trace"]) => {
                one(Plan { seed, shown: Some(|line| eprintln!("{line}")), ..Plan::default() })
            }
            (Ok(seed), ["--lying-disks"]) => one(Plan { seed, disks_lie: true, ..Plan::default() }),
            _ => return usage(),
        },
        ["--seeds", seeds, options @ ..] => match (many::range(seeds), options) {
            (Some(seeds), []) => many::run(seeds, many::Compare::No),
            (Some(seeds), ["--twice"]) => many::run(seeds, many::Compare::Twice),
            _ => return usage(),
        },
        _ => return usage(),
    };
    if is_right { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn usage() -> ExitCode {
    eprintln!("{USAGE}");
    ExitCode::from(2)
}

fn one(plan: Plan) -> bool {
    let seed = plan.seed;
    seeded::start(seed);
    let told = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        HAS_PANICKED.store(true, Ordering::Relaxed);
        told(panic);
    }));
    // A thread of its own has drawn no random numbers yet.
    let simulated = std::thread::spawn(move || sim::run::simulate(plan)).join();
    match simulated {
        Ok(Ok(report)) if !HAS_PANICKED.load(Ordering::Relaxed) => {
            println!("{report}");
            return true;
        }
        Ok(Ok(report)) => eprintln!("{report}, and something panicked"),
        Ok(Err(error)) => eprintln!("seed {seed}: {error:#}"),
        Err(_) => eprintln!("seed {seed}: the simulation panicked"),
    }
    eprintln!("repeat it: cargo xtask simulate --seed {seed} --trace");
    false
}
