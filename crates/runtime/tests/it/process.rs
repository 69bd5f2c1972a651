//! Children are fed, read, limited and ended.

use std::io::{BufRead, BufReader, Read, Write};
use std::sync::{Arc, Mutex, mpsc};

use model::fault::Fault;
use runtime::process::{ExitError, How, OnLine, RunError, Running, SpawnError, run, spawn};

use crate::support::{HandClock, shell, stopped_clock};

fn quiet() -> OnLine {
    Box::new(|_| ())
}

fn start(script: &str) -> Running {
    spawn(&shell(script), stopped_clock(), quiet()).unwrap()
}

#[test]
fn a_child_reads_stdin_and_writes_stdout_at_the_same_time() {
    let mut running = start("cat");
    let mut stdin = running.take_stdin().unwrap();
    let mut stdout = running.take_stdout().unwrap();
    // Ten MiB in one line: far more than pipes hold.
    let line = "x".repeat(10 * 1024 * 1024);
    let sent = line.clone();
    let feeder = std::thread::spawn(move || stdin.write_all(sent.as_bytes()).unwrap());
    let mut received = String::new();
    stdout.read_to_string(&mut received).unwrap();
    feeder.join().unwrap();
    assert!(received == line);
    assert!(running.wait().success());
}

#[test]
fn the_folder_and_the_variables_are_those_of_the_request() {
    let folder = tempfile::tempdir().unwrap();
    let mut request = shell("pwd -P; echo $COLOUR; echo $0");
    request.folder = folder.path().canonicalize().unwrap();
    request.environment.insert("COLOUR".into(), "green".into());
    request.argv.push("zero".into());
    let output = run(&request, stopped_clock(), Vec::new(), 1000).unwrap();
    let expected = format!("{}\ngreen\nzero\n", request.folder.display());
    assert_eq!(String::from_utf8(output).unwrap(), expected);
}

#[test]
fn a_flood_on_stderr_does_not_block_and_leaves_its_last_lines() {
    let seen = Arc::new(Mutex::new(0_u64));
    let counter = Arc::clone(&seen);
    let request = shell("i=0; while [ $i -lt 20000 ]; do echo line $i >&2; i=$((i+1)); done");
    let count = Box::new(move |_: &str| *counter.lock().unwrap() += 1);
    let exit = spawn(&request, stopped_clock(), count).unwrap().wait();
    assert!(exit.success());
    assert_eq!((exit.stderr_lines(), *seen.lock().unwrap()), (20_000, 20_000));
    assert_eq!(exit.stderr().len(), 1000);
    assert_eq!(exit.stderr().last().unwrap(), "line 19999");
}

#[test]
fn a_line_of_ten_megabytes_on_stderr_is_cut_with_a_note() {
    let exit = start("head -c 10485760 /dev/zero | tr '\\0' x >&2; echo >&2; echo end >&2").wait();
    assert!(exit.stderr()[0].len() < 70_000);
    assert!(exit.stderr()[0].ends_with("[10420224 more bytes]"));
    assert_eq!(exit.stderr()[1], "end");
}

#[test]
fn a_child_that_closes_stdout_early_gives_what_it_wrote_and_its_exit_code() {
    let mut running = start("echo first; exec >&-; cat >/dev/null; exit 3");
    let mut text = String::new();
    running.take_stdout().unwrap().read_to_string(&mut text).unwrap();
    assert_eq!(text, "first\n");
    let error = running.wait().check().unwrap_err();
    assert_eq!((error.how, error.code()), (How::Code(3), "PROCESS_FAILED"));
}

#[test]
fn a_child_that_does_not_read_its_input_ends_the_writer_not_the_program() {
    let mut running = start("exec <&-; echo ready");
    let mut stdout = running.take_stdout().unwrap();
    let mut ready = String::new();
    stdout.read_to_string(&mut ready).unwrap();
    let written = running.take_stdin().unwrap().write_all(&vec![b'x'; 1_000_000]);
    assert_eq!(written.unwrap_err().kind(), std::io::ErrorKind::BrokenPipe);
    assert!(running.wait().success());
}

/// Starts a child with a grandchild that holds stdout open, and waits until both run.
fn with_grandchild(
    request: &runtime::process::Request,
    clock: Arc<HandClock>,
) -> (Running, String) {
    let mut running = spawn(request, clock, quiet()).unwrap();
    let mut stdout = BufReader::new(running.take_stdout().unwrap());
    let mut first = String::new();
    stdout.read_line(&mut first).unwrap();
    let (sender, ended) = mpsc::channel();
    std::thread::spawn(move || {
        let mut rest = String::new();
        stdout.read_to_string(&mut rest).unwrap();
        sender.send(()).unwrap();
    });
    ENDED.lock().unwrap().push((running.id(), ended));
    (running, first)
}

static ENDED: Mutex<Vec<(u32, mpsc::Receiver<()>)>> = Mutex::new(Vec::new());

/// Waits until nobody holds the stdout of the child any more.
fn wait_for_end_of_stdout(id: u32) {
    let ended = {
        let mut all = ENDED.lock().unwrap();
        let at = all.iter().position(|(found, _)| *found == id).unwrap();
        all.remove(at).1
    };
    ended.recv_timeout(std::time::Duration::from_secs(60)).expect("somebody still runs");
}

#[test]
fn a_child_that_runs_too_long_is_ended_with_its_grandchildren() {
    let clock = Arc::new(HandClock::default());
    let mut request = shell("sleep 1000 & echo ready; wait");
    request.timeout_ms = Some(5000);
    let (running, ready) = with_grandchild(&request, Arc::clone(&clock));
    assert_eq!(ready, "ready\n");

    let id = running.id();
    clock.advance(5000);
    let error = running.wait().check().unwrap_err();
    assert_eq!(error.how, How::TimedOut { timeout_ms: 5000 });
    assert_eq!(error.code(), "PROCESS_TIMED_OUT");
    wait_for_end_of_stdout(id);
}

#[test]
fn a_child_that_ignores_sigterm_is_killed() {
    let request = shell("trap '' TERM; echo ready; while true; do sleep 1000; done");
    let (running, _) = with_grandchild(&request, Arc::default());
    let killer = running.killer();
    killer.kill();
    let id = running.id();
    assert_eq!(running.wait().how(), How::Stopped);
    wait_for_end_of_stdout(id);
}

#[test]
fn what_a_child_leaves_behind_in_its_group_ends_with_it() {
    let (running, _) = with_grandchild(&shell("sleep 1000 & echo ready"), Arc::default());
    let id = running.id();
    assert!(running.wait().success());
    wait_for_end_of_stdout(id);
}

#[test]
fn dropping_ends_the_child_and_killing_it_again_is_harmless() {
    let (running, _) = with_grandchild(&shell("sleep 1000 & echo ready; wait"), Arc::default());
    let (id, killer) = (running.id(), running.killer());
    drop(running);
    wait_for_end_of_stdout(id);
    killer.terminate();
    killer.kill();
}

#[test]
fn a_process_outside_the_group_that_holds_stderr_open_does_not_hold_the_end_up() {
    // It ends by itself when its stdin, which the test holds, is closed.
    let folder = tempfile::tempdir().unwrap();
    let mut request = shell(
        "exec 3<&0; mkfifo left; \
         setsid sh -c 'echo > left; exec cat >/dev/null' <&3 >/dev/null & read x < left",
    );
    request.folder = folder.path().into();
    let mut running = spawn(&request, stopped_clock(), quiet()).unwrap();
    let stdin = running.take_stdin();
    assert!(running.wait().success());
    drop(stdin);
}

#[test]
fn a_signal_from_elsewhere_is_told_from_our_own() {
    let exit = start("kill -9 $$").wait();
    assert_eq!(exit.how(), How::Signal(9));
    let error = exit.check().unwrap_err();
    assert!(error.help().unwrap().contains("memory"));
}

#[test]
fn the_error_has_the_last_words_of_the_child() {
    let result = run(&shell("echo one >&2; echo two >&2; exit 7"), stopped_clock(), vec![], 10);
    let Err(RunError::Exit(error @ ExitError { .. })) = result else { panic!("{result:?}") };
    assert_eq!(error.to_string(), "`script` ended with exit code 7; its last line is `two`");
    assert_eq!(error.stderr, ["one", "two"]);
}

#[test]
fn output_beyond_the_limit_is_an_error() {
    let exact = run(&shell("printf 1234567890"), stopped_clock(), vec![], 10).unwrap();
    assert_eq!(exact, b"1234567890");
    let result = run(&shell("yes"), stopped_clock(), vec![], 10);
    assert!(matches!(result, Err(RunError::LongOutput { max: 10, .. })));
}

#[test]
fn what_cannot_start_says_what_is_missing() {
    let refused = |request| spawn(&request, stopped_clock(), quiet()).unwrap_err();

    let mut request = shell("true");
    request.argv[0] = "no-such-program".into();
    let error = refused(request);
    assert_eq!(error.code(), "PROCESS_NOT_STARTED");
    assert!(matches!(error, SpawnError::NotFound { .. }));

    let mut request = shell("true");
    request.folder = "/no/such/folder".into();
    assert!(matches!(refused(request), SpawnError::NoFolder { .. }));

    let mut request = shell("true");
    request.argv.push("x".repeat(131_072).into());
    assert!(matches!(refused(request), SpawnError::LongArgument { bytes: 131_072, .. }));
    let mut request = shell("true");
    request.argv.push("x".repeat(131_071).into());
    assert!(spawn(&request, stopped_clock(), quiet()).unwrap().wait().success());
}

/// Not a check: what the next test starts as a process of its own, to kill it.
#[test]
fn helper_that_holds_a_child() {
    let Some(folder) = std::env::var_os("RUNTIME_TEST_HOLD") else { return };
    let mut request = shell("exec sleep 1000 > alive");
    request.folder = folder.into();
    spawn(&request, stopped_clock(), quiet()).unwrap().wait();
}

#[cfg(target_os = "linux")]
#[test]
fn a_child_ends_when_its_parent_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let alive = folder.path().join("alive");
    assert!(std::process::Command::new("mkfifo").arg(&alive).status().unwrap().success());
    let mut parent = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "process::helper_that_holds_a_child"])
        .env("RUNTIME_TEST_HOLD", folder.path())
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    // Opens when the child has opened the other end, and ends when the child has ended.
    let mut pipe = std::fs::File::open(&alive).unwrap();
    parent.kill().unwrap();
    parent.wait().unwrap();
    assert_eq!(pipe.read_to_end(&mut Vec::new()).unwrap(), 0);
}
