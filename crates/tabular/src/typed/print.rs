//! Prints Arrow's native values as the canonical texts of our kinds.
//!
//! Every printer writes into a small buffer that the caller clears, so that a cell costs no
//! allocation. One that returns `false` met a value that its kind has no text for.
#![expect(
    clippy::as_conversions,
    clippy::indexing_slicing,
    reason = "six bits index an alphabet of 64; parts of a day or year fit 32 bits"
)]

use std::fmt::Write;

use model::python;

const US_PER_SECOND: i64 = 1_000_000;
const US_PER_DAY: i64 = 86_400 * US_PER_SECOND;
/// 0001-01-01 and 9999-12-31, in days since 1970-01-01.
const DAYS: std::ops::RangeInclusive<i64> = -719_162..=2_932_896;

/// Python's `str(Decimal)` of `value * 10^-scale`.
pub(super) fn decimal(out: &mut String, value: i128, scale: i8) -> bool {
    let mut buffer = itoa::Buffer::new();
    let digits = match u64::try_from(value.unsigned_abs()) {
        Ok(short) => buffer.format(short),
        Err(_) => buffer.format(value.unsigned_abs()),
    };
    decimal_digits(out, value < 0, digits, scale)
}

/// As [`decimal`], of a number given by its digits without leading zeros.
pub(super) fn decimal_digits(out: &mut String, negative: bool, digits: &str, scale: i8) -> bool {
    if negative {
        out.push('-');
    }
    let scale = isize::from(scale);
    let length = digits.len() as isize;
    let point = length - scale;
    if scale == 0 {
        out.push_str(digits);
    } else if scale > 0 && point > 0 {
        let (whole, fraction) = digits.split_at(point as usize);
        out.push_str(whole);
        out.push('.');
        out.push_str(fraction);
    } else if scale > 0 && point > -6 {
        out.push_str("0.");
        out.extend(std::iter::repeat_n('0', point.unsigned_abs()));
        out.push_str(digits);
    } else {
        let (first, rest) = digits.split_at(1);
        out.push_str(first);
        if !rest.is_empty() {
            out.push('.');
            out.push_str(rest);
        }
        let _infallible = write!(out, "E{:+}", point - 1);
    }
    true
}

/// Python's `repr` of a double.
pub(super) fn double(out: &mut String, value: f64) -> bool {
    let size = value.abs();
    if (1e-4..1e16).contains(&size) || size == 0.0 {
        // In this range Rust and Python write the same shortest digits.
        let _infallible = write!(out, "{value:?}");
    } else {
        out.push_str(&python::float_text(value));
    }
    true
}

/// The shortest digits that give back a float of 32 bits, in Python's form.
pub(super) fn float(out: &mut String, value: f32) -> bool {
    let shortest: f64 = value.to_string().parse().unwrap_or(f64::from(value));
    double(out, shortest)
}

/// `YYYY-MM-DD` of days since 1970-01-01.
pub(super) fn date(out: &mut String, days: i64) -> bool {
    if !DAYS.contains(&days) {
        return false;
    }
    let (year, month, day) = civil_from_days(days as i32);
    push_pair(out, year / 100);
    push_pair(out, year % 100);
    out.push('-');
    push_pair(out, month);
    out.push('-');
    push_pair(out, day);
    true
}

/// Method: Howard Hinnant, `civil_from_days`,
/// <https://howardhinnant.github.io/date_algorithms.html>.
fn civil_from_days(days: i32) -> (u32, u32, u32) {
    let days = (days + 719_468) as u32;
    let era = days / 146_097;
    let day_of_era = days % 146_097;
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + u32::from(month <= 2);
    (year, month, day)
}

/// `HH:MM:SS` and a fraction without trailing zeros, of microseconds since midnight.
pub(super) fn time(out: &mut String, us: i64) -> bool {
    if !(0..US_PER_DAY).contains(&us) {
        return false;
    }
    let seconds = (us / US_PER_SECOND) as u32;
    push_pair(out, seconds / 3600);
    out.push(':');
    push_pair(out, seconds / 60 % 60);
    out.push(':');
    push_pair(out, seconds % 60);
    push_fraction(out, (us % US_PER_SECOND) as u32);
    true
}

/// A datetime of microseconds since 1970-01-01T00:00:00, shown `offset_s` seconds ahead of it.
pub(super) fn date_time(out: &mut String, us: i64, offset_s: i64) -> bool {
    let Some(local) = us.checked_add(offset_s * US_PER_SECOND) else { return false };
    if !date(out, local.div_euclid(US_PER_DAY)) {
        return false;
    }
    out.push('T');
    time(out, local.rem_euclid(US_PER_DAY));
    if offset_s != 0 {
        let minutes = offset_s.unsigned_abs() as u32 / 60;
        out.push(if offset_s < 0 { '-' } else { '+' });
        push_pair(out, minutes / 60);
        out.push(':');
        push_pair(out, minutes % 60);
    }
    true
}

/// An ISO 8601 duration of months and microseconds: `P1Y2M3DT4H5M6.5S`.
pub(super) fn duration(out: &mut String, months: i64, us: i128) -> bool {
    let (months, us) = match (months, us) {
        (months, us) if months <= 0 && us <= 0 && (months, us) != (0, 0) => {
            out.push('-');
            (-months, -us)
        }
        (months, us) if months >= 0 && us >= 0 => (months, us),
        _ => return false,
    };
    let day_us = i128::from(US_PER_DAY);
    let seconds = us % day_us / i128::from(US_PER_SECOND);
    let fraction = (us % i128::from(US_PER_SECOND)) as u32;
    out.push('P');
    push_part(out, i128::from(months / 12), 'Y');
    push_part(out, i128::from(months % 12), 'M');
    push_part(out, us / day_us, 'D');
    if seconds > 0 || fraction > 0 {
        out.push('T');
        push_part(out, seconds / 3600, 'H');
        push_part(out, seconds / 60 % 60, 'M');
        if seconds % 60 > 0 || fraction > 0 {
            let _infallible = write!(out, "{}", seconds % 60);
            push_fraction(out, fraction);
            out.push('S');
        }
    } else if months == 0 && us == 0 {
        out.push_str("0D");
    }
    true
}

fn push_part(out: &mut String, count: i128, unit: char) {
    if count > 0 {
        let _infallible = write!(out, "{count}{unit}");
    }
}

fn push_fraction(out: &mut String, us: u32) {
    if us == 0 {
        return;
    }
    out.push('.');
    push_pair(out, us / 10_000);
    push_pair(out, us / 100 % 100);
    push_pair(out, us % 100);
    out.truncate(out.trim_end_matches('0').len());
}

fn push_pair(out: &mut String, below_100: u32) {
    let at = below_100 as usize * 2;
    out.push_str(PAIRS.get(at..at + 2).unwrap_or_default());
}

const PAIRS: &str = "0001020304050607080910111213141516171819\
                     2021222324252627282930313233343536373839\
                     4041424344454647484950515253545556575859\
                     6061626364656667686970717273747576777879\
                     8081828384858687888990919293949596979899";

/// Base64 with padding, of the standard alphabet.
pub(super) fn base64(out: &mut String, bytes: &[u8]) {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let group = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..4 {
            let letter = ALPHABET[(group >> (18 - 6 * place) & 63) as usize];
            out.push(if place > chunk.len() { '=' } else { char::from(letter) });
        }
    }
}
