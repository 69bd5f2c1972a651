//! Whether a text has the form that a kind promises.

use crate::value::Kind;

/// Whether `text` has the one form of `kind`.
pub fn has_form(kind: Kind, text: &str) -> bool {
    match kind {
        Kind::Text => true,
        Kind::Integer => is_integer(text),
        Kind::Number => is_number(text),
        Kind::Float => {
            matches!(text, "NaN" | "Infinity" | "-Infinity")
                || serde_json::from_str::<f64>(text).is_ok()
        }
        Kind::Boolean => matches!(text, "true" | "false"),
        Kind::Date => is_date(text),
        Kind::Time => is_time(text),
        Kind::DateTime => is_date_time(text),
        Kind::Duration => crate::cast::is_duration(text),
        Kind::Json => serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok(),
    }
}

/// An optional `-`, then digits without leading zeros; zero has no sign.
pub fn is_integer(text: impl AsRef<[u8]>) -> bool {
    match text.as_ref() {
        [b'0'] => true,
        [b'-', rest @ ..] | rest => {
            matches!(rest.first(), Some(b'1'..=b'9')) && rest.iter().all(u8::is_ascii_digit)
        }
    }
}

/// A plain decimal (`-1.50`) that Python's `str(Decimal(text))` gives back unchanged.
pub fn is_plain_number(text: impl AsRef<[u8]>) -> bool {
    let text = text.as_ref();
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    let whole = digits.iter().take_while(|b| b.is_ascii_digit()).count();
    let (integer, rest) = digits.split_at(whole);
    let leading_is_canonical = match integer {
        [] => false,
        [b'0'] => true,
        [first, ..] => *first != b'0',
    };
    if !leading_is_canonical {
        return false;
    }
    match rest {
        [] => true,
        [b'.', fraction @ ..] => {
            // Beyond six zeros `str` turns to the exponent form: 0E-7, 1E-7.
            !fraction.is_empty()
                && fraction.iter().all(u8::is_ascii_digit)
                && (integer != b"0" || !fraction.starts_with(b"000000") || fraction.len() == 6)
        }
        _ => false,
    }
}

/// Any text of `str(Decimal)`: plain, with exponent, or one of the special values.
pub fn is_number(text: impl AsRef<[u8]>) -> bool {
    let text = text.as_ref();
    let unsigned = text.strip_prefix(b"-").unwrap_or(text);
    is_plain_number(text)
        || matches!(unsigned, b"NaN" | b"Infinity" | b"sNaN")
        || is_scientific(unsigned)
}

/// `1.5E+3`, in the cases where `str(Decimal)` writes an exponent.
fn is_scientific(unsigned: &[u8]) -> bool {
    let Some(at) = unsigned.iter().position(|b| *b == b'E') else { return false };
    let (mantissa, exponent) = unsigned.split_at(at);
    let fraction = match mantissa {
        [b'0'..=b'9'] => 0,
        [b'1'..=b'9', b'.', fraction @ ..]
            if !fraction.is_empty() && fraction.iter().all(u8::is_ascii_digit) =>
        {
            fraction.len()
        }
        _ => return false,
    };
    let &[b'E', sign @ (b'+' | b'-'), ref digits @ ..] = exponent else { return false };
    if !matches!(digits, [b'1'..=b'9', ..]) || !digits.iter().all(u8::is_ascii_digit) {
        return false;
    }
    // Eighteen digits are more than Python allows.
    let size = std::str::from_utf8(digits).ok().and_then(|digits| digits.parse::<i64>().ok());
    let (Some(size), Ok(fraction)) = (size, i64::try_from(fraction)) else { return false };
    if sign == b'-' { size > 6 } else { size > fraction }
}

/// `YYYY-MM-DD`, a day that exists in the Gregorian calendar, year 1 to 9999.
pub fn is_date(text: impl AsRef<[u8]>) -> bool {
    let &[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = text.as_ref() else { return false };
    let Some(year) = two(y1, y2).zip(two(y3, y4)).map(|(high, low)| high * 100 + low) else {
        return false;
    };
    let (Some(month), Some(day)) = (two(m1, m2), two(d1, d2)) else { return false };
    year >= 1 && day >= 1 && day <= days_in(year, month)
}

/// `HH:MM:SS` with an optional fraction of one to six digits.
pub fn is_time(text: impl AsRef<[u8]>) -> bool {
    let Some((&[h1, h2, b':', m1, m2, b':', s1, s2], rest)) =
        text.as_ref().split_first_chunk::<8>()
    else {
        return false;
    };
    let in_range = two(h1, h2).is_some_and(|hour| hour < 24)
        && two(m1, m2).is_some_and(|minute| minute < 60)
        && two(s1, s2).is_some_and(|second| second < 60);
    in_range && is_fraction(rest)
}

/// A date, `T`, a time, and an optional offset `+HH:MM` or `-HH:MM` that is not UTC.
pub fn is_date_time(text: impl AsRef<[u8]>) -> bool {
    let Some((date, [b'T', rest @ ..])) = text.as_ref().split_at_checked(10) else { return false };
    let (time, offset) = match rest.iter().position(|b| matches!(b, b'+' | b'-')) {
        Some(at) => rest.split_at(at),
        None => (rest, &[][..]),
    };
    let offset_ok = match *offset {
        [] => true,
        [_, h1, h2, b':', m1, m2] => {
            two(h1, h2).is_some_and(|hour| hour < 24)
                && two(m1, m2).is_some_and(|minute| minute < 60)
                && [h1, h2, m1, m2] != *b"0000"
        }
        _ => false,
    };
    is_date(date) && is_time(time) && offset_ok
}

/// The number of days of `month` (1 to 12) in `year`; 0 for another month.
pub fn days_in(year: u32, month: u32) -> u32 {
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        _ => 0,
    }
}

fn is_fraction(rest: &[u8]) -> bool {
    match rest {
        [] => true,
        [b'.', digits @ ..] => {
            (1..=6).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit)
        }
        _ => false,
    }
}

fn two(tens: u8, ones: u8) -> Option<u32> {
    (tens.is_ascii_digit() && ones.is_ascii_digit())
        .then(|| u32::from(tens - b'0') * 10 + u32::from(ones - b'0'))
}
