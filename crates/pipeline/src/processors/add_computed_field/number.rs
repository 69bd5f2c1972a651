//! Arithmetic as Python does it: integers without bound, decimals with 28 digits, doubles.
//!
//! Columns of plain numbers take a short way: 128-bit integers with a number of decimals, no
//! allocation. What does not fit it is computed value by value.

use std::fmt::Write;

use arrow::array::StringViewBuilder;
use model::python;
use tabular::cast::decimal::Decimal;
use tabular::{Column, Kind, Value};

/// A number of one of Python's types.
#[derive(Debug, Clone)]
pub(super) enum Number {
    Integer(Decimal),
    Decimal(Decimal),
    Float(f64),
}

impl Number {
    /// The integer 0.
    pub(super) fn zero() -> Self {
        Self::Integer(Decimal::from(0))
    }

    /// The number that `value` is, or why it is none.
    pub(super) fn of(value: &Value<'_>) -> Result<Self, String> {
        let too_long = || format!("`{}` has too many digits", value.text);
        match value.kind {
            Kind::Integer => Decimal::parse(&value.text).map(Self::Integer).ok_or_else(too_long),
            Kind::Boolean => Ok(Self::Integer(Decimal::from(i128::from(value.text == "true")))),
            Kind::Number => Decimal::parse(&value.text).map(Self::Decimal).ok_or_else(too_long),
            Kind::Float => value.text.parse().map(Self::Float).map_err(|_| too_long()),
            _ => Err(format!("`{}` is no number", value.text)),
        }
    }

    pub(super) fn add(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Integer(a), Self::Integer(b)) => Self::Integer(a.add_exact(b)),
            (Self::Float(_), Self::Float(_) | Self::Integer(_)) | (_, Self::Float(_))
                if !self.is_decimal() =>
            {
                Self::Float(self.double() + other.double())
            }
            _ => Self::Decimal(self.decimal().add(&other.decimal())),
        }
    }

    pub(super) fn multiply(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Integer(a), Self::Integer(b)) => Self::Integer(a.multiply_exact(b)),
            (Self::Float(_), Self::Float(_) | Self::Integer(_)) | (_, Self::Float(_))
                if !self.is_decimal() =>
            {
                Self::Float(self.double() * other.double())
            }
            _ => Self::Decimal(self.decimal().multiply(&other.decimal())),
        }
    }

    /// The number divided by `count`, which is not zero: a double for an integer.
    pub(super) fn divide(&self, count: usize) -> Self {
        let divisor = Decimal::from(i128::try_from(count).unwrap_or(i128::MAX));
        let quotient = self.decimal().divide(&divisor).expect("the divisor is not zero");
        match self {
            Self::Decimal(_) => Self::Decimal(quotient),
            // 28 digits decide the nearest double.
            Self::Integer(_) => Self::Float(double(&quotient)),
            Self::Float(value) => Self::Float(value / double(&divisor)),
        }
    }

    pub(super) fn into_value(self) -> Value<'static> {
        match self {
            Self::Integer(number) => Value::new(Kind::Integer, number.to_string()),
            Self::Decimal(number) => Value::new(Kind::Number, number.to_string()),
            Self::Float(number) => Value::new(Kind::Float, python::float_text(number)),
        }
    }

    fn is_decimal(&self) -> bool {
        matches!(self, Self::Decimal(_))
    }

    /// Also of a double, whose shortest text it takes: Python would refuse to mix them.
    fn decimal(&self) -> Decimal {
        match self {
            Self::Integer(number) | Self::Decimal(number) => number.clone(),
            Self::Float(number) => Decimal::parse(&python::float_text(*number))
                .expect("the text of a double is a short number"),
        }
    }

    fn double(&self) -> f64 {
        match self {
            Self::Integer(number) | Self::Decimal(number) => double(number),
            Self::Float(number) => *number,
        }
    }
}

fn double(number: &Decimal) -> f64 {
    number.to_string().parse().unwrap_or(f64::NAN)
}

/// A number of the short way: `size` divided by ten to the power of `places`.
#[derive(Debug, Clone, Copy)]
struct Plain {
    size: i128,
    places: u32,
    kind: Kind,
}

/// Digits that a decimal may have before Python rounds it.
const EXACT_MAX: i128 = 10_i128.pow(28) - 1;

impl Plain {
    const ZERO: Self = Self { size: 0, places: 0, kind: Kind::Integer };

    /// Reads a plain number of at most 28 digits.
    fn parse(kind: Kind, text: &str) -> Option<Self> {
        let (negative, unsigned) = match text.as_bytes() {
            [b'-', rest @ ..] => (true, rest),
            rest => (false, rest),
        };
        if unsigned.len() > 28 {
            return None;
        }
        let mut size: i128 = 0;
        let mut places = None;
        for byte in unsigned {
            match byte {
                b'0'..=b'9' => {
                    size = size * 10 + i128::from(byte - b'0');
                    places = places.map(|places: u32| places + 1);
                }
                b'.' if places.is_none() => places = Some(0),
                _ => return None,
            }
        }
        let size = if negative { -size } else { size };
        // A negative zero is for the long way.
        let is_plain = !(negative && size == 0);
        is_plain.then_some(Self { size, places: places.unwrap_or(0), kind })
    }

    fn add(self, other: Self) -> Option<Self> {
        let places = self.places.max(other.places);
        let size = self.scaled(places)?.checked_add(other.scaled(places)?)?;
        Self { size, places, kind: self.kind.max(other.kind) }.exact()
    }

    fn multiply(self, other: Self) -> Option<Self> {
        let size = self.size.checked_mul(other.size)?;
        let places = self.places + other.places;
        // A zero product has a sign in Python when a factor has.
        let is_plain = size != 0 || (self.size >= 0 && other.size >= 0);
        let kind = self.kind.max(other.kind);
        is_plain.then_some(Self { size, places, kind })?.exact()
    }

    fn scaled(self, places: u32) -> Option<i128> {
        self.size.checked_mul(10_i128.checked_pow(places - self.places)?)
    }

    /// Itself, unless Python would round it or write it with an exponent.
    fn exact(self) -> Option<Self> {
        let is_exact = self.size.abs() <= EXACT_MAX;
        let is_small = self.places > 6 && self.size.abs() < 10_i128.checked_pow(self.places - 6)?;
        (is_exact && !is_small).then_some(self)
    }

    fn write(self, out: &mut String) {
        if self.size < 0 {
            out.push('-');
        }
        let size = self.size.unsigned_abs();
        let one = 10_u128.pow(self.places);
        let written = if self.places == 0 {
            write!(out, "{size}")
        } else {
            let width = usize::try_from(self.places).unwrap_or_default();
            write!(out, "{}.{:0width$}", size / one, size % one)
        };
        written.expect("writing to a text does not fail");
    }
}

/// The sums of the rows; `None` when a value is not plain.
pub(super) fn add_columns(sources: &[&Column], rows: usize) -> Option<Column> {
    fold(sources, rows, |values| values.iter().copied().try_fold(Plain::ZERO, Plain::add))
}

/// The products of the rows; `None` when a value is not plain or a row has none.
pub(super) fn multiply_columns(sources: &[&Column], rows: usize) -> Option<Column> {
    fold(sources, rows, |values| {
        let (first, rest) = values.split_first()?;
        rest.iter().copied().try_fold(*first, Plain::multiply)
    })
}

/// `compute` for each row over columns of integers or of decimals.
fn fold(
    sources: &[&Column],
    rows: usize,
    compute: impl Fn(&[Plain]) -> Option<Plain>,
) -> Option<Column> {
    let is_plain = |column: &&Column| matches!(column.kind(), Kind::Integer | Kind::Number);
    if !sources.iter().all(is_plain) {
        return None;
    }
    let mut kind = None;
    let mut results = StringViewBuilder::with_capacity(rows);
    let mut text = String::new();
    let mut values = Vec::with_capacity(sources.len());
    for row in 0..rows {
        values.clear();
        for column in sources {
            if let Some(text) = column.text(row) {
                values.push(Plain::parse(column.kind(), text)?);
            }
        }
        let result = compute(&values)?;
        if *kind.get_or_insert(result.kind) != result.kind {
            return None;
        }
        text.clear();
        result.write(&mut text);
        results.append_value(&text);
    }
    Some(Column::new(kind.unwrap_or(Kind::Integer), results.finish()))
}
