//! A date and a time of day, put together from the parts that a text gave.

use chrono::{Datelike, NaiveDate};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment {
    pub(super) date: NaiveDate,
    /// Microseconds since midnight.
    pub(super) micros: i64,
    /// Minutes east of UTC, when the text says so.
    pub(super) offset_minutes: Option<i32>,
}

impl Moment {
    /// The canonical date; `None` outside years 1 to 9999.
    pub(super) fn date_text(&self) -> Option<String> {
        let (year, month, day) = (self.date.year(), self.date.month(), self.date.day());
        (1..=9999).contains(&year).then(|| format!("{year:04}-{month:02}-{day:02}"))
    }

    /// The canonical time.
    pub(super) fn time_text(&self) -> String {
        let (seconds, fraction) = (self.micros / 1_000_000, self.micros % 1_000_000);
        let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        let clock = format!("{hours:02}:{minutes:02}:{seconds:02}");
        if fraction == 0 {
            return clock;
        }
        format!("{clock}.{fraction:06}").trim_end_matches('0').to_owned()
    }

    /// The canonical datetime; `None` outside years 1 to 9999.
    pub(super) fn date_time_text(&self) -> Option<String> {
        let (date, time) = (self.date_text()?, self.time_text());
        let offset = self.offset_minutes.map(offset_text).unwrap_or_default();
        Some(format!("{date}T{time}{offset}"))
    }
}

/// `+02:00`, or nothing for UTC.
fn offset_text(minutes: i32) -> String {
    if minutes == 0 {
        return String::new();
    }
    let sign = if minutes < 0 { '-' } else { '+' };
    let size = minutes.unsigned_abs();
    format!("{sign}{:02}:{:02}", size / 60, size % 60)
}

/// A time and what follows it: an offset with its sign, or nothing.
pub(super) fn split_offset(time: &str) -> (&str, &str) {
    let at = time.find(['+', '-']).unwrap_or(time.len());
    time.split_at(at)
}
