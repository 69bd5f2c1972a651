//! For tests: named points at which a process ends, what kind a message is of, and the conformance
//! suite of the port.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::raft::FOR_RAFT;

#[cfg(test)]
pub(crate) mod at;
pub mod suite;

static IS_ARMED: AtomicBool = AtomicBool::new(false);
static ARMED: Mutex<Option<(String, u32)>> = Mutex::new(None);

/// Lets this process abort when it reaches the point `name` for the `count`th time from now.
///
/// Points: `log-before-commit`, `log-after-commit`, `log-file-before-rename`,
/// `log-file-after-rename`, `flush-before-commit`, `flush-after-commit`, `install-before-rename`,
/// `install-after-rename`.
pub fn abort_at(name: &str, count: u32) {
    let mut armed = ARMED.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    *armed = Some((name.to_owned(), count));
    IS_ARMED.store(true, Ordering::SeqCst);
}

/// Whether what a member calls is a message of Raft, which may arrive twice.
#[must_use]
pub fn is_for_raft(message: &[u8]) -> bool {
    message.first() == Some(&FOR_RAFT)
}

/// A point that a test may choose to end at.
pub(crate) fn reach(name: &str) {
    if !IS_ARMED.load(Ordering::Relaxed) {
        return;
    }
    let mut armed = ARMED.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some((chosen, left)) = armed.as_mut()
        && chosen == name
    {
        *left = left.saturating_sub(1);
        if *left == 0 {
            std::process::abort();
        }
    }
}
