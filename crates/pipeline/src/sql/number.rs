//! Whether a decimal number survives being stored as a double.

/// A number as a database without decimals can hold it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Stored {
    Integer(i64),
    Double(f64),
}

/// Digits that every double keeps.
const SURE_DIGITS: usize = 15;

/// The number whose shortest text has the same value as `text`, or `None` when there is none.
pub fn stored(text: &str) -> Option<Stored> {
    if let Ok(whole) = text.parse() {
        return Some(Stored::Integer(whole));
    }
    if let "Infinity" | "-Infinity" = text {
        return text.parse().ok().map(Stored::Double);
    }
    let value: f64 = text.parse().ok().filter(|value: &f64| value.is_finite())?;
    // One byte is the point: what is left is no more digits than every double keeps.
    if text.len() <= SURE_DIGITS + 1 && !text.contains('E') {
        return Some(Stored::Double(value));
    }
    let (digits, exponent) = significant(text)?;
    let printed = format!("{value:e}");
    let same = match digits.len() {
        0 => true,
        1..=SURE_DIGITS if value.is_normal() => true,
        _ => significant(&printed)? == (digits, exponent),
    };
    same.then_some(Stored::Double(value))
}

/// How many digits after the point a number needs, negative when its last whole digits are zeros;
/// `None` for what is no number.
pub fn scale(text: &str) -> Option<i64> {
    let (_, exponent) = significant(text)?;
    exponent.checked_neg()
}

/// The digits without zeros at their ends, and the power of ten of the last one.
fn significant(text: &str) -> Option<(String, i64)> {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
    let exponent: i64 = exponent.parse().ok()?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let digits = digits.trim_start_matches('0');
    let trimmed = digits.trim_end_matches('0');
    let zeros = i64::try_from(digits.len() - trimmed.len()).ok()?;
    let fraction = i64::try_from(fraction.len()).ok()?;
    if trimmed.is_empty() {
        return Some((String::new(), 0));
    }
    Some((trimmed.to_owned(), exponent.checked_sub(fraction)?.checked_add(zeros)?))
}

#[cfg(test)]
mod tests;
