//! Where thorp does something else than the reference on purpose; docs/compatibility.md tells
//! users the same.

/// Name of a case and the reason why its outcome differs.
pub const DIFFERENCES: &[(&str, &str)] = &[];

/// Notes the outcome of a case: a difference must be listed, and what is listed must differ.
pub fn judge(case: &str, difference: Option<String>, failures: &mut Vec<String>) {
    let listed = DIFFERENCES.iter().find(|(name, _)| *name == case);
    match (difference, listed) {
        (Some(difference), None) => failures.push(format!("{case}: {difference}")),
        (None, Some((_, reason))) => {
            failures.push(format!("{case}: no longer differs, though listed: {reason}"));
        }
        _ => {}
    }
}
