//! Spans of time as people type them: `500ms`, `30s`, `5m`, `2h`, `7d`.

/// Milliseconds of a span; a number alone is seconds.
pub(crate) fn parse(text: &str) -> Result<u64, String> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (count, unit) = text.split_at(end);
    let unit_ms: u64 = match unit {
        "ms" => 1,
        "" | "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return Err(format!("`{unit}` is none of ms, s, m, h and d")),
    };
    let count: u64 =
        count.parse().map_err(|_| "expected a number, as in 500ms, 30s or 5m".to_owned())?;
    count.checked_mul(unit_ms).ok_or_else(|| "it is too long".to_owned())
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn spans_have_a_number_and_a_unit() {
        let cases =
            [("500ms", 500), ("30s", 30_000), ("7", 7_000), ("5m", 300_000), ("2d", 172_800_000)];
        for (text, ms) in cases {
            assert_eq!(parse(text), Ok(ms), "{text}");
        }
        for text in ["", "s", "1w", "-1s", "1.5s", "99999999999999999999", "999999999999999999d"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
