use std::sync::Mutex;

use super::*;

static TOLD: Mutex<Vec<Option<String>>> = Mutex::new(Vec::new());

#[test]
fn a_panic_says_in_one_line_what_it_is_and_how_to_report_it() {
    std::panic::set_hook(Box::new(|panic| TOLD.lock().unwrap().push(told(panic))));
    let code = caught(|| panic!("offset {} is past the end", 7));
    caught(|| panic!("failed printing to stdout: Broken pipe (os error 32)"));
    caught(|| panic!("failed printing to stdout: No space left on device (os error 28)"));
    drop(std::panic::take_hook());

    assert_eq!(code, ExitCode::FAILURE);
    let told = TOLD.lock().unwrap();
    let line = told[0].as_deref().unwrap();
    assert!(line.starts_with("error: thorp ") && !line.contains('\n'), "{line}");
    for part in ["panic/tests.rs", "offset 7 is past the end", "please report"] {
        assert!(line.contains(part), "`{part}` is missing in {line}");
    }
    assert_eq!(told[1], None);
    let full = "error: failed to write to standard output: No space left on device (os error 28)";
    assert_eq!(told[2].as_deref(), Some(full));
}
