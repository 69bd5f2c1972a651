//! Helpers of the tests: clocks, requests, the interpreter of this machine.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use model::clock::Clock;
use runtime::process::Request;
use runtime::python::{Places, Python};

/// A clock that moves when it is told to.
#[derive(Debug, Default)]
pub(crate) struct HandClock(AtomicU64);

impl HandClock {
    pub(crate) fn advance(&self, ms: u64) {
        self.0.fetch_add(ms, Ordering::SeqCst);
    }
}

impl Clock for HandClock {
    fn now_ms(&self) -> u64 {
        self.monotonic_ms()
    }

    fn monotonic_ms(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}

pub(crate) fn stopped_clock() -> Arc<dyn Clock> {
    Arc::new(HandClock::default())
}

/// A shell script as a child.
pub(crate) fn shell(script: &str) -> Request {
    Request {
        name: "script".into(),
        argv: ["sh", "-c", script].map(Into::into).into(),
        folder: std::env::temp_dir(),
        environment: BTreeMap::new(),
        timeout_ms: None,
    }
}

/// The interpreter of this machine with the modules of thorp; they live as long as the folder.
pub(crate) fn python(folder: &Path) -> Python {
    Python::locate(&Places {
        thorp_python: std::env::var_os("THORP_PYTHON").map(PathBuf::from),
        path: std::env::var_os("PATH"),
        python_path: None,
        cache: folder.join("cache"),
    })
    .expect("the tests need python3")
}

/// The folder with the fixtures of others.
pub(crate) fn fixtures() -> PathBuf {
    std::env::var_os("THORP_FIXTURES").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures"),
        PathBuf::from,
    )
}

/// Runs the interpreter with `arguments` to its end, and returns all that it printed.
pub(crate) fn run_python(python: &Python, arguments: &[&str]) -> String {
    let output = std::process::Command::new(python.program())
        .args(arguments)
        .env("PYTHONPATH", python.shim())
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("THORP_FIXTURES", fixtures())
        .output()
        .expect("the interpreter was found before");
    let text = [output.stdout, output.stderr].concat();
    String::from_utf8_lossy(&text).into_owned()
}
