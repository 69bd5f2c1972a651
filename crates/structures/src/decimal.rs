//! Sums of decimal numbers as people write them: 0.1 and 0.2 are 0.3.
//!
//! Redis computes with 80-bit floats and prints 17 digits behind the point. A whole number of
//! 10^-17 in 128 bits holds every sum that such a float holds exactly, and rounds none of them;
//! beyond its range (1.7e21) a double takes over.

use crate::refusal::Refusal;

/// Digits behind the point.
const SCALE: u32 = 17;
/// Bytes of a number; longer texts are no numbers.
const TEXT_BYTES_MAX: usize = 255;

/// A decimal number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Decimal {
    /// In units of 10^-17.
    Exact(i128),
    Rough(f64),
}

impl Decimal {
    /// Reads `-1.5e3`, `3`, `.5`, `inf`; spaces and anything else are no number.
    pub(crate) fn parse(text: &[u8]) -> Result<Self, Refusal> {
        let text = std::str::from_utf8(text).map_err(|_| Refusal::NotANumber)?;
        if text.len() > TEXT_BYTES_MAX {
            return Err(Refusal::NotANumber);
        }
        let rough: f64 = text.parse().map_err(|_| Refusal::NotANumber)?;
        if rough.is_nan() {
            return Err(Refusal::NotANumber);
        }
        Ok(exact(text).map_or(Self::Rough(rough), Self::Exact))
    }

    pub(crate) fn plus(self, other: Self) -> Result<Self, Refusal> {
        if let (Self::Exact(one), Self::Exact(two)) = (self, other)
            && let Some(sum) = one.checked_add(two)
        {
            return Ok(Self::Exact(sum));
        }
        let sum = self.rough() + other.rough();
        if sum.is_finite() { Ok(Self::Rough(sum)) } else { Err(Refusal::NotFinite) }
    }

    pub(crate) fn is_less_than(self, other: Self) -> bool {
        match (self, other) {
            (Self::Exact(one), Self::Exact(two)) => one < two,
            _ => self.rough() < other.rough(),
        }
    }

    fn rough(self) -> f64 {
        match self {
            Self::Exact(_) => self.to_string().parse().unwrap_or(f64::NAN),
            Self::Rough(rough) => rough,
        }
    }
}

/// Without zeros at the end, and without an exponent.
impl std::fmt::Display for Decimal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = match self {
            Self::Exact(units) => {
                let one = 10_u128.pow(SCALE);
                let size = units.unsigned_abs();
                let sign = if *units < 0 { "-" } else { "" };
                format!("{sign}{}.{:017}", size / one, size % one)
            }
            Self::Rough(rough) => format!("{rough:.17}"),
        };
        f.write_str(text.trim_end_matches('0').trim_end_matches('.'))
    }
}

fn exact(text: &str) -> Option<i128> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (is_negative, digits) = match mantissa.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, mantissa.strip_prefix('+').unwrap_or(mantissa)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let mut units: i128 = 0;
    for digit in whole.chars().chain(fraction.chars()) {
        units = units.checked_mul(10)?.checked_add(i128::from(digit.to_digit(10)?))?;
    }
    let fraction_digits = i32::try_from(fraction.len()).ok()?;
    let shift = exponent.checked_sub(fraction_digits)?.checked_add(i32::try_from(SCALE).ok()?)?;
    let power = 10_i128.checked_pow(shift.unsigned_abs());
    let units = match power {
        Some(power) if shift >= 0 => units.checked_mul(power)?,
        Some(power) => half_up(units, power),
        None if shift < 0 || units == 0 => 0,
        None => return None,
    };
    Some(if is_negative { -units } else { units })
}

fn half_up(units: i128, power: i128) -> i128 {
    let (quotient, remainder) = (units / power, units % power);
    if remainder >= power - remainder { quotient + 1 } else { quotient }
}

#[cfg(test)]
mod tests;
