//! Real nodes under faults: processes are killed, paused and cut off from each other while clients
//! use them as users do, and afterwards it is checked that no acknowledged write is lost and that
//! everything that the clients saw can be explained.
//!
//! A scenario is one file; `cluster` has the nodes, `redis` and `https` the clients.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "the report is the result")]
#![expect(clippy::exit, reason = "a run that was told to stop ends at once")]
#![expect(clippy::disallowed_methods, reason = "real nodes run on the real clock")]

mod arguments;
mod cleanup;
mod clock;
mod cluster;
mod disk;
mod failure;
mod faults;
mod grow;
mod https;
mod join;
mod limits;
mod network;
mod node;
mod place;
mod power_cut;
mod redis;
mod report;
mod soak;
mod writer;

use std::process::ExitCode;
use std::time::SystemTime;

use arguments::Arguments;

type Scenario = fn(&Arguments) -> anyhow::Result<bool>;

const SCENARIOS: [(&str, Scenario); 6] = [
    ("power-cut", power_cut::run),
    ("faults", faults::run),
    ("grow", grow::run),
    ("join", join::run),
    ("soak", soak::run),
    ("short", short),
];

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let since_epoch = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    let arguments = match Arguments::parse(&words, u64::from(since_epoch.subsec_micros())) {
        Ok(arguments) => arguments,
        Err(error) => {
            eprintln!("error: {error:#}");
            return ExitCode::from(2);
        }
    };
    let Some((name, scenario)) = SCENARIOS.iter().find(|(name, _)| *name == arguments.scenario)
    else {
        eprintln!("error: unknown scenario `{}`\n{}", arguments.scenario, arguments::USAGE);
        return ExitCode::from(2);
    };
    println!("{name}, seed {}", arguments.seed);
    let outcome = cleanup::at_signals().and_then(|()| scenario(&arguments));
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// A little of everything that is fast, for each run of the tests.
fn short(arguments: &Arguments) -> anyhow::Result<bool> {
    let part = |times, seconds| Arguments { times, seconds, plain: true, ..arguments.clone() };
    let parts: [(&str, Scenario, Arguments); 3] = [
        ("power-cut", power_cut::run, part(Some(3), None)),
        ("faults", faults::run, part(None, Some(10))),
        ("join", join::run, part(Some(1), None)),
    ];
    let mut all_well = true;
    for (name, scenario, arguments) in parts {
        println!("{name}:");
        all_well &= scenario(&arguments)?;
    }
    Ok(all_well)
}
