//! The pages of the program itself: what starting read of it need not stay in the memory of a node
//! that wants little, such as the table of relocations, a tenth of the whole.

use std::ops::Range;
use std::path::Path;

use rustix::mm::{Advice, madvise};

/// Takes the pages of this program out of the memory of this process. Each comes back from the
/// file when it is used again; on a system that does not say where they lie, all stay.
pub(super) fn forget() {
    let Ok(program) = std::env::current_exe() else { return };
    let Ok(maps) = std::fs::read_to_string("/proc/self/maps") else { return };
    for Range { start, end } in unwritten(&maps, &program) {
        let address = std::ptr::with_exposed_provenance_mut(start);
        #[expect(unsafe_code, reason = "the system knows no safe form of it")]
        // SAFETY: nobody ever writes to these pages, so the file has what memory had.
        let forgotten = unsafe { madvise(address, end - start, Advice::LinuxDontNeed) };
        if let Err(error) = forgotten {
            tracing::debug!(%error, "the pages of the program stay in memory");
        }
    }
}

/// Where `program` lies in memory as it is in its file: its instructions, and what is before them.
/// What is behind them may be read-only too, but was written when the program was loaded.
fn unwritten(maps: &str, program: &Path) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for line in maps.lines() {
        let mut words = line.split_ascii_whitespace();
        let (Some(span), Some(access)) = (words.next(), words.next()) else { continue };
        let Some(path) = words.nth(3) else { continue };
        if Path::new(path) != program {
            continue;
        }
        if !matches!(access, "r--p" | "r-xp") {
            break;
        }
        found.extend(range(span));
        if access == "r-xp" {
            break;
        }
    }
    found
}

/// `55d0-55e0`, in hexadecimal.
fn range(span: &str) -> Option<Range<usize>> {
    let (start, end) = span.split_once('-')?;
    let address = |digits| usize::from_str_radix(digits, 16).ok();
    Some(address(start)?..address(end)?)
}

#[cfg(test)]
mod tests;
