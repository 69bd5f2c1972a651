use super::contenders::Contender;
use super::jobs::JOBS;
use super::{Options, Outcome, table};
use crate::bench::measure::Usage;

#[test]
fn options_choose_jobs_and_contenders() {
    let options = Options::parse(&["--only", "path,join", "--against", "duckdb"]).unwrap();
    let wanted: Vec<&str> =
        JOBS.iter().filter(|job| options.wants(job)).map(|job| job.name).collect();
    assert_eq!(wanted, ["path", "join"]);
    assert_eq!(options.others, [Contender::Thorp, Contender::Duckdb]);
}

#[test]
fn unknown_names_are_refused() {
    for arguments in [["--only", "x"], ["--against", "x"], ["--rows", "x"], ["--x", "x"]] {
        assert!(Options::parse(&arguments).is_err(), "{arguments:?}");
    }
    assert!(Options::parse(&["--only"]).is_err());
}

#[test]
fn table_shows_how_many_times_our_cpu_others_need() {
    let outcome = |contender, cpu_s| Outcome {
        job: &JOBS[0],
        contender,
        usage: Usage { cpu_s, wall_s: 1.0, peak_mb: 10.0, runs: 1 },
    };
    let text = table(&[outcome(Contender::Thorp, 0.5), outcome(Contender::Dpp, 50.0)]);
    assert!(text.lines().last().unwrap().ends_with(" 100.0"), "{text}");
}
