//! Decimal numbers: compared exactly, computed as Python's `decimal` does by default.
//!
//! Sums, products and quotients have 28 significant digits, the last one rounded half to even,
//! and keep trailing zeros: `1.50 + 1` is `2.50`. The method is the General Decimal Arithmetic
//! Specification, <https://speleotrove.com/decimal/decarith.html>.

use std::cmp::Ordering;

use super::digits::Numeral;
use super::magnitude::Magnitude;
use crate::limits::ARITHMETIC_DIGITS_MAX;

/// Significant digits of a result.
const PRECISION: i64 = 28;

/// A decimal number, an infinity, or not a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decimal(Repr);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Repr {
    Finite(Finite),
    Infinity { negative: bool },
    NotANumber,
}

/// `magnitude` times ten to the power of `exponent`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Finite {
    negative: bool,
    magnitude: Magnitude,
    exponent: i64,
}

impl From<i128> for Decimal {
    fn from(value: i128) -> Self {
        let magnitude = Magnitude::Small(value.unsigned_abs());
        Self(Repr::Finite(Finite { negative: value < 0, magnitude, exponent: 0 }))
    }
}

impl Decimal {
    /// Reads the canonical text of an integer, number or float, or any other that Python's
    /// `Decimal` takes; `None` for other texts and beyond [`ARITHMETIC_DIGITS_MAX`] digits.
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(plain) = parse_plain(text.as_bytes()) {
            return Some(Self(Repr::Finite(plain)));
        }
        Some(Self(match Numeral::parse(text.trim())? {
            Numeral::Infinity { negative } => Repr::Infinity { negative },
            Numeral::NotANumber { .. } => Repr::NotANumber,
            Numeral::Finite { digits, .. } if digits.len() > ARITHMETIC_DIGITS_MAX => return None,
            Numeral::Finite { negative, digits, exponent } => {
                let magnitude = Magnitude::parse(&digits)?;
                Repr::Finite(Finite { negative, magnitude, exponent })
            }
        }))
    }

    pub fn is_nan(&self) -> bool {
        self.0 == Repr::NotANumber
    }

    pub fn is_zero(&self) -> bool {
        matches!(&self.0, Repr::Finite(finite) if finite.magnitude.is_zero())
    }

    /// The number of digits after the point; 0 for whole numbers and special values.
    pub fn scale(&self) -> u64 {
        match &self.0 {
            Repr::Finite(finite) => finite.exponent.min(0).unsigned_abs(),
            _ => 0,
        }
    }

    /// The number times ten to the power of `scale`, when that is whole and fits.
    pub fn to_scaled(&self, scale: u32) -> Option<i128> {
        let Repr::Finite(finite) = &self.0 else { return None };
        if finite.magnitude.is_zero() {
            return Some(0);
        }
        let shift = finite.exponent.checked_add(i64::from(scale))?;
        if shift.abs() > 2 * i64::try_from(ARITHMETIC_DIGITS_MAX).ok()? {
            return None;
        }
        let power = Magnitude::power_of_ten(u32::try_from(shift.unsigned_abs()).ok()?);
        let whole = if shift >= 0 {
            finite.magnitude.multiply(&power)
        } else {
            let (quotient, remainder) = finite.magnitude.divide(&power);
            remainder.is_zero().then_some(quotient)?
        };
        let Magnitude::Small(size) = whole else { return None };
        let size = i128::try_from(size).ok()?;
        Some(if finite.negative { -size } else { size })
    }

    /// The nearest whole number, a half to the even one, when it fits.
    pub fn to_whole(&self) -> Option<i128> {
        let Repr::Finite(finite) = &self.0 else { return None };
        let rounded = match finite.exponent {
            0.. => finite.clone(),
            _ => finite.drop_digits(-finite.exponent),
        };
        Self(Repr::Finite(rounded)).to_scaled(0)
    }

    /// Compares by value; `None` when either is not a number.
    pub fn compare(&self, other: &Self) -> Option<Ordering> {
        let side = |negative: bool| if negative { Ordering::Less } else { Ordering::Greater };
        match (&self.0, &other.0) {
            (Repr::NotANumber, _) | (_, Repr::NotANumber) => None,
            (Repr::Infinity { negative: a }, Repr::Infinity { negative: b }) => Some(b.cmp(a)),
            (Repr::Infinity { negative }, _) => Some(side(*negative)),
            (_, Repr::Infinity { negative }) => Some(side(*negative).reverse()),
            (Repr::Finite(a), Repr::Finite(b)) => Some(a.compare(b)),
        }
    }

    /// The sum, with 28 digits.
    #[must_use]
    pub fn add(&self, other: &Self) -> Self {
        self.combine(other, |a, b| a.add(b).rounded())
    }

    /// The sum, with all digits; for integers, which have no bound. Numbers whose exponents are
    /// more than [`ARITHMETIC_DIGITS_MAX`] apart are rounded all the same.
    #[must_use]
    pub fn add_exact(&self, other: &Self) -> Self {
        self.combine(other, |a, b| {
            let apart = a.exponent.abs_diff(b.exponent);
            if usize::try_from(apart).is_ok_and(|apart| apart <= ARITHMETIC_DIGITS_MAX) {
                a.add_exact(b)
            } else {
                a.add(b).rounded()
            }
        })
    }

    /// The product, with 28 digits.
    #[must_use]
    pub fn multiply(&self, other: &Self) -> Self {
        let product = self.multiply_exact(other);
        match product.0 {
            Repr::Finite(finite) => Self(Repr::Finite(finite.rounded())),
            special => Self(special),
        }
    }

    /// The product, with all digits; for integers, which have no bound.
    #[must_use]
    pub fn multiply_exact(&self, other: &Self) -> Self {
        match (&self.0, &other.0) {
            (Repr::Finite(a), Repr::Finite(b)) => Self(Repr::Finite(a.multiply(b))),
            (Repr::NotANumber, _) | (_, Repr::NotANumber) => Self(Repr::NotANumber),
            _ if self.is_zero() || other.is_zero() => Self(Repr::NotANumber),
            _ => Self(Repr::Infinity { negative: self.is_negative() != other.is_negative() }),
        }
    }

    /// The quotient, with 28 digits; `None` when `divisor` is zero.
    pub fn divide(&self, divisor: &Self) -> Option<Self> {
        if divisor.is_zero() {
            return None;
        }
        Some(Self(match (&self.0, &divisor.0) {
            (Repr::Finite(a), Repr::Finite(b)) => Repr::Finite(a.divide(b)),
            (Repr::Infinity { negative }, Repr::Finite(b)) => {
                Repr::Infinity { negative: *negative != b.negative }
            }
            (Repr::Finite(a), Repr::Infinity { negative }) => Repr::Finite(Finite {
                negative: a.negative != *negative,
                magnitude: Magnitude::ZERO,
                exponent: 0,
            }),
            _ => Repr::NotANumber,
        }))
    }

    /// The number with the fewest digits that has the same value; equal numbers become equal
    /// texts.
    #[must_use]
    pub fn reduced(&self) -> Self {
        let Repr::Finite(finite) = &self.0 else { return self.clone() };
        Self(Repr::Finite(finite.reduced(i64::MAX)))
    }

    fn is_negative(&self) -> bool {
        match &self.0 {
            Repr::Finite(finite) => finite.negative,
            Repr::Infinity { negative } => *negative,
            Repr::NotANumber => false,
        }
    }

    fn combine(&self, other: &Self, sum: impl Fn(&Finite, &Finite) -> Finite) -> Self {
        Self(match (&self.0, &other.0) {
            (Repr::Finite(a), Repr::Finite(b)) => Repr::Finite(sum(a, b)),
            (Repr::Infinity { negative: a }, Repr::Infinity { negative: b }) if a != b => {
                Repr::NotANumber
            }
            (Repr::NotANumber, _) | (_, Repr::NotANumber) => Repr::NotANumber,
            (Repr::Infinity { negative }, _) | (_, Repr::Infinity { negative }) => {
                Repr::Infinity { negative: *negative }
            }
        })
    }
}

impl std::fmt::Display for Decimal {
    /// Python's `str(Decimal)`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let numeral = match &self.0 {
            Repr::Finite(finite) => Numeral::Finite {
                negative: finite.negative,
                digits: finite.magnitude.to_string(),
                exponent: finite.exponent,
            },
            Repr::Infinity { negative } => Numeral::Infinity { negative: *negative },
            Repr::NotANumber => Numeral::NotANumber { negative: false, signals: false },
        };
        numeral.fmt(f)
    }
}

impl Finite {
    fn adjusted(&self) -> i64 {
        self.exponent + self.magnitude.digits() - 1
    }

    fn compare(&self, other: &Self) -> Ordering {
        match (self.magnitude.is_zero(), other.magnitude.is_zero()) {
            (true, true) => return Ordering::Equal,
            (true, false) if other.negative => return Ordering::Greater,
            (true, false) => return Ordering::Less,
            (false, true) if self.negative => return Ordering::Less,
            (false, true) => return Ordering::Greater,
            (false, false) => {}
        }
        if self.negative != other.negative {
            return other.negative.cmp(&self.negative);
        }
        // With equal leading positions the exponents differ by no more than the digits do.
        let size = self.adjusted().cmp(&other.adjusted()).then_with(|| {
            let common = self.exponent.min(other.exponent);
            self.raised_to(common).cmp(&other.raised_to(common))
        });
        if self.negative { size.reverse() } else { size }
    }

    /// The magnitude when written with the smaller `exponent`.
    fn raised_to(&self, exponent: i64) -> Magnitude {
        match u32::try_from(self.exponent - exponent) {
            Ok(0) => self.magnitude.clone(),
            Ok(_) if self.magnitude.is_zero() => Magnitude::ZERO,
            Ok(zeros) => self.magnitude.multiply(&Magnitude::power_of_ten(zeros)),
            Err(_) => unreachable!("exponents {} and {exponent} are too far apart", self.exponent),
        }
    }

    fn add_exact(&self, other: &Self) -> Self {
        let exponent = self.exponent.min(other.exponent);
        let (a, b) = (self.raised_to(exponent), other.raised_to(exponent));
        let (negative, magnitude) = match (self.negative == other.negative, a.cmp(&b)) {
            (true, _) => (self.negative, a.add(&b)),
            (false, Ordering::Equal) => (false, Magnitude::ZERO),
            (false, Ordering::Greater) => (self.negative, a.subtract(&b)),
            (false, Ordering::Less) => (other.negative, b.subtract(&a)),
        };
        Self { negative, magnitude, exponent }
    }

    /// The sum, exact as far as rounding can see.
    fn add(&self, other: &Self) -> Self {
        if self.magnitude.is_zero() || other.magnitude.is_zero() {
            return self.add_to_zero(other);
        }
        let (high, low) =
            if self.exponent >= other.exponent { (self, other) } else { (other, self) };
        // A number far below the last digit counts only as "a little more": as one such digit.
        let last = high.exponent + (high.magnitude.digits() - PRECISION - 2).min(-1);
        if low.adjusted() < last {
            let little =
                Self { negative: low.negative, magnitude: Magnitude::Small(1), exponent: last };
            return high.add_exact(&little);
        }
        high.add_exact(low)
    }

    fn add_to_zero(&self, other: &Self) -> Self {
        let common = self.exponent.min(other.exponent);
        if self.magnitude.is_zero() && other.magnitude.is_zero() {
            let negative = self.negative && other.negative;
            return Self { negative, magnitude: Magnitude::ZERO, exponent: common };
        }
        let number = if self.magnitude.is_zero() { other } else { self };
        let exponent = common.max(number.exponent - PRECISION - 1).min(number.exponent);
        let magnitude = number.raised_to(exponent);
        Self { negative: number.negative, magnitude, exponent }
    }

    fn multiply(&self, other: &Self) -> Self {
        Self {
            negative: self.negative != other.negative,
            magnitude: self.magnitude.multiply(&other.magnitude),
            exponent: self.exponent.saturating_add(other.exponent),
        }
    }

    fn divide(&self, divisor: &Self) -> Self {
        let negative = self.negative != divisor.negative;
        let ideal = self.exponent.saturating_sub(divisor.exponent);
        if self.magnitude.is_zero() {
            return Self { negative, magnitude: Magnitude::ZERO, exponent: ideal };
        }
        let shift = divisor.magnitude.digits() - self.magnitude.digits() + PRECISION + 1;
        let power = Magnitude::power_of_ten(u32::try_from(shift.abs()).unwrap_or(u32::MAX));
        let (quotient, remainder) = if shift >= 0 {
            self.magnitude.multiply(&power).divide(&divisor.magnitude)
        } else {
            self.magnitude.divide(&divisor.magnitude.multiply(&power))
        };
        let exponent = ideal.saturating_sub(shift);
        if remainder.is_zero() {
            return Self { negative, magnitude: quotient, exponent }.reduced(ideal).rounded();
        }
        // What was cut off must not look like exactly a half.
        let five = Magnitude::Small(5);
        let magnitude = if quotient.divide(&five).1.is_zero() {
            quotient.add(&Magnitude::Small(1))
        } else {
            quotient
        };
        Self { negative, magnitude, exponent }.rounded()
    }

    /// Without trailing zeros, as far as the exponent stays below `ideal`.
    fn reduced(&self, ideal: i64) -> Self {
        let mut reduced = self.clone();
        if reduced.magnitude.is_zero() {
            return Self { exponent: if ideal == i64::MAX { 0 } else { ideal }, ..reduced };
        }
        let ten = Magnitude::Small(10);
        while reduced.exponent < ideal {
            let (quotient, remainder) = reduced.magnitude.divide(&ten);
            if !remainder.is_zero() {
                break;
            }
            reduced.magnitude = quotient;
            reduced.exponent += 1;
        }
        reduced
    }

    /// With at most 28 digits.
    fn rounded(self) -> Self {
        match self.magnitude.digits() - PRECISION {
            ..=0 => self,
            surplus => {
                let rounded = self.drop_digits(surplus);
                // 999.. became 1000..
                if rounded.magnitude.digits() > PRECISION {
                    rounded.drop_digits(1)
                } else {
                    rounded
                }
            }
        }
    }

    /// Without the last `count` digits, a half rounded to the even digit.
    fn drop_digits(&self, count: i64) -> Self {
        let exponent = self.exponent + count;
        if count > self.magnitude.digits() + 1 {
            return Self { magnitude: Magnitude::ZERO, exponent, ..self.clone() };
        }
        let power = Magnitude::power_of_ten(u32::try_from(count).unwrap_or(u32::MAX));
        let (quotient, remainder) = self.magnitude.divide(&power);
        let odd = !quotient.divide(&Magnitude::Small(2)).1.is_zero();
        let up = match remainder.add(&remainder).cmp(&power) {
            Ordering::Less => false,
            Ordering::Equal => odd,
            Ordering::Greater => true,
        };
        let magnitude = if up { quotient.add(&Magnitude::Small(1)) } else { quotient };
        Self { negative: self.negative, magnitude, exponent }
    }
}

/// The short way for texts like `-1.50` of at most 38 digits.
fn parse_plain(text: &[u8]) -> Option<Finite> {
    let (negative, unsigned) = match text {
        [b'-', rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    if unsigned.len() > 38 {
        return None;
    }
    let mut size: u128 = 0;
    let mut places = None;
    for byte in unsigned {
        match byte {
            b'0'..=b'9' => {
                size = size * 10 + u128::from(byte - b'0');
                places = places.map(|places: i64| places + 1);
            }
            b'.' if places.is_none() => places = Some(0),
            _ => return None,
        }
    }
    let digits = unsigned.len() - usize::from(places.is_some());
    let exponent = -places.unwrap_or(0);
    (digits > 0).then_some(Finite { negative, magnitude: Magnitude::Small(size), exponent })
}

#[cfg(test)]
mod tests;
