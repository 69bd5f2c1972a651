//! ISO 8601 durations: reading, normalising, and their length.

use std::fmt::Write;

use crate::cast::decimal::Decimal;

const SECOND: i128 = 1_000_000;
const DAY: i128 = 86_400 * SECOND;
/// The bound of Python's `timedelta`.
const DAYS_MAX: i128 = 999_999_999;
/// A twelfth of the Gregorian year of 365.2425 days, for comparing months with days.
const MONTH_MICROS: i128 = 2_629_746 * SECOND;

/// A duration: years and months, whose length varies, and an exact rest.
#[derive(Debug, Clone, PartialEq)]
pub struct Duration {
    pub negative: bool,
    /// Not negative; fractions such as `P1.5Y` are allowed.
    pub years: Decimal,
    pub months: Decimal,
    pub micros: i128,
}

impl Duration {
    /// Reads an ISO 8601 duration (`P1Y2M3W4DT5H6M7.5S`), or its alternative form
    /// (`P0001-02-03T04:05:06`). At least one component must be there, in this order.
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let body = unsigned.strip_prefix('P')?;
        let mut duration = Self::components(body).or_else(|| Self::alternative(body))?;
        if duration.micros / DAY > DAYS_MAX {
            return None;
        }
        duration.negative = negative && duration.nominal_micros() != 0;
        Some(duration)
    }

    /// The length in microseconds, a month being a twelfth of 365.2425 days.
    pub fn nominal_micros(&self) -> i128 {
        let months = scaled(&self.years, MONTH_MICROS * 12) + scaled(&self.months, MONTH_MICROS);
        let length = months + self.micros;
        if self.negative { -length } else { length }
    }

    fn components(body: &str) -> Option<Self> {
        let (date, time) = match body.split_once('T') {
            Some((date, time)) => (date, Some(time)),
            None => (body, None),
        };
        let mut found = Components::default();
        found.read(date, "YMWD")?;
        found.read(time.unwrap_or_default(), "hms")?;
        if found.count == 0 {
            return None;
        }
        Some(Self {
            negative: false,
            years: found.years,
            months: found.months,
            micros: found.micros,
        })
    }

    fn alternative(body: &str) -> Option<Self> {
        let digits: String = match body.as_bytes() {
            [_, _, _, _, b'-', _, _, b'-', _, _, b'T', _, _, b':', _, _, b':', _, _] => {
                body.replace(['-', ':', 'T'], "")
            }
            [_, _, _, _, _, _, _, _, b'T', _, _, _, _, _, _] => body.replace('T', ""),
            _ => return None,
        };
        let part = |from: usize, to: usize| digits.get(from..to)?.parse::<u32>().ok();
        let (years, months, days) = (part(0, 4)?, part(4, 6)?, part(6, 8)?);
        let (hours, minutes, seconds) = (part(8, 10)?, part(10, 12)?, part(12, 14)?);
        let in_range = digits.len() == 14 && months <= 12 && days <= 31;
        if !in_range || hours > 24 || minutes > 59 || seconds > 59 {
            return None;
        }
        let clock = i128::from(hours * 3600 + minutes * 60 + seconds);
        Some(Self {
            negative: false,
            years: Decimal::from(i128::from(years)),
            months: Decimal::from(i128::from(months)),
            micros: i128::from(days) * DAY + clock * SECOND,
        })
    }
}

impl std::fmt::Display for Duration {
    /// Years and months as they are, the rest as days, hours, minutes and seconds.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut text = String::new();
        for (amount, unit) in [(&self.years, 'Y'), (&self.months, 'M')] {
            if !amount.is_zero() {
                write!(text, "{amount}{unit}")?;
            }
        }
        let days = self.micros / DAY;
        if days > 0 {
            write!(text, "{days}D")?;
        }
        let clock = self.micros % DAY;
        if clock > 0 {
            text.push('T');
        }
        let (seconds, fraction) = (clock / SECOND, clock % SECOND);
        for (amount, unit) in [(seconds / 3600, 'H'), (seconds / 60 % 60, 'M')] {
            if amount > 0 {
                write!(text, "{amount}{unit}")?;
            }
        }
        if fraction > 0 {
            let second = format!("{}.{fraction:06}", seconds % 60);
            write!(text, "{}S", second.trim_end_matches('0'))?;
        } else if seconds % 60 > 0 {
            write!(text, "{}S", seconds % 60)?;
        }
        if text.is_empty() {
            text.push_str("0D");
        }
        write!(f, "{}P{text}", if self.negative { "-" } else { "" })
    }
}

#[derive(Debug)]
struct Components {
    years: Decimal,
    months: Decimal,
    micros: i128,
    count: usize,
}

impl Default for Components {
    fn default() -> Self {
        Self { years: Decimal::from(0), months: Decimal::from(0), micros: 0, count: 0 }
    }
}

impl Components {
    /// Reads amounts whose units follow in the order of `units`; the units of the clock are
    /// written small there, to tell minutes from months.
    fn read(&mut self, text: &str, units: &str) -> Option<()> {
        let mut units = units.chars();
        let mut rest = text;
        while !rest.is_empty() {
            let at = rest.find(|c: char| !c.is_ascii_digit() && c != '.' && c != ',')?;
            let (amount, tail) = rest.split_at(at);
            let unit = tail.chars().next()?;
            let unit = units.find(|known| known.to_ascii_uppercase() == unit)?;
            let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
            if !edge(amount.chars().next()) || !edge(amount.chars().next_back()) {
                return None;
            }
            let amount = Decimal::parse(&amount.replace(',', "."))?;
            match unit {
                'Y' => self.years = amount,
                'M' => self.months = amount,
                'W' => self.micros += scaled(&amount, 7 * DAY),
                'D' => self.micros += scaled(&amount, DAY),
                'h' => self.micros += scaled(&amount, 3600 * SECOND),
                'm' => self.micros += scaled(&amount, 60 * SECOND),
                _ => self.micros += scaled(&amount, SECOND),
            }
            self.count += 1;
            rest = tail.get(1..)?;
        }
        Some(())
    }
}

/// `amount` times `unit` as a whole number; beyond the largest duration, just beyond it.
fn scaled(amount: &Decimal, unit: i128) -> i128 {
    let product = amount.multiply_exact(&Decimal::from(unit));
    product.to_whole().unwrap_or(i128::MAX / 16).min(i128::MAX / 16)
}

#[cfg(test)]
mod tests;
