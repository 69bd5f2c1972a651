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
        [b'-', digits @ ..] | digits => {
            matches!(digits.first(), Some(b'1'..=b'9')) && all_digits(digits)
        }
    }
}

/// A plain decimal (`-1.50`) that Python's `str(Decimal(text))` gives back unchanged.
pub fn is_plain_number(text: impl AsRef<[u8]>) -> bool {
    let text = text.as_ref();
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    let leading_is_canonical = match digits {
        [b'0', second, ..] => *second == b'.',
        [b'0'..=b'9', ..] => true,
        _ => false,
    };
    if !leading_is_canonical {
        return false;
    }
    // From the end, since fractions are short.
    let Some(point) = digits.iter().rposition(|byte| !byte.is_ascii_digit()) else { return true };
    let (whole, fraction) = digits.split_at(point);
    match fraction {
        // Beyond six zeros `str` turns to the exponent form: 0E-7, 1E-7.
        [b'.', fraction @ ..] if !fraction.is_empty() => {
            all_digits(whole)
                && (whole != b"0" || !fraction.starts_with(b"000000") || fraction.len() == 6)
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
    let Some((head, &[d1, d2])) = text.as_ref().split_first_chunk::<8>() else { return false };
    let &[y1, y2, y3, y4, _, m1, m2, _] = head;
    if !has_shape(*head, *b"0000-00-") || !d1.is_ascii_digit() || !d2.is_ascii_digit() {
        return false;
    }
    let (month, day) = (two(m1, m2), two(d1, d2));
    let in_every_month = (1..=28).contains(&day) && (1..=12).contains(&month);
    let year = two(y1, y2) * 100 + two(y3, y4);
    year >= 1 && (in_every_month || (day >= 1 && day <= days_in(year, month)))
}

/// `HH:MM:SS` with an optional fraction of one to six digits.
pub fn is_time(text: impl AsRef<[u8]>) -> bool {
    let Some((clock, rest)) = text.as_ref().split_first_chunk::<8>() else { return false };
    let &[h1, h2, _, m1, _, _, s1, _] = clock;
    has_shape(*clock, *b"00:00:00")
        && two(h1, h2) < 24
        && m1 < b'6'
        && s1 < b'6'
        && is_fraction(rest)
}

/// A date, `T`, a time, and an optional offset `+HH:MM` or `-HH:MM` that is not UTC.
pub fn is_date_time(text: impl AsRef<[u8]>) -> bool {
    let Some((date, [b'T', rest @ ..])) = text.as_ref().split_at_checked(10) else { return false };
    if rest.len() == 8 {
        return is_date(date) && is_time(rest);
    }
    let (time, offset) = match rest.iter().position(|b| matches!(b, b'+' | b'-')) {
        Some(at) => rest.split_at(at),
        None => (rest, &[][..]),
    };
    let offset_ok = match *offset {
        [] => true,
        [_, h1, h2, b':', m1, m2] => {
            let digits = [h1, h2, m1, m2];
            all_digits(&digits) && two(h1, h2) < 24 && m1 < b'6' && digits != *b"0000"
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

/// The number that two digits write.
fn two(tens: u8, ones: u8) -> u32 {
    u32::from(tens - b'0') * 10 + u32::from(ones - b'0')
}

/// Whether all bytes are ASCII digits; looks at eight of them at once.
fn all_digits(bytes: &[u8]) -> bool {
    if let Some(last) = bytes.last_chunk::<8>() {
        let (chunks, _) = bytes.as_chunks::<8>();
        return chunks.iter().chain([last]).all(|chunk| has_shape(*chunk, *b"00000000"));
    }
    match (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        (Some(&[a, b, c, d]), Some(&[e, f, g, h])) => {
            has_shape([a, b, c, d, e, f, g, h], *b"00000000")
        }
        _ => bytes.iter().all(u8::is_ascii_digit),
    }
}

/// Whether eight bytes have a shape: a digit where it has `0`, the same byte elsewhere.
fn has_shape(bytes: [u8; 8], shape: [u8; 8]) -> bool {
    const HIGH_BITS: u64 = 0x8080_8080_8080_8080;
    // What is added takes the first difference that is too large, 10 or 1, over 127. The
    // differences themselves must be below 128, so that no sum carries into the next byte.
    let headroom = shape.map(|byte| if byte == b'0' { 128 - 10 } else { 128 - 1 });
    let difference = u64::from_le_bytes(bytes) ^ u64::from_le_bytes(shape);
    let sum = difference.wrapping_add(u64::from_le_bytes(headroom));
    (sum | difference) & HIGH_BITS == 0
}
