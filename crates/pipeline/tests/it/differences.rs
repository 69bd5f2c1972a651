//! Where thorp does something else than the reference on purpose; docs/compatibility.md tells
//! users the same.

/// Name of a case and the reason why its outcome differs.
pub(crate) const DIFFERENCES: &[(&str, &str)] = &[
    (
        "cast_datetime_2020_12_31T10_11_12_",
        "an offset other than `Z` is kept; the reference loses it on the wire",
    ),
    ("join_int_avg", "a key that has only nulls has no average; the reference fails"),
    ("join_int_count", "count with `name` counts values that are not null, as documented"),
    ("join_int_counters", "numbers are counted too; the reference fails"),
];

/// Notes the outcome of a case: a difference must be listed, and what is listed must differ.
pub(crate) fn judge(case: &str, difference: Option<String>, failures: &mut Vec<String>) {
    let listed = DIFFERENCES.iter().find(|(name, _)| *name == case);
    match (difference, listed) {
        (Some(difference), None) => failures.push(format!("{case}: {difference}")),
        (None, Some((_, reason))) => {
            failures.push(format!("{case}: no longer differs, though listed: {reason}"));
        }
        _ => {}
    }
}
