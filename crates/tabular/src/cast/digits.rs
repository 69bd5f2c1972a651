//! Numerals as Python reads them, turned into the one canonical text without computing.
//!
//! Texts of any length pass in linear time, since no number is made of them.

use std::borrow::Cow;

use crate::form;
use crate::limits;

/// The canonical text of `int(text)`: spaces around, a sign, leading zeros, single underscores
/// between digits and digits of other scripts are accepted.
pub(super) fn integer(text: &str) -> Option<Cow<'_, str>> {
    if form::is_integer(text) {
        return Some(Cow::Borrowed(text));
    }
    let ascii = ascii_digits(text.trim());
    let (negative, digits) = sign(&ascii);
    if !digits.split('_').all(|group| !group.is_empty() && group.bytes().all(is_digit)) {
        return None;
    }
    let digits = digits.replace('_', "");
    let digits = digits.trim_start_matches('0');
    Some(Cow::Owned(match (negative, digits) {
        (_, "") => "0".into(),
        (true, digits) => format!("-{digits}"),
        (false, digits) => digits.into(),
    }))
}

/// The canonical text of `Decimal(text)`: as [`integer`], and points, exponents, `inf`, `nan`.
pub(crate) fn number(text: &str) -> Option<Cow<'_, str>> {
    if form::is_plain_number(text) {
        return Some(Cow::Borrowed(text));
    }
    let ascii = ascii_digits(text.trim());
    let ascii = if ascii.contains('_') { Cow::Owned(ascii.replace('_', "")) } else { ascii };
    Some(Cow::Owned(Numeral::parse(&ascii)?.to_string()))
}

/// The canonical integer of a float, when it is whole: all its digits, also those that its
/// shortest text leaves out.
pub(super) fn integer_of_float(text: &str) -> Option<String> {
    let float: f64 = text.parse().ok().filter(|float: &f64| float.fract() == 0.0)?;
    Some(if float == 0.0 { "0".into() } else { format!("{float:.0}") })
}

/// The canonical integer of a canonical number, when it is whole.
pub(super) fn integer_of_number(text: &str) -> Option<String> {
    match Numeral::parse(text)? {
        Numeral::Finite { negative, digits, exponent } => {
            let whole = match usize::try_from(exponent) {
                Ok(zeros) if zeros > limits::INTEGER_ZEROS_MAX => return None,
                Ok(zeros) => format!("{digits}{}", "0".repeat(zeros)),
                Err(_) => {
                    let places = usize::try_from(exponent.unsigned_abs()).ok()?;
                    let (whole, fraction) = digits.split_at(digits.len().saturating_sub(places));
                    if fraction.bytes().any(|digit| digit != b'0') {
                        return None;
                    }
                    whole.to_owned()
                }
            };
            let digits = match whole.trim_start_matches('0') {
                "" => return Some("0".into()),
                digits => digits,
            };
            Some(if negative { format!("-{digits}") } else { digits.into() })
        }
        Numeral::Infinity { .. } | Numeral::NotANumber { .. } => None,
    }
}

/// What a number's text says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Numeral {
    /// `digits` (no leading zeros, at least one) times ten to the power of `exponent`.
    Finite {
        negative: bool,
        digits: String,
        exponent: i64,
    },
    Infinity {
        negative: bool,
    },
    NotANumber {
        negative: bool,
        signals: bool,
    },
}

impl Numeral {
    /// Reads what the constructor of Python's `Decimal` accepts, in ASCII and without spaces.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (negative, unsigned) = sign(text);
        if !unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
            return Self::special(negative, unsigned);
        }
        let (mantissa, power) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, power)) => (mantissa, exponent(power)?),
            None => (unsigned, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let plain = whole.bytes().chain(fraction.bytes()).all(is_digit);
        if !plain || whole.len() + fraction.len() == 0 {
            return None;
        }
        let joined = format!("{whole}{fraction}");
        let digits = joined.trim_start_matches('0');
        let digits = if digits.is_empty() { "0" } else { digits }.to_owned();
        let exponent = power.checked_sub(i64::try_from(fraction.len()).ok()?)?;
        Some(Self::Finite { negative, digits, exponent })
    }

    fn special(negative: bool, text: &str) -> Option<Self> {
        let name = text.trim_end_matches(|c: char| c.is_ascii_digit());
        if text.eq_ignore_ascii_case("inf") || text.eq_ignore_ascii_case("infinity") {
            Some(Self::Infinity { negative })
        } else if name.eq_ignore_ascii_case("nan") {
            Some(Self::NotANumber { negative, signals: false })
        } else if name.eq_ignore_ascii_case("snan") {
            Some(Self::NotANumber { negative, signals: true })
        } else {
            None
        }
    }
}

impl std::fmt::Display for Numeral {
    /// Python's `str(Decimal)`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let minus = |negative: &bool| if *negative { "-" } else { "" };
        match self {
            Self::Infinity { negative } => write!(f, "{}Infinity", minus(negative)),
            Self::NotANumber { negative, signals } => {
                write!(f, "{}{}NaN", minus(negative), if *signals { "s" } else { "" })
            }
            Self::Finite { negative, digits, exponent } => {
                f.write_str(minus(negative))?;
                write_digits(f, digits, *exponent)
            }
        }
    }
}

/// The General Decimal Arithmetic's scientific string: plain from `1E-6` up while the exponent
/// is not positive.
fn write_digits(f: &mut std::fmt::Formatter<'_>, digits: &str, exponent: i64) -> std::fmt::Result {
    let length = i64::try_from(digits.len()).unwrap_or(i64::MAX);
    let adjusted = exponent.saturating_add(length - 1);
    if exponent > 0 || adjusted < -6 {
        let (first, rest) = digits.split_at(1);
        f.write_str(first)?;
        if !rest.is_empty() {
            write!(f, ".{rest}")?;
        }
        return write!(f, "E{adjusted:+}");
    }
    if exponent == 0 {
        return f.write_str(digits);
    }
    // Between -6 and the number of digits here, so that the text stays short.
    let places = usize::try_from(-exponent).unwrap_or_default();
    match digits.len().checked_sub(places) {
        Some(whole) if whole > 0 => {
            let (whole, fraction) = digits.split_at(whole);
            write!(f, "{whole}.{fraction}")
        }
        _ => write!(f, "0.{digits:0>places$}"),
    }
}

/// The same text with the decimal digits of every script as ASCII.
pub(super) fn ascii_digits(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(|c| ascii_digit(c).unwrap_or(c)).collect())
}

/// The ASCII digit with the value of a decimal digit of any script.
fn ascii_digit(c: char) -> Option<char> {
    let code = u32::from(c);
    let at = ZEROS.partition_point(|zero| *zero <= code).checked_sub(1)?;
    let value = code - ZEROS.get(at)?;
    char::from_digit(value, 10)
}

/// The zeros of all scripts with decimal digits (Unicode category Nd); nine more follow each.
const ZEROS: [u32; 66] = [
    0x30, 0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66,
    0xDE6, 0xE50, 0xED0, 0xF20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90,
    0x1B50, 0x1BB0, 0x1C40, 0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10,
    0x104A0, 0x10D30, 0x11066, 0x110F0, 0x11136, 0x111D0, 0x112F0, 0x11450, 0x114D0, 0x11650,
    0x116C0, 0x11730, 0x118E0, 0x11950, 0x11C50, 0x11D50, 0x11DA0, 0x16A60, 0x16AC0, 0x16B50,
    0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6, 0x1E140, 0x1E2F0, 0x1E950, 0x1FBF0,
];

fn sign(text: &str) -> (bool, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    }
}

fn exponent(text: &str) -> Option<i64> {
    let (negative, digits) = sign(text);
    // Python's bound; with it no sum of exponents overflows.
    let size = digits.bytes().all(is_digit).then(|| digits.parse::<i64>().ok())??;
    (size <= limits::EXPONENT_MAX).then_some(if negative { -size } else { size })
}

fn is_digit(byte: u8) -> bool {
    byte.is_ascii_digit()
}
