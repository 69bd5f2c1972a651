//! Dates and times in whatever way people write them: the format `any`.
//!
//! Where three numbers could be read in several ways the month comes first, as Python's
//! `dateutil` reads them; a number that cannot be a month is a day, one of more than two digits a
//! year. Unlike there nothing is taken from today's date: what the text leaves open is the first
//! of the month, and a text that leaves the year open is no date. Years of two digits lie in
//! 1969 to 2068.

use chrono::NaiveDate;

use super::digits::ascii_digits;
use super::moment::Moment;
use super::strptime::{MONTHS, WEEKDAYS};

const HOUR: i64 = 3_600_000_000;
const MINUTE: i64 = 60_000_000;
const SECOND: i64 = 1_000_000;

/// Words that add nothing.
const FILLERS: [&str; 11] = ["at", "on", "and", "ad", "m", "t", "of", "st", "nd", "rd", "th"];

/// Longest text that is looked at; no date is longer.
const TEXT_BYTES_MAX: usize = 128;

/// Reads a date with an optional time of day.
pub(super) fn date_time(text: &str) -> Option<Moment> {
    let reading = read(text)?;
    let micros = reading.micros.unwrap_or(0);
    Some(Moment { date: reading.date()?, micros, offset_minutes: reading.offset_minutes })
}

/// Reads a time of day, also one that follows a date; midnight when only a date is there.
pub(super) fn time(text: &str) -> Option<Moment> {
    let reading = read(text)?;
    let date = reading.date();
    let is_no_date = reading.parts.len() == 3 && date.is_none();
    if is_no_date || (reading.micros.is_none() && date.is_none()) {
        return None;
    }
    let micros = reading.micros.unwrap_or(0);
    Some(Moment { date: date.unwrap_or_default(), micros, offset_minutes: None })
}

fn read(text: &str) -> Option<Reading> {
    if text.len() > TEXT_BYTES_MAX {
        return None;
    }
    let text = ascii_digits(text);
    let tokens = tokens(&text);
    let mut reading = Reading::default();
    let mut rest = tokens.as_slice();
    while let Some(next) = reading.take(rest)? {
        rest = next;
    }
    Some(reading)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token<'t> {
    Digits(&'t str),
    Word(&'t str),
    Sign(char),
    Space,
}

fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let same: fn(char) -> bool = match first {
            '0'..='9' => |c| c.is_ascii_digit(),
            c if c.is_alphabetic() => char::is_alphabetic,
            c if c.is_whitespace() => char::is_whitespace,
            _ => |_| false,
        };
        let end = rest.find(|c| !same(c)).unwrap_or(rest.len()).max(first.len_utf8());
        let (token, tail) = rest.split_at(end);
        tokens.push(match first {
            '0'..='9' => Token::Digits(token),
            c if c.is_alphabetic() => Token::Word(token),
            c if c.is_whitespace() => Token::Space,
            c => Token::Sign(c),
        });
        rest = tail;
    }
    tokens
}

/// What was understood so far.
#[derive(Debug, Default)]
struct Reading {
    /// The numbers of the date in order, a named month among them.
    parts: Vec<DatePart>,
    micros: Option<i64>,
    has_half_day: bool,
    offset_minutes: Option<i32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum DatePart {
    /// One or two digits.
    Short(u32),
    /// A number that can only be a year.
    Year(u32),
    MonthName(u32),
}

type Rest<'r, 't> = Option<Option<&'r [Token<'t>]>>;

impl Reading {
    /// Takes one piece off `tokens`: `None` when it makes no sense, `Some(None)` at the end.
    fn take<'r, 't>(&mut self, tokens: &'r [Token<'t>]) -> Rest<'r, 't> {
        let Some((first, rest)) = tokens.split_first() else { return Some(None) };
        match *first {
            Token::Space => Some(Some(rest)),
            Token::Digits(digits) => self.number(digits, rest).map(Some),
            Token::Word(word) => self.word(word, rest).map(Some),
            Token::Sign(sign @ ('+' | '-')) if self.micros.is_some() => match rest.first() {
                Some(Token::Digits(_)) => self.offset(sign == '-', rest).map(Some),
                _ if sign == '-' => Some(Some(rest)),
                _ => None,
            },
            Token::Sign('.' | ',' | ';' | '-' | '/' | '\'') => Some(Some(rest)),
            // The name of the zone behind its offset: `+0200 (CEST)`.
            Token::Sign('(') if self.offset_minutes.is_some() => match rest {
                [Token::Word(_), Token::Sign(')'), rest @ ..] => Some(Some(rest)),
                _ => None,
            },
            Token::Sign(_) => None,
        }
    }

    fn number<'r, 't>(
        &mut self,
        digits: &'t str,
        rest: &'r [Token<'t>],
    ) -> Option<&'r [Token<'t>]> {
        if let [Token::Sign(':'), Token::Digits(minutes), rest @ ..] = rest {
            return self.clock(digits, minutes, rest);
        }
        let after_space = rest.strip_prefix(&[Token::Space]).unwrap_or(rest);
        if let Some((Token::Word(word), after_word)) = after_space.split_first() {
            if let Some(unit) = unit(word) {
                return self.amount(digits, "", unit, after_word);
            }
            if let Some(afternoon) = half_day(word) {
                self.set_clock(natural(digits)? * HOUR)?;
                self.half_day(afternoon)?;
                return Some(after_word);
            }
        }
        if let [Token::Sign('.'), Token::Digits(fraction), Token::Word(word), rest @ ..] = rest
            && let Some(unit) = unit(word)
        {
            return self.amount(digits, fraction, unit, rest);
        }
        self.plain_number(digits, rest)
    }

    /// `10:11`, `10:11:12`, `10:11:12.5`, of which the first two numbers are taken off.
    fn clock<'r, 't>(
        &mut self,
        hours: &str,
        minutes: &str,
        rest: &'r [Token<'t>],
    ) -> Option<&'r [Token<'t>]> {
        let (hours, minutes) = (natural(hours)?, natural(minutes)?);
        let mut micros = hours * HOUR + minutes * MINUTE;
        let mut rest = rest;
        let mut seconds = 0;
        if let [Token::Sign(':'), Token::Digits(digits), after @ ..] = rest {
            seconds = natural(digits)?;
            rest = after;
            if let [Token::Sign('.' | ','), Token::Digits(fraction), after @ ..] = rest {
                micros += fraction_micros(fraction)?;
                rest = after;
            }
        }
        if hours > 23 || minutes > 59 || seconds > 59 {
            return None;
        }
        self.set_clock(micros + seconds * SECOND)?;
        Some(rest)
    }

    /// `12h`, `30 m`, `1.5s`; a number directly behind (`12h30`) is of the next smaller unit.
    fn amount<'r, 't>(
        &mut self,
        digits: &str,
        fraction: &str,
        unit: i64,
        rest: &'r [Token<'t>],
    ) -> Option<&'r [Token<'t>]> {
        let micros =
            natural(digits)?.checked_mul(unit)? + fraction_micros(fraction)? * (unit / SECOND);
        let total = self.micros.unwrap_or(0) + micros;
        if total >= 24 * HOUR {
            return None;
        }
        self.micros = Some(total);
        let smaller = unit / 60;
        match rest {
            [Token::Digits(digits), rest @ ..]
                if smaller >= SECOND && !matches!(rest.first(), Some(Token::Word(_))) =>
            {
                self.amount(digits, "", smaller, rest)
            }
            _ => Some(rest),
        }
    }

    /// A number without a sign or word that explains it: its length does.
    fn plain_number<'r, 't>(
        &mut self,
        digits: &str,
        rest: &'r [Token<'t>],
    ) -> Option<&'r [Token<'t>]> {
        let part = |from: usize, to: usize| digits.get(from..to).and_then(natural);
        let has_date = self.parts.len() == 3;
        match digits.len() {
            2 | 4 if has_date && self.micros.is_none() => {
                let minutes = if digits.len() == 4 { part(2, 4)? } else { 0 };
                self.set_clock(part(0, 2)? * HOUR + minutes * MINUTE)?;
            }
            6 if self.parts.is_empty() => {
                for from in [0, 2, 4] {
                    self.parts.push(DatePart::Short(u32::try_from(part(from, from + 2)?).ok()?));
                }
            }
            6 => {
                let clock = part(0, 2)? * HOUR + part(2, 4)? * MINUTE + part(4, 6)? * SECOND;
                if let [Token::Sign('.'), Token::Digits(fraction), rest @ ..] = rest {
                    self.set_clock(clock + fraction_micros(fraction)?)?;
                    return Some(rest);
                }
                self.set_clock(clock)?;
            }
            8 | 12 | 14 if self.parts.is_empty() => {
                self.parts.push(DatePart::Year(u32::try_from(part(0, 4)?).ok()?));
                self.parts.push(DatePart::Short(u32::try_from(part(4, 6)?).ok()?));
                self.parts.push(DatePart::Short(u32::try_from(part(6, 8)?).ok()?));
                if digits.len() > 8 {
                    let seconds = part(12, 14).unwrap_or(0);
                    let clock = part(8, 10)? * HOUR + part(10, 12)? * MINUTE;
                    self.set_clock(clock + seconds * SECOND)?;
                }
            }
            length => {
                let value = u32::try_from(natural(digits)?).ok()?;
                let is_year = length > 2;
                self.parts.push(if is_year {
                    DatePart::Year(value)
                } else {
                    DatePart::Short(value)
                });
            }
        }
        (self.parts.len() <= 3).then_some(rest)
    }

    fn word<'r, 't>(&mut self, word: &str, rest: &'r [Token<'t>]) -> Option<&'r [Token<'t>]> {
        if let Some(month) = named(&MONTHS, word) {
            self.parts.push(DatePart::MonthName(month + 1));
            let one = self.parts.iter().filter(|p| matches!(p, DatePart::MonthName(_))).count();
            return (one == 1 && self.parts.len() <= 3).then_some(rest);
        }
        if named(&WEEKDAYS, word).is_some() {
            return Some(rest);
        }
        let small = word.to_lowercase();
        if let Some(afternoon) = half_day(word)
            && self.micros.is_some()
        {
            self.half_day(afternoon)?;
            return Some(rest);
        }
        if self.micros.is_some() && matches!(small.as_str(), "z" | "utc" | "gmt") {
            self.offset_minutes = Some(0);
            // `GMT+3` says that three hours must be added to get to GMT.
            if let [Token::Sign(sign @ ('+' | '-')), rest @ ..] = rest {
                return self.offset(*sign == '+', rest);
            }
            return Some(rest);
        }
        if FILLERS.contains(&small.as_str()) {
            return Some(rest);
        }
        // The name of some zone, whose offset is not known: the time stays as it is.
        let zone = self.micros.is_some() && word.len() <= 5;
        (zone && word.bytes().all(|b| b.is_ascii_uppercase())).then_some(rest)
    }

    /// `02`, `0200`, `02:00` behind a sign.
    fn offset<'r, 't>(&mut self, west: bool, tokens: &'r [Token<'t>]) -> Option<&'r [Token<'t>]> {
        let (Token::Digits(digits), rest) = tokens.split_first()? else { return None };
        let (hours, minutes, rest) = match (digits.len(), rest) {
            (1 | 2, [Token::Sign(':'), Token::Digits(minutes), rest @ ..]) => {
                (natural(digits)?, natural(minutes)?, rest)
            }
            (1 | 2, rest) => (natural(digits)?, 0, rest),
            (4, rest) => (natural(digits.get(..2)?)?, natural(digits.get(2..)?)?, rest),
            _ => return None,
        };
        if hours > 23 || minutes > 59 {
            return None;
        }
        let total = i32::try_from(hours * 60 + minutes).ok()?;
        self.offset_minutes = Some(if west { -total } else { total });
        Some(rest)
    }

    fn set_clock(&mut self, micros: i64) -> Option<()> {
        if self.micros.is_some() || micros >= 24 * HOUR {
            return None;
        }
        self.micros = Some(micros);
        Some(())
    }

    fn half_day(&mut self, afternoon: bool) -> Option<()> {
        let micros = self.micros?;
        let hour = micros / HOUR;
        if hour > 12 || self.has_half_day {
            return None;
        }
        self.has_half_day = true;
        let shift = match (afternoon, hour) {
            (true, 0..12) => 12,
            (false, 12) => -12,
            _ => 0,
        };
        self.micros = Some(micros + shift * HOUR);
        Some(())
    }

    fn date(&self) -> Option<NaiveDate> {
        use DatePart::{MonthName, Short, Year};
        let (year, month, day) = match *self.parts.as_slice() {
            [Year(year)] if year >= 1000 => (year, 1, 1),
            [Year(year), MonthName(month) | Short(month)]
            | [MonthName(month) | Short(month), Year(year)] => (year, month, 1),
            [MonthName(month), Short(year)] | [Short(year), MonthName(month)] if year > 31 => {
                (full_year(year), month, 1)
            }
            [Year(year), MonthName(month), Short(day)]
            | [Year(year), Short(day), MonthName(month)]
            | [MonthName(month), Year(year), Short(day)]
            | [MonthName(month), Short(day), Year(year)]
            | [Short(day), MonthName(month), Year(year)]
            | [Short(day), Year(year), MonthName(month)] => (year, month, day),
            [MonthName(month), Short(a), Short(b)] if a > 31 => (full_year(a), month, b),
            [MonthName(month), Short(a), Short(b)] => (full_year(b), month, a),
            [Short(a), MonthName(month), Short(b)] if a > 31 => (full_year(a), month, b),
            [Short(a), MonthName(month), Short(b)] => (full_year(b), month, a),
            [Short(a), Short(b), MonthName(month)] if b > 31 => (full_year(b), month, a),
            [Short(a), Short(b), MonthName(month)] => (full_year(a), month, b),
            [Year(year), Short(month), Short(day)] => (year, month, day),
            [Short(a), Short(month), Short(day)] if a > 31 => (full_year(a), month, day),
            [Short(a), Short(b), Short(_) | Year(_)] => {
                let year = match self.parts.last() {
                    Some(Short(year)) => full_year(*year),
                    Some(Year(year)) => *year,
                    _ => return None,
                };
                if a > 12 { (year, b, a) } else { (year, a, b) }
            }
            _ => return None,
        };
        let year = i32::try_from(year).ok().filter(|year| (1..=9999).contains(year))?;
        NaiveDate::from_ymd_opt(year, month, day)
    }
}

fn full_year(short: u32) -> u32 {
    if short < 69 { 2000 + short } else { 1900 + short }
}

/// The microseconds of a unit of the clock.
fn unit(word: &str) -> Option<i64> {
    match word.to_lowercase().as_str() {
        "h" | "hour" | "hours" => Some(HOUR),
        "m" | "minute" | "minutes" => Some(MINUTE),
        "s" | "second" | "seconds" => Some(SECOND),
        _ => None,
    }
}

fn half_day(word: &str) -> Option<bool> {
    match word.to_lowercase().as_str() {
        "am" | "a" => Some(false),
        "pm" | "p" => Some(true),
        _ => None,
    }
}

/// The place of a name in `names`, written out or with its first three letters.
fn named(names: &[&str], word: &str) -> Option<u32> {
    let small = word.to_lowercase();
    let at = names.iter().position(|name| {
        *name == small
            || name.get(..3) == Some(small.as_str())
            || (small == "sept" && *name == "september")
    })?;
    u32::try_from(at).ok()
}

fn natural(digits: &str) -> Option<i64> {
    digits.parse().ok()
}

/// Microseconds of the digits behind a point.
fn fraction_micros(digits: &str) -> Option<i64> {
    natural(format!("{digits:0<6}").get(..6)?)
}

#[cfg(test)]
mod tests;
