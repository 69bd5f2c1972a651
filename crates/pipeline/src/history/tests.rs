use std::fs;
use std::sync::atomic::{AtomicU64, Ordering};

use model::clock::Clock;
use model::fault::{Chain, Fault};
use model::pipeline_id::PipelineId;
use model::run_state::RunState;
use serde_json::json;
use tempfile::TempDir;

use super::{History, Outcome, RunRecord, Tail, file_name, files, limits, process, state, write};
use crate::secrets::Redactor;

/// Goes on by a second whenever it is asked.
#[derive(Debug)]
struct Steps(AtomicU64);

impl Clock for Steps {
    fn now_ms(&self) -> u64 {
        self.0.fetch_add(1_000, Ordering::Relaxed)
    }

    fn monotonic_ms(&self) -> u64 {
        self.now_ms()
    }
}

struct Place {
    dir: TempDir,
    history: History,
    clock: Steps,
    id: PipelineId,
}

impl Place {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let history = History::of(dir.path());
        let clock = Steps(AtomicU64::new(1_795_279_512_123));
        Self { dir, history, clock, id: PipelineId::new("./a", "p") }
    }

    fn run(&self, outcome: Outcome) -> RunRecord {
        let run = self.history.begin(&self.id, "manual", &self.clock).unwrap();
        run.finish(outcome, &Redactor::default(), &self.clock).unwrap()
    }

    /// The file of a run whose process has ended: number 0 is nobody's.
    fn leave_killed_run(&self) {
        let mut dead = process::own();
        dead.pid = 0;
        let record = RunRecord::started(self.id.clone(), "manual", self.clock.now_ms(), dead);
        let folder = self.history.runs_folder(&self.id);
        fs::create_dir_all(&folder).unwrap();
        write(&folder.join(format!("{}.json", record.run)), &record).unwrap();
    }
}

fn good() -> Outcome {
    Outcome { success: true, ..Outcome::default() }
}

#[test]
fn a_run_is_kept_with_all_it_reports() {
    let place = Place::new();
    assert_eq!(place.history.last(&place.id), None);

    let run = place.history.begin(&place.id, "manual", &place.clock).unwrap();
    assert_eq!(place.history.last(&place.id).unwrap().state, RunState::Running);
    let outcome = Outcome {
        success: true,
        rows: 3,
        stats: json!({"bytes": 12, "hash": "x"}).as_object().unwrap().clone(),
        errors: vec![],
        log: vec!["loaded 3 rows".into()],
        key: Some("k".into()),
    };
    let record = run.finish(outcome, &Redactor::default(), &place.clock).unwrap();

    assert_eq!(place.history.last(&place.id), Some(record.clone()));
    assert_eq!(place.history.last_success(&place.id), Some(record.clone()));
    assert_eq!(record.state, RunState::Succeeded);
    assert_eq!(record.duration_ms(), Some(1_000));
    assert!(record.run.starts_with("20261121T16"), "{}", record.run);
}

#[test]
fn files_of_runs_are_readable() {
    let place = Place::new();
    place.run(good());
    let file = &files(&place.history.runs_folder(&place.id))[0];
    assert!(file.starts_with(place.dir.path().join(".thorp/runs/a%2Fp")));
    let text = fs::read_to_string(file).unwrap();
    assert!(text.starts_with("{\n  \"version\": 1,\n  \"pipeline\": \"./a/p\",\n"), "{text}");
    assert!(text.contains("\"state\": \"SUCCEEDED\""));
}

#[test]
fn one_run_at_a_time() {
    let place = Place::new();
    let run = place.history.begin(&place.id, "manual", &place.clock).unwrap();
    let error = place.history.begin(&place.id, "manual", &place.clock).unwrap_err();
    assert_eq!(error.code(), "PIPELINE_RUNNING");
    let text = Chain(&error).to_string();
    assert!(text.contains(&format!("process {}", std::process::id())), "{text}");
    let other = PipelineId::new("./a", "q");
    assert!(place.history.begin(&other, "manual", &place.clock).is_ok());
    drop(run);
    assert!(place.history.begin(&place.id, "manual", &place.clock).is_ok());
}

#[test]
fn a_killed_run_shows_as_failed() {
    let place = Place::new();
    place.leave_killed_run();
    let shown = place.history.last(&place.id).unwrap();
    assert_eq!(shown.state, RunState::Failed);
    assert_eq!(shown.errors[0]["code"], "RUN_KILLED");
    assert_eq!(shown.finished_ms, None);

    place.history.settle(&place.id, &place.clock).unwrap();
    let settled = place.history.last(&place.id).unwrap();
    assert_eq!(settled.state, RunState::Failed);
    assert!(settled.finished_ms.is_some());
}

#[test]
fn a_run_that_is_dropped_is_failed_by_the_next_one() {
    let place = Place::new();
    drop(place.history.begin(&place.id, "manual", &place.clock).unwrap());
    let next = place.history.begin(&place.id, "manual", &place.clock).unwrap();
    let states: Vec<RunState> = place.history.runs(&place.id).iter().map(|run| run.state).collect();
    assert_eq!(states, [RunState::Running, RunState::Failed]);
    drop(next);
}

#[test]
fn settling_does_not_disturb_a_run() {
    let place = Place::new();
    let run = place.history.begin(&place.id, "manual", &place.clock).unwrap();
    place.history.settle(&place.id, &place.clock).unwrap();
    assert_eq!(place.history.last(&place.id).unwrap().state, RunState::Running);
    drop(run);
}

#[test]
fn old_runs_go_but_not_the_last_good_one() {
    let place = Place::new();
    let success = place.run(good());
    for _ in 0..limits::RUNS_MAX + 3 {
        place.run(Outcome::default());
    }
    let runs = place.history.runs(&place.id);
    assert_eq!(runs.len(), limits::RUNS_MAX + 1);
    assert_eq!(runs.last(), Some(&success));
    for _ in 0..limits::RUNS_MAX + 3 {
        place.run(good());
    }
    assert_eq!(place.history.runs(&place.id).len(), limits::RUNS_MAX);
}

#[test]
fn large_reports_are_cut() {
    let place = Place::new();
    let huge = "x".repeat(limits::STATS_BYTES_MAX + 1);
    let record = place.run(Outcome {
        stats: json!({"a": 1, "huge": huge, "b": 2}).as_object().unwrap().clone(),
        errors: vec![json!("e".repeat(1_000)); 1_000],
        log: vec!["y".repeat(1_000); 5_000],
        ..Outcome::default()
    });
    assert_eq!(json!(record.stats), json!({"a": 1, "b": 2, "left-out": 1}));
    assert_eq!(record.errors.len(), limits::ERRORS_MAX);
    assert!(record.log.len() * 1_000 <= limits::LOG_BYTES_MAX);
    let file = &files(&place.history.runs_folder(&place.id))[0];
    assert!(fs::metadata(file).unwrap().len() < limits::RECORD_READ_MAX);
    assert_eq!(place.history.last(&place.id), Some(record));
}

#[test]
fn secrets_do_not_get_into_the_history() {
    let place = Place::new();
    let redactor = Redactor::default();
    redactor.add("KEY", "hunter22");
    let run = place.history.begin(&place.id, "manual", &place.clock).unwrap();
    let outcome = Outcome {
        stats: json!({"url": "x?hunter22"}).as_object().unwrap().clone(),
        errors: vec![json!({"text": "hunter22 is wrong"})],
        log: vec!["with hunter22".into()],
        ..Outcome::default()
    };
    run.finish(outcome, &redactor, &place.clock).unwrap();
    let file = &files(&place.history.runs_folder(&place.id))[0];
    let text = fs::read_to_string(file).unwrap();
    assert!(!text.contains("hunter22"), "{text}");
    assert_eq!(text.matches("env://KEY").count(), 3);
}

#[test]
fn broken_files_are_left_out() {
    let place = Place::new();
    let record = place.run(good());
    let folder = place.history.runs_folder(&place.id);
    fs::write(folder.join("99990101T000000.000Z-1.json"), "{").unwrap();
    fs::write(folder.join("99990101T000000.000Z-2.json"), r#"{"version": 2}"#).unwrap();
    assert_eq!(place.history.last(&place.id), Some(record));
}

#[test]
fn states_come_from_the_specification_and_the_last_run() {
    let place = Place::new();
    let failed = place.run(Outcome::default());
    let mut running = failed.clone();
    running.state = RunState::Running;
    assert_eq!(state(false, None), RunState::Init);
    assert_eq!(state(true, None), RunState::Invalid);
    assert_eq!(state(false, Some(&failed)), RunState::Failed);
    assert_eq!(state(true, Some(&failed)), RunState::Invalid);
    assert_eq!(state(true, Some(&running)), RunState::Running);
}

#[test]
fn ids_become_names_of_files_that_differ() {
    let name = |id: &str| file_name(&PipelineId::verbatim(id));
    assert_eq!(name("./a/b"), "a%2Fb");
    assert_eq!(name("./.."), "%2E.");
    assert_eq!(name("./a%2Fb"), "a%252Fb");
    assert_eq!(name("./é"), "%C3%A9");
    let long = "x".repeat(500);
    assert!(name(&long).len() < 200);
    assert_ne!(name(&long), name(&format!("{long}y")));
}

#[test]
fn the_tail_keeps_the_last_lines() {
    let mut tail = Tail::default();
    for number in 0..limits::LOG_LINES_MAX + 5 {
        tail.push(&number.to_string());
    }
    assert_eq!(tail.lines().len(), limits::LOG_LINES_MAX);
    assert_eq!(tail.lines().next(), Some("5"));
    assert_eq!(tail.last(2), ["1003", "1004"]);
    tail.push(&"é".repeat(limits::LOG_BYTES_MAX));
    assert_eq!(tail.lines().len(), 1);
}
