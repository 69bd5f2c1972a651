//! Decimal numbers in a format: all digits that are not rounded away are kept.

use super::spec::{Figures, Spec};

/// Digits and the power of ten of the last one.
#[derive(Debug)]
struct Decimal {
    digits: String,
    exponent: i64,
}

/// Writes the number `text`, which has the form of Python's `str(Decimal)`.
pub(super) fn write(out: &mut String, text: &str, spec: &Spec) -> Result<(), String> {
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(unsigned) => (true, unsigned),
        None => (false, text),
    };
    let kind = spec.kind.unwrap_or('G');
    let lower = if kind == 'n' { 'g' } else { kind.to_ascii_lowercase() };
    if !matches!(lower, 'e' | 'f' | 'g' | '%') {
        return Err(format!("a number has no format type `{kind}`"));
    }
    let percent = if lower == '%' { "%" } else { "" };
    if !unsigned.starts_with(|c: char| c.is_ascii_digit()) {
        let figures = Figures { negative, prefix: "", whole: unsigned, tail: percent, group: 0 };
        spec.write_figures(out, &figures);
        return Ok(());
    }
    let mut number = Decimal::parse(unsigned);
    if lower == '%' {
        number.exponent = number.exponent.saturating_add(2);
    }
    number.round(lower, spec.precision)?;
    let (whole, tail) = number.written(lower, spec.precision, kind.is_ascii_uppercase())?;
    let tail = tail + percent;
    let figures = Figures { negative, prefix: "", whole: &whole, tail: &tail, group: 3 };
    spec.write_figures(out, &figures);
    Ok(())
}

impl Decimal {
    fn parse(unsigned: &str) -> Self {
        let (mantissa, exponent) = unsigned.split_once(['E', 'e']).unwrap_or((unsigned, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all = format!("{whole}{fraction}");
        let digits = all.trim_start_matches('0');
        let digits = if digits.is_empty() { "0" } else { digits }.to_owned();
        let exponent = exponent.trim_start_matches('+').parse::<i64>().unwrap_or_default();
        Self { digits, exponent: exponent.saturating_sub(count(fraction)) }
    }

    fn is_zero(&self) -> bool {
        self.digits == "0"
    }

    /// Rounds as the precision of format type `kind` asks.
    fn round(&mut self, kind: char, precision: Option<usize>) -> Result<(), String> {
        let places = |precision: usize| i64::try_from(precision).unwrap_or(i64::MAX);
        match (kind, precision) {
            ('e', Some(precision)) => self.round_to_digits(precision + 1, true),
            ('f' | '%', Some(precision)) => self.round_to_exponent(-places(precision))?,
            ('f' | '%', None) if self.is_zero() && self.exponent > 0 => self.exponent = 0,
            ('g', Some(precision)) => self.round_to_digits(precision.max(1), false),
            _ => {}
        }
        Ok(())
    }

    /// At most `wanted` digits, a half rounded to the even one; exactly so many when `fill`.
    fn round_to_digits(&mut self, wanted: usize, fill: bool) {
        let surplus = self.digits.len().saturating_sub(wanted);
        if surplus > 0 {
            self.drop_digits(surplus);
            // 9.99 became 10.0.
            if self.digits.len() > wanted {
                self.digits.pop();
                self.exponent += 1;
            }
        } else if fill && !self.is_zero() {
            let missing = wanted - self.digits.len();
            self.digits.extend(std::iter::repeat_n('0', missing));
            self.exponent -= i64::try_from(missing).unwrap_or(i64::MAX);
        }
    }

    /// The last digit stands for ten to the power of `exponent`.
    fn round_to_exponent(&mut self, exponent: i64) -> Result<(), String> {
        let shift = self.exponent.saturating_sub(exponent);
        if self.is_zero() {
            self.exponent = exponent;
        } else if shift >= 0 {
            let zeros = usize::try_from(shift).ok().filter(|zeros| *zeros <= DIGITS_MAX);
            let zeros = zeros.ok_or("the number has too many digits")?;
            self.digits.extend(std::iter::repeat_n('0', zeros));
            self.exponent = exponent;
        } else {
            self.drop_digits(usize::try_from(-shift).unwrap_or(usize::MAX));
            self.exponent = exponent;
        }
        Ok(())
    }

    fn drop_digits(&mut self, dropped: usize) {
        let kept = self.digits.len().saturating_sub(dropped);
        let cut =
            if dropped > self.digits.len() { "0" } else { self.digits.get(kept..).unwrap_or("0") };
        let is_odd = self.digits.get(..kept).and_then(|digits| digits.bytes().last());
        let is_odd = is_odd.is_some_and(|digit| digit % 2 == 1);
        let half = cut.trim_end_matches('0');
        let up = match half.bytes().next() {
            Some(b'5') if half.len() == 1 => is_odd,
            first => first.is_some_and(|digit| digit >= b'5'),
        };
        self.digits.truncate(kept);
        if up {
            increment(&mut self.digits);
        }
        if self.digits.is_empty() {
            self.digits.push('0');
        }
        self.exponent = self.exponent.saturating_add(i64::try_from(dropped).unwrap_or(i64::MAX));
    }

    /// The digits before the point, and everything after them.
    fn written(
        &self,
        kind: char,
        precision: Option<usize>,
        upper: bool,
    ) -> Result<(String, String), String> {
        let left = self.exponent.saturating_add(count(&self.digits));
        let point = match kind {
            'e' => match precision {
                Some(precision) if self.is_zero() => {
                    1 - i64::try_from(precision).unwrap_or(i64::MAX)
                }
                _ => 1,
            },
            'g' if self.exponent <= 0 && left > -6 => left,
            'g' => 1,
            _ => left,
        };
        let too_many = "the number has too many digits";
        let zeros = |count: i64| {
            let count = usize::try_from(count).ok().filter(|count| *count <= DIGITS_MAX);
            count.map(|count| "0".repeat(count)).ok_or(too_many)
        };
        let digits = count(&self.digits);
        let (whole, mut fraction) = if point <= 0 {
            ("0".to_owned(), zeros(-point)? + &self.digits)
        } else if point > digits {
            (self.digits.clone() + &zeros(point - digits)?, String::new())
        } else {
            let (whole, fraction) = self.digits.split_at(usize::try_from(point).unwrap_or(0));
            (whole.to_owned(), fraction.to_owned())
        };
        if !fraction.is_empty() {
            fraction.insert(0, '.');
        }
        let exponent = left - point;
        if exponent != 0 || kind == 'e' {
            fraction.push_str(&format!("{}{exponent:+}", if upper { 'E' } else { 'e' }));
        }
        Ok((whole, fraction))
    }
}

/// Most zeros that a plain form may need.
const DIGITS_MAX: usize = 10_000;

fn count(digits: &str) -> i64 {
    i64::try_from(digits.len()).unwrap_or(i64::MAX)
}

/// Adds one to the last digit.
fn increment(digits: &mut String) {
    let kept = digits.trim_end_matches('9').len();
    let nines = digits.len() - kept;
    digits.truncate(kept);
    let last = digits.pop().and_then(|digit| digit.to_digit(10)).unwrap_or(0);
    digits.extend(char::from_digit(last + 1, 10));
    digits.extend(std::iter::repeat_n('0', nines));
}
