//! Reads the canonical texts of integers, decimals, dates and times into Arrow's native values.
//!
//! One pass over the bytes of a cell, no allocation.

use super::Misfit;
use crate::form::days_in;

const US_PER_SECOND: i64 = 1_000_000;
const US_PER_DAY: i64 = 86_400 * US_PER_SECOND;
/// Decimal128 holds every number of so many digits.
const DIGITS_MAX: u32 = 38;

/// An integer of 64 bits.
pub(super) fn integer(text: &str) -> Result<i64, Misfit> {
    let (negative, digits) = sign(text.as_bytes());
    if !digits.is_empty() && digits.len() <= 18 {
        let mut value = 0_i64;
        for digit in digits {
            let digit = digit.wrapping_sub(b'0');
            if digit > 9 {
                return whole(text);
            }
            value = value * 10 + i64::from(digit);
        }
        return Ok(if negative { -value } else { value });
    }
    whole(text)
}

/// The rare forms of an integer: nineteen digits, `3.0`, `1E+3`, or none at all.
fn whole(text: &str) -> Result<i64, Misfit> {
    match decimal(text, 0) {
        Ok(value) => i64::try_from(value).map_err(|_| Misfit::IntegerRange),
        Err(Misfit::Precision { .. }) => Err(Misfit::IntegerRange),
        Err(_) => Err(Misfit::Form { expected: "an integer" }),
    }
}

/// A decimal as a count of `10^-scale`; exact, or why not.
pub(super) fn decimal(text: &str, scale: u8) -> Result<i128, Misfit> {
    let scanned = scan(text)?;
    let wanted = i32::from(scale);
    if scanned.mantissa == 0 {
        return Ok(0);
    }
    let too_wide = Misfit::Precision { scale };
    let value = if scanned.fraction <= wanted {
        let power = power_of_ten(wanted.saturating_sub(scanned.fraction)).ok_or(too_wide)?;
        scanned.mantissa.checked_mul(power).ok_or(too_wide)?
    } else {
        let surplus = scanned.fraction.saturating_sub(wanted);
        let cut = power_of_ten(surplus).filter(|power| scanned.mantissa % power == 0);
        let Some(power) = cut else {
            return Err(Misfit::Scale { digits: scanned.fraction, scale });
        };
        scanned.mantissa / power
    };
    if value >= 10_u128.pow(DIGITS_MAX) {
        return Err(too_wide);
    }
    let value = i128::try_from(value).map_err(|_| too_wide)?;
    Ok(if scanned.negative { -value } else { value })
}

/// How many digits `text` has after its point; 0 for what is not a finite decimal.
pub(super) fn scale_of(text: &str) -> u8 {
    let bytes = text.as_bytes();
    let plain = bytes.iter().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-'));
    let digits = if plain {
        bytes.iter().rev().position(|b| *b == b'.').unwrap_or(0)
    } else {
        let fraction = scan(text).map_or(0, |scanned| scanned.fraction);
        usize::try_from(fraction).unwrap_or(0)
    };
    u8::try_from(digits).unwrap_or(u8::MAX).min(38)
}

struct Scanned {
    negative: bool,
    mantissa: u128,
    /// The value is `mantissa * 10^-fraction`.
    fraction: i32,
}

fn scan(text: &str) -> Result<Scanned, Misfit> {
    let (negative, bytes) = sign(text.as_bytes());
    let mut mantissa = 0_u64;
    let mut wide = None;
    let (mut digits, mut fraction) = (0_u32, 0_i32);
    let mut after_point = false;
    let mut exponent = 0_i32;
    for (at, byte) in bytes.iter().enumerate() {
        let digit = byte.wrapping_sub(b'0');
        if digit <= 9 {
            fraction += i32::from(after_point);
            digits += 1;
            if digits <= 18 {
                mantissa = mantissa * 10 + u64::from(digit);
            } else {
                let so_far = wide.unwrap_or(u128::from(mantissa));
                wide = Some(push_digit(so_far, digit)?);
            }
        } else if *byte == b'.' && !after_point {
            after_point = true;
        } else if matches!(byte, b'E' | b'e') && digits > 0 {
            exponent = exponent_of(bytes.get(at + 1..).unwrap_or_default())?;
            break;
        } else {
            return Err(not_a_decimal(text));
        }
    }
    if digits == 0 {
        return Err(not_a_decimal(text));
    }
    let mantissa = wide.unwrap_or(u128::from(mantissa));
    Ok(Scanned { negative, mantissa, fraction: fraction.saturating_sub(exponent) })
}

fn push_digit(value: u128, digit: u8) -> Result<u128, Misfit> {
    let next = value.checked_mul(10).and_then(|value| value.checked_add(u128::from(digit)));
    next.ok_or(Misfit::Precision { scale: 0 })
}

fn exponent_of(bytes: &[u8]) -> Result<i32, Misfit> {
    let text = std::str::from_utf8(bytes).unwrap_or_default();
    // Beyond 9,999 no exponent of a value but zero fits; the bound keeps the sums in range.
    let exponent = text.parse::<i64>().map_err(|_| Misfit::Form { expected: "a number" })?;
    Ok(i32::try_from(exponent.clamp(-9_999, 9_999)).unwrap_or_default())
}

fn not_a_decimal(text: &str) -> Misfit {
    match text.trim_start_matches('-') {
        "NaN" | "sNaN" | "Infinity" => Misfit::NotFinite,
        _ => Misfit::Form { expected: "a number" },
    }
}

fn power_of_ten(exponent: i32) -> Option<u128> {
    10_u128.checked_pow(u32::try_from(exponent).ok()?)
}

/// A double.
pub(super) fn double(text: &str) -> Result<f64, Misfit> {
    text.parse().map_err(|_| Misfit::Form { expected: "a number" })
}

/// `true` or `false`.
pub(super) fn boolean(text: &str) -> Result<bool, Misfit> {
    match text {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(Misfit::Form { expected: "`true` or `false`" }),
    }
}

/// Days since 1970-01-01.
pub(crate) fn date(text: &str) -> Result<i32, Misfit> {
    date_of(text.as_bytes()).ok_or(Misfit::Form { expected: "a date" })
}

/// Microseconds since midnight.
pub(crate) fn time(text: &str) -> Result<i64, Misfit> {
    time_of(text.as_bytes()).ok_or(Misfit::Form { expected: "a time" })
}

/// Microseconds since 1970-01-01T00:00:00; an offset is applied, a bare time is taken as UTC.
pub(crate) fn date_time(text: &str) -> Result<i64, Misfit> {
    date_time_of(text.as_bytes()).ok_or(Misfit::Form { expected: "a datetime" })
}

/// Whether a datetime ends in an offset from UTC.
pub(super) fn has_offset(text: &str) -> bool {
    text.as_bytes().iter().skip(19).any(|b| matches!(b, b'+' | b'-'))
}

fn date_of(bytes: &[u8]) -> Option<i32> {
    let &[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = bytes else { return None };
    let year = two(y1, y2)? * 100 + two(y3, y4)?;
    let (month, day) = (two(m1, m2)?, two(d1, d2)?);
    if year == 0 || day == 0 || day > days_in(year, month) {
        return None;
    }
    let days = days_from_civil(year.cast_signed(), month.cast_signed(), day.cast_signed());
    Some(days)
}

/// Method: Howard Hinnant, `days_from_civil`,
/// <https://howardhinnant.github.io/date_algorithms.html>.
fn days_from_civil(year: i32, month: i32, day: i32) -> i32 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

fn time_of(bytes: &[u8]) -> Option<i64> {
    let (&[h1, h2, b':', m1, m2, b':', s1, s2], rest) = bytes.split_first_chunk::<8>()? else {
        return None;
    };
    let (hour, minute, second) = (two(h1, h2)?, two(m1, m2)?, two(s1, s2)?);
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let seconds = i64::from(hour * 3600 + minute * 60 + second);
    Some(seconds * US_PER_SECOND + fraction_of(rest)?)
}

fn fraction_of(rest: &[u8]) -> Option<i64> {
    let digits = match rest {
        [] => return Some(0),
        [b'.', digits @ ..] if (1..=6).contains(&digits.len()) => digits,
        _ => return None,
    };
    let mut value = 0;
    for at in 0..6 {
        let digit = digits.get(at).copied().unwrap_or(b'0').wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value * 10 + i64::from(digit);
    }
    Some(value)
}

fn date_time_of(bytes: &[u8]) -> Option<i64> {
    let (date, rest) = bytes.split_at_checked(10)?;
    let rest = rest.strip_prefix(b"T")?;
    let day = i64::from(date_of(date)?) * US_PER_DAY;
    let at = rest.iter().position(|b| matches!(b, b'+' | b'-' | b'Z'));
    let (time, offset) = rest.split_at(at.unwrap_or(rest.len()));
    let shift = match offset {
        [] | [b'Z'] => 0,
        &[sign, h1, h2, b':', m1, m2] => {
            let seconds = i64::from(two(h1, h2)? * 3600 + two(m1, m2)? * 60);
            if sign == b'-' { -seconds } else { seconds }
        }
        _ => return None,
    };
    Some(day + time_of(time)? - shift * US_PER_SECOND)
}

fn two(tens: u8, ones: u8) -> Option<u32> {
    let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
    (tens <= 9 && ones <= 9).then(|| u32::from(tens) * 10 + u32::from(ones))
}

fn sign(bytes: &[u8]) -> (bool, &[u8]) {
    match bytes {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    }
}
