//! All automation of the project, as commands of `cargo xtask`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "automation talks to a terminal")]
#![expect(clippy::exit, reason = "the exit code is the result")]
#![expect(clippy::disallowed_methods, reason = "stages are timed on the real clock")]

mod bench;
mod children;
mod docs;
mod kit;
mod simulate;
mod stages;
mod test;
mod tidy;
mod tools;
mod torture;

use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask test         format, lints, tidy, licences, build, doc tests, all tests
cargo xtask tidy         the rules of the house that a compiler does not check
cargo xtask docs         writes the generated pages of docs/reference
cargo xtask kit          installs what the tests need and prints where it is
cargo xtask simulate --seeds A..B [--twice]   (or --seed N [--trace])
                         clusters in virtual time, in trouble, one for each seed
cargo xtask bench pipelines|state|redis|fmap|idle
                         thorp beside others that do the same work
cargo xtask torture power-cut|faults|grow|join|soak [--seed N] [--seconds N] [--times N]
                         [--binary FILE] [--plain]
                         real nodes under faults: nothing that was acknowledged is lost";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["test", filters @ ..] => test::run(filters),
        ["tidy"] => tidy::run(),
        ["bench", arguments @ ..] => bench::run(arguments),
        ["simulate", options @ ..] => simulate::run(options),
        ["torture", words @ ..] => torture::run(words),
        ["docs"] => docs::write(),
        ["kit"] => kit::print(),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
