//! Natural numbers without bound that are fast while they fit 128 bits.

use std::cmp::Ordering;

use bigdecimal::num_bigint::BigUint;

/// A natural number. One that fits 128 bits is always `Small`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Magnitude {
    Small(u128),
    Large(BigUint),
}

impl Magnitude {
    pub(super) const ZERO: Self = Self::Small(0);

    fn from_big(value: BigUint) -> Self {
        u128::try_from(&value).map_or(Self::Large(value), Self::Small)
    }

    fn to_big(&self) -> BigUint {
        match self {
            Self::Small(value) => BigUint::from(*value),
            Self::Large(value) => value.clone(),
        }
    }

    /// Reads ASCII digits.
    pub(super) fn parse(digits: &str) -> Option<Self> {
        match digits.parse::<u128>() {
            Ok(value) => Some(Self::Small(value)),
            Err(_) => BigUint::parse_bytes(digits.as_bytes(), 10).map(Self::from_big),
        }
    }

    pub(super) fn is_zero(&self) -> bool {
        *self == Self::ZERO
    }

    /// The number of decimal digits; one for zero.
    pub(super) fn digits(&self) -> i64 {
        match self {
            Self::Small(value) => i64::from(value.checked_ilog10().unwrap_or(0)) + 1,
            Self::Large(value) => i64::try_from(value.to_string().len()).unwrap_or(i64::MAX),
        }
    }

    pub(super) fn add(&self, other: &Self) -> Self {
        if let (Self::Small(a), Self::Small(b)) = (self, other)
            && let Some(sum) = a.checked_add(*b)
        {
            return Self::Small(sum);
        }
        Self::from_big(self.to_big() + other.to_big())
    }

    /// The difference; `other` must not be larger.
    pub(super) fn subtract(&self, other: &Self) -> Self {
        if let (Self::Small(a), Self::Small(b)) = (self, other) {
            return Self::Small(a - b);
        }
        Self::from_big(self.to_big() - other.to_big())
    }

    pub(super) fn multiply(&self, other: &Self) -> Self {
        if let (Self::Small(a), Self::Small(b)) = (self, other)
            && let Some(product) = a.checked_mul(*b)
        {
            return Self::Small(product);
        }
        Self::from_big(self.to_big() * other.to_big())
    }

    /// Quotient and remainder; `other` must not be zero.
    pub(super) fn divide(&self, other: &Self) -> (Self, Self) {
        if let (Self::Small(a), Self::Small(b)) = (self, other) {
            return (Self::Small(a / b), Self::Small(a % b));
        }
        let (a, b) = (self.to_big(), other.to_big());
        (Self::from_big(&a / &b), Self::from_big(&a % &b))
    }

    /// Ten to the power of `exponent`.
    pub(super) fn power_of_ten(exponent: u32) -> Self {
        match 10_u128.checked_pow(exponent) {
            Some(power) => Self::Small(power),
            None => Self::from_big(BigUint::from(10_u8).pow(exponent)),
        }
    }
}

impl PartialOrd for Magnitude {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Magnitude {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Small(a), Self::Small(b)) => a.cmp(b),
            (Self::Small(_), Self::Large(_)) => Ordering::Less,
            (Self::Large(_), Self::Small(_)) => Ordering::Greater,
            (Self::Large(a), Self::Large(b)) => a.cmp(b),
        }
    }
}

impl std::fmt::Display for Magnitude {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Small(value) => write!(f, "{value}"),
            Self::Large(value) => write!(f, "{value}"),
        }
    }
}
