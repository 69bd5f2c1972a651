//! Dates and times by a pattern of `%` directives, read as Python's `strptime` reads them.
//!
//! A directive takes as many characters as it may and gives some back when the rest of the
//! pattern would fail otherwise: `%Y%m%d` reads `202011` as 1 January 2020. Letters match in any
//! case; names are English.

use chrono::{NaiveDate, Weekday};

use super::digits::ascii_digits;
use super::moment::Moment;

pub(super) const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
pub(super) const WEEKDAYS: [&str; 7] =
    ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// A compiled pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DatePattern {
    items: Vec<Item>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Item {
    /// White space, one or more.
    Space,
    /// One character, in lower case.
    Letter(char),
    /// A number of at most `width` digits, within bounds.
    Number {
        part: Part,
        width: usize,
        least: u32,
        most: u32,
    },
    /// The name of a month, cut to `length` letters.
    Month {
        length: usize,
    },
    /// The name of a day of the week, cut to `length` letters.
    Weekday {
        length: usize,
    },
    /// `am` or `pm`.
    HalfDay,
    Fraction,
    Offset,
    Zone,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Year,
    ShortYear,
    Month,
    Day,
    Hour,
    HalfHour,
    Minute,
    Second,
    DayOfYear,
    /// Day of the week, 0 to 6 from Sunday.
    WeekdayFromSunday,
    /// Day of the week, 1 to 7 from Monday.
    WeekdayFromMonday,
    WeekFromSunday,
    WeekFromMonday,
    IsoYear,
    IsoWeek,
}

/// What the directives took from a text.
#[derive(Debug, Clone, Copy, Default)]
struct Parts {
    year: Option<u32>,
    month: Option<u32>,
    day: Option<u32>,
    hour: Option<u32>,
    half_hour: Option<u32>,
    afternoon: bool,
    minute: u32,
    second: u32,
    micros: u32,
    day_of_year: Option<u32>,
    /// Days since Monday.
    weekday: Option<u32>,
    week_from_sunday: Option<u32>,
    week_from_monday: Option<u32>,
    iso_year: Option<u32>,
    iso_week: Option<u32>,
    offset_minutes: Option<i32>,
}

impl DatePattern {
    /// Compiles `pattern`.
    ///
    /// # Errors
    ///
    /// The directive that does not exist.
    pub(super) fn new(pattern: &str) -> Result<Self, String> {
        let mut items = Vec::with_capacity(pattern.len());
        compile(pattern, &mut items)?;
        Ok(Self { items })
    }

    /// Reads a whole text.
    pub(super) fn read(&self, text: &str) -> Option<Moment> {
        let text = ascii_digits(text);
        let (parts, rest) = take(&self.items, &text, Parts::default())?;
        if rest.is_empty() { parts.moment() } else { None }
    }
}

fn compile(pattern: &str, items: &mut Vec<Item>) -> Result<(), String> {
    let mut letters = pattern.chars();
    while let Some(letter) = letters.next() {
        if letter.is_whitespace() {
            if items.last() != Some(&Item::Space) {
                items.push(Item::Space);
            }
        } else if letter != '%' {
            items.extend(letter.to_lowercase().map(Item::Letter));
        } else {
            let directive = letters.next().ok_or("`%` at the end of the pattern")?;
            match composed(directive) {
                Some(pattern) => compile(pattern, items)?,
                None => items.push(item(directive)?),
            }
        }
    }
    Ok(())
}

/// What a directive that stands for several others means in the C locale.
fn composed(directive: char) -> Option<&'static str> {
    match directive {
        'c' => Some("%a %b %d %H:%M:%S %Y"),
        'x' => Some("%m/%d/%y"),
        'X' => Some("%H:%M:%S"),
        _ => None,
    }
}

fn item(directive: char) -> Result<Item, String> {
    let number = |part, width, least, most| Item::Number { part, width, least, most };
    Ok(match directive {
        '%' => Item::Letter('%'),
        'Y' => number(Part::Year, 4, 0, 9999),
        'y' => number(Part::ShortYear, 2, 0, 99),
        'm' => number(Part::Month, 2, 1, 12),
        'd' => number(Part::Day, 2, 1, 31),
        'H' => number(Part::Hour, 2, 0, 23),
        'I' => number(Part::HalfHour, 2, 1, 12),
        'M' => number(Part::Minute, 2, 0, 59),
        'S' => number(Part::Second, 2, 0, 61),
        'j' => number(Part::DayOfYear, 3, 1, 366),
        'w' => number(Part::WeekdayFromSunday, 1, 0, 6),
        'u' => number(Part::WeekdayFromMonday, 1, 1, 7),
        'U' => number(Part::WeekFromSunday, 2, 0, 53),
        'W' => number(Part::WeekFromMonday, 2, 0, 53),
        'G' => number(Part::IsoYear, 4, 0, 9999),
        'V' => number(Part::IsoWeek, 2, 1, 53),
        'b' => Item::Month { length: 3 },
        'B' => Item::Month { length: usize::MAX },
        'a' => Item::Weekday { length: 3 },
        'A' => Item::Weekday { length: usize::MAX },
        'p' => Item::HalfDay,
        'f' => Item::Fraction,
        'z' => Item::Offset,
        'Z' => Item::Zone,
        other => return Err(format!("`%{other}` is not a date directive")),
    })
}

/// Takes `items` off the front of `text`; gives what was read and what is left.
fn take<'t>(items: &[Item], text: &'t str, parts: Parts) -> Option<(Parts, &'t str)> {
    let Some((item, items)) = items.split_first() else { return Some((parts, text)) };
    match *item {
        Item::Space => {
            let rest = text.trim_start();
            if rest.len() == text.len() { None } else { take(items, rest, parts) }
        }
        Item::Letter(letter) => {
            let first = text.chars().next()?;
            let same = first == letter || first.to_lowercase().eq([letter]);
            if same { take(items, text.get(first.len_utf8()..)?, parts) } else { None }
        }
        Item::Number { part, width, least, most } => {
            // Python takes a day that is padded with a space, too.
            let padded = part == Part::Day && text.starts_with(' ');
            let digits = if padded { text.get(1..)? } else { text };
            let exact = matches!(part, Part::Year | Part::ShortYear | Part::IsoYear);
            let shortest = if exact { width } else { 1 };
            let longest = if padded { 1 } else { width };
            (shortest..=longest).rev().find_map(|length| {
                let number = natural(digits, length)?;
                let within = (least..=most).contains(&number);
                let rest = digits.get(length..).filter(|_| within)?;
                take(items, rest, parts.with(part, number))
            })
        }
        Item::Month { length } => name(&MONTHS, text, length)
            .and_then(|(index, rest)| take(items, rest, Parts { month: Some(index + 1), ..parts })),
        Item::Weekday { length } => name(&WEEKDAYS, text, length)
            .and_then(|(index, rest)| take(items, rest, Parts { weekday: Some(index), ..parts })),
        Item::HalfDay => {
            let (half, rest) = text.split_at_checked(2)?;
            let afternoon = half.eq_ignore_ascii_case("pm");
            if !afternoon && !half.eq_ignore_ascii_case("am") {
                return None;
            }
            take(items, rest, Parts { afternoon, ..parts })
        }
        Item::Fraction => (1..=6).rev().find_map(|length| {
            let digits = natural(text, length)?;
            let missing = u32::try_from(6 - length).ok()?;
            let micros = digits * 10_u32.pow(missing);
            take(items, text.get(length..)?, Parts { micros, ..parts })
        }),
        Item::Offset => {
            let (minutes, rest) = offset(text)?;
            take(items, rest, Parts { offset_minutes: Some(minutes), ..parts })
        }
        Item::Zone => {
            let (zone, rest) = text.split_at_checked(3)?;
            let known = zone.eq_ignore_ascii_case("utc") || zone.eq_ignore_ascii_case("gmt");
            if known { take(items, rest, parts) } else { None }
        }
    }
}

/// The number that the first `length` characters write, all of them digits.
fn natural(text: &str, length: usize) -> Option<u32> {
    let digits = text.get(..length)?;
    digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok())?
}

fn name<'t>(names: &[&str], text: &'t str, length: usize) -> Option<(u32, &'t str)> {
    let (index, rest) = names.iter().enumerate().find_map(|(index, name)| {
        let name = name.get(..length.min(name.len()))?;
        let (start, rest) = text.split_at_checked(name.len())?;
        start.eq_ignore_ascii_case(name).then_some((index, rest))
    })?;
    Some((u32::try_from(index).ok()?, rest))
}

/// `Z`, `+0200` or `+02:00`, in minutes east of UTC. Seconds are accepted while they are zero.
pub(super) fn offset(text: &str) -> Option<(i32, &str)> {
    if let Some(rest) = text.strip_prefix('Z') {
        return Some((0, rest));
    }
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+')?),
    };
    let hours = natural(rest, 2)?;
    let (separator, rest) = match rest.get(2..)?.strip_prefix(':') {
        Some(rest) => (":", rest),
        None => ("", rest.get(2..)?),
    };
    let minutes = natural(rest, 2).filter(|minutes| *minutes < 60)?;
    let rest = rest.get(2..)?;
    let rest = rest.strip_prefix(&format!("{separator}00")).unwrap_or(rest);
    let total = i32::try_from(hours * 60 + minutes).ok()?;
    (hours < 24).then_some((sign * total, rest))
}

impl Parts {
    fn with(mut self, part: Part, number: u32) -> Self {
        match part {
            Part::Year => self.year = Some(number),
            Part::ShortYear => {
                self.year = Some(if number < 69 { 2000 + number } else { 1900 + number });
            }
            Part::Month => self.month = Some(number),
            Part::Day => self.day = Some(number),
            Part::Hour => self.hour = Some(number),
            Part::HalfHour => self.half_hour = Some(number),
            Part::Minute => self.minute = number,
            Part::Second => self.second = number,
            Part::DayOfYear => self.day_of_year = Some(number),
            Part::WeekdayFromSunday => self.weekday = Some((number + 6) % 7),
            Part::WeekdayFromMonday => self.weekday = Some(number - 1),
            Part::WeekFromSunday => self.week_from_sunday = Some(number),
            Part::WeekFromMonday => self.week_from_monday = Some(number),
            Part::IsoYear => self.iso_year = Some(number),
            Part::IsoWeek => self.iso_week = Some(number),
        }
        self
    }

    fn moment(&self) -> Option<Moment> {
        let half = self.half_hour.map(|hour| hour % 12 + if self.afternoon { 12 } else { 0 });
        let hour = half.or(self.hour).unwrap_or(0);
        if self.second > 59 {
            return None;
        }
        let seconds = i64::from(hour * 3600 + self.minute * 60 + self.second);
        let micros = seconds * 1_000_000 + i64::from(self.micros);
        Some(Moment { date: self.date()?, micros, offset_minutes: self.offset_minutes })
    }

    fn date(&self) -> Option<NaiveDate> {
        if let Some(week) = self.iso_week {
            let weekday = Weekday::try_from(u8::try_from(self.weekday?).ok()?).ok()?;
            return NaiveDate::from_isoywd_opt(i32::try_from(self.iso_year?).ok()?, week, weekday);
        }
        let year = i32::try_from(self.year.unwrap_or(1900)).ok().filter(|year| *year > 0)?;
        if let Some(day) = self.day_of_year {
            return NaiveDate::from_yo_opt(year, day);
        }
        let week = self.week_from_monday.map(|week| (week, 0));
        let week = week.or_else(|| self.week_from_sunday.map(|week| (week, 6)));
        if let (Some((week, first_weekday)), Some(weekday)) = (week, self.weekday) {
            return day_of_week(year, week, first_weekday, weekday);
        }
        NaiveDate::from_ymd_opt(year, self.month.unwrap_or(1), self.day.unwrap_or(1))
    }
}

/// The day in the week of the year that `%U` and `%W` count: week 1 starts with the first
/// `first_weekday` of the year, and the days before are week 0.
fn day_of_week(year: i32, week: u32, first_weekday: u32, weekday: u32) -> Option<NaiveDate> {
    use chrono::Datelike;
    let new_year = NaiveDate::from_ymd_opt(year, 1, 1)?;
    let past = (new_year.weekday().num_days_from_monday() + 7 - first_weekday) % 7;
    let within = (weekday + 7 - first_weekday) % 7;
    let (past, within) = (i64::from(past), i64::from(within));
    let days = match i64::from(week) {
        0 => within - past,
        week => (7 - past) % 7 + (week - 1) * 7 + within,
    };
    new_year.checked_add_signed(chrono::Duration::days(days))
}

#[cfg(test)]
mod tests;
