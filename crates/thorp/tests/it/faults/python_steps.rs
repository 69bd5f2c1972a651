//! Steps in Python that hang, write what they should not, or die.

use serde_json::Value;

use super::case::{Case, load, steps};

const SPEW: &str = "
import sys
from datapackage_pipelines.wrapper import ingest, spew

parameters, datapackage, resources = ingest()
";

/// A case with a step `odd`, and the pipeline that has it between `load` and `dump_to_path`.
fn odd(code: &str, keys: &str) -> (Case, String) {
    let case = Case::new();
    case.project.write("odd.py", code);
    let load = "    - run: load\n      parameters: {from: good.csv, name: rows}\n";
    (case, steps(&format!("{load}    - run: odd\n{keys}")))
}

fn fails(code: &str, expected: (&str, &[&str])) -> Value {
    let (case, spec) = odd(code, "");
    let error = case.fails(&spec, expected);
    assert_eq!(error["step"]["name"], "odd", "{error}");
    error
}

#[test]
fn a_step_that_hangs_ends_with_its_time_limit_and_its_children_with_it() {
    // The child has the pipes too, and both ignore the first signal.
    let code = "
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
os.fork()
open('pid%d' % os.getpid(), 'w').close()
time.sleep(600)
";
    let (case, spec) = odd(code, "      timeout: 2\n");
    let error = case.fails(&spec, ("PROCESS_TIMED_OUT", &["2000 ms", "a larger `timeout`"]));
    assert_eq!(error["kind"], "limit");
    let pids: Vec<String> = std::fs::read_dir(case.project.path("."))
        .unwrap()
        .filter_map(|entry| Some(entry.unwrap().file_name().to_str()?.strip_prefix("pid")?.into()))
        .collect();
    if pids.len() < 2 {
        eprintln!("SKIPPED: Python did not start within 2 s, nothing is known of its children");
    }
    for pid in pids {
        let state = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        assert!(state.is_empty() || state.contains(") Z "), "process {pid} lives: {state}");
    }
}

#[test]
fn garbage_is_named_with_what_was_found() {
    fails(
        "print('hello, world')",
        ("WIRE_INVALID", &["not JSON", "hello, world", "standard error"]),
    );
    fails(
        "import sys; sys.stdout.buffer.write(bytes(range(256)) * 100)",
        ("WIRE_INVALID", &["not JSON"]),
    );
    fails("print('{}'); print('[1, 2]')", ("WIRE_INVALID", &["descriptor", "[1,2]"]));
    fails("pass", ("WIRE_INVALID", &["ended early", "messages of that step"]));
}

#[test]
fn garbage_between_rows_is_named_with_its_row() {
    let code = format!(
        "{SPEW}
def rows(resource):
    yield from resource
    print('debugging', file=sys.__stdout__)
    yield {{'id': '2', 'name': 'x'}}

spew(datapackage, (rows(resource) for resource in resources))
"
    );
    fails(&code, ("WIRE_ROW", &["row", "not a JSON object"]));
}

#[test]
fn a_step_that_dies_after_its_stats_has_failed() {
    let code = format!("{SPEW}\nspew(datapackage, resources)\nsys.stdout.flush()\nsys.exit(3)\n");
    fails(&code, ("PROCESS_FAILED", &["`odd` ended with exit code 3"]));
}

#[test]
fn a_step_that_raises_is_told_with_its_last_line() {
    let code = format!(
        "{SPEW}
def rows(resource):
    for row in resource:
        raise ValueError('row %s is odd' % row['id'])
        yield row

spew(datapackage, (rows(resource) for resource in resources))
"
    );
    fails(&code, ("PROCESS_FAILED", &["ValueError: row 1 is odd"]));
}

#[test]
fn a_step_that_is_killed_is_told_with_the_signal() {
    let code = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)";
    fails(code, ("PROCESS_FAILED", &["ended by signal 9", "run out of memory"]));
}

#[test]
fn a_step_that_floods_standard_error_works() {
    let code = format!(
        "{SPEW}
for _ in range(50):
    sys.stderr.write(('x' * 999 + '\\n') * 1000)
sys.stderr.write('y' * 50_000_000)
spew(datapackage, resources)
"
    );
    let (case, spec) = odd(&code, "");
    case.works(&spec, &[]);
    assert_eq!(case.project.read("out/rows.csv"), "id,name\r\n1,old\r\n");
    let kept: usize = case.project.snapshot(".thorp").iter().map(|(_, bytes)| bytes.len()).sum();
    assert!(kept < 4 << 20, "{kept} bytes of history");
}

#[test]
fn a_line_without_end_is_refused() {
    let code = "
import sys
print('{}')
while True:
    sys.stdout.buffer.write(b'x' * (1 << 20))
";
    fails(code, ("WIRE_INVALID", &["a line has no end within 536870912 bytes"]));
}

#[test]
fn a_good_step_before_one_that_fails_is_not_blamed() {
    let case = Case::new();
    case.project.write("bad.csv", "id,name\n1,x\n2,\"never closed\n");
    case.project.write("same.py", &format!("{SPEW}\nspew(datapackage, resources)\n"));
    let spec = load("{from: bad.csv, name: rows}")
        .replace("    - run: dump", "    - run: same\n    - run: dump");
    let error = case.fails(&spec, ("ROW_UNREADABLE", &["row 3", "never closed"]));
    assert_eq!(error["step"]["name"], "load");
}
