//! What is said when thorp trips over a mistake of its own, and how it ends then.

use std::panic::PanicHookInfo;
use std::process::ExitCode;

const REPORT: &str = "this is a mistake in thorp: please report this line and the command";

/// How the standard library complains that nobody takes the output.
const OUTPUT_REFUSED: &str = "failed printing to stdout: ";

/// Makes panics say in one line what happened; nothing, when they will become an error.
pub(crate) fn set_hook() {
    std::panic::set_hook(Box::new(|panic| {
        if let Some(line) = told(panic) {
            eprintln!("{line}");
        }
    }));
}

/// Runs the command. After a panic the work has failed; what was staged is removed by then.
pub(crate) fn caught(run: impl FnOnce() -> ExitCode) -> ExitCode {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)).unwrap_or(ExitCode::FAILURE)
}

fn told(panic: &PanicHookInfo<'_>) -> Option<String> {
    if tabular::guard::is_guarded() {
        return None;
    }
    let text = panic.payload_as_str().unwrap_or("no details");
    match text.strip_prefix(OUTPUT_REFUSED) {
        // Its reader has gone, as `head` does, and wants to know no more.
        Some(reason) if reason.starts_with("Broken pipe") => None,
        Some(reason) => Some(format!("error: failed to write to standard output: {reason}")),
        None => {
            let place = panic.location().map(|place| format!(" at {place}")).unwrap_or_default();
            let version = env!("CARGO_PKG_VERSION");
            Some(format!("error: thorp {version} panicked{place}: {text}; {REPORT}"))
        }
    }
}

#[cfg(test)]
mod tests;
