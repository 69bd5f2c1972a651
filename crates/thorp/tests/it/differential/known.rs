//! Where one side fails and the other works on purpose; docs/compatibility.md tells users the same.

/// What is to be done with the outcomes of a pipeline.
pub(crate) enum Verdict {
    Compare,
    BothFail,
    /// One side fails, and the reason is known.
    Known,
    Unknown,
}

/// A part of the error of the reference, a part of a step, and why thorp works.
const REFERENCE_FAILS: &[(&str, &str, &str)] = &[
    (
        "KeyError: '",
        "\"full-outer\"",
        "rows that only the source has lack the other fields; thorp makes them null",
    ),
    (
        "is not JSON serializable",
        "\"array\"",
        "a list of dates or decimals is written like their texts",
    ),
    (
        "'NoneType' object is not subscriptable",
        "\"avg\"",
        "a key that has only nulls has no average",
    ),
];

/// A part of thorp's error, a part of a step, and why it fails where the reference works.
const THORP_FAILS: &[(&str, &str, &str)] = &[(
    "its quote is never closed",
    "\"load\"",
    "the rest of the file became one cell; the quote may be a guess from the data",
)];

/// Judges success and error text of both sides; `steps` is the pipeline as text.
pub(crate) fn judge(steps: &str, reference: (bool, &str), thorp: (bool, &str)) -> Verdict {
    let find = |known: &[(&str, &str, &str)], error: &str| {
        let fits = |part: &str, step: &str| error.contains(part) && steps.contains(step);
        let known = known.iter().any(|(part, step, _)| fits(part, step));
        if known { Verdict::Known } else { Verdict::Unknown }
    };
    match (reference.0, thorp.0) {
        (true, true) => Verdict::Compare,
        (false, false) => Verdict::BothFail,
        (false, true) => find(REFERENCE_FAILS, reference.1),
        (true, false) => find(THORP_FAILS, thorp.1),
    }
}
