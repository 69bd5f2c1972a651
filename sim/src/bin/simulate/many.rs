//! Many seeds, each in a process of its own, as many at a time as there are cores.

use std::ops::Range;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Pause between two looks at a process.
const LOOK: Duration = Duration::from_millis(5);

/// Looks after which a process is ended: a minute, and most need a second.
const LOOKS_MAX: u32 = 12_000;

/// How the traces of a seed are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compare {
    No,
    /// Those of two runs must be the same.
    Twice,
}

/// Reads `A..B`.
pub(crate) fn range(text: &str) -> Option<Range<u64>> {
    let (first, end) = text.split_once("..")?;
    let range = first.parse().ok()?..end.parse().ok()?;
    (!range.is_empty()).then_some(range)
}

#[derive(Debug, Default)]
struct Tally {
    wrong: Vec<u64>,
    differing: Vec<u64>,
}

/// Simulates all seeds, and says whether all was right.
pub(crate) fn run(seeds: Range<u64>, compare: Compare) -> bool {
    let next = AtomicU64::new(seeds.start);
    let tally = Mutex::new(Tally::default());
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds.end {
                        return;
                    }
                    simulate(seed, compare, &tally);
                }
            });
        }
    });
    let Tally { wrong, differing } =
        tally.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    let count = seeds.end - seeds.start;
    println!("{count} seeds: {} wrong {wrong:?}", wrong.len());
    if compare == Compare::Twice {
        println!("{count} seeds run twice: {} traces differ {differing:?}", differing.len());
    }
    wrong.is_empty() && differing.is_empty()
}

fn simulate(seed: u64, compare: Compare, tally: &Mutex<Tally>) {
    let first = report(seed);
    let is_same = compare == Compare::No || first.is_none() || first == report(seed);
    let mut tally = tally.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if first.is_none() {
        tally.wrong.push(seed);
    }
    if !is_same {
        tally.differing.push(seed);
    }
}

/// What one process says of its seed; none when something was wrong.
fn report(seed: u64) -> Option<String> {
    let program = std::env::current_exe().ok()?;
    let mut process = Command::new(program)
        .args(["--seed", &seed.to_string()])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .ok()?;
    let mut looks = 0;
    while process.try_wait().ok()?.is_none() {
        looks += 1;
        if looks > LOOKS_MAX {
            // Somebody works on and on at one moment of virtual time.
            process.kill().ok()?;
            eprintln!("seed {seed}: no end after {LOOKS_MAX} times {LOOK:?}");
        }
        std::thread::sleep(LOOK);
    }
    let done = process.wait_with_output().ok()?;
    let (text, errors) =
        (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    eprint!("{errors}");
    print!("{text}");
    done.status.success().then(|| text.into_owned())
}
