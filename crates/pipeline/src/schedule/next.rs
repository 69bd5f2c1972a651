//! The next moment of a schedule.

use chrono::{DateTime, Datelike, Days, NaiveDate, Timelike, Utc};

use super::{Order, Schedule};

/// Days that are looked at. February 29 may be eight years away (2096 to 2104).
const DAYS_MAX: u64 = 8 * 366 + 1;

impl Schedule {
    /// The first moment of the schedule after `now_ms`, both in milliseconds since the Unix epoch;
    /// nothing when there is none (February 30).
    pub fn next_ms(&self, now_ms: u64) -> Option<u64> {
        let now = DateTime::<Utc>::from_timestamp_millis(i64::try_from(now_ms).ok()?)?;
        let today = now.date_naive();
        for offset in 0..DAYS_MAX {
            let day = today.checked_add_days(Days::new(offset))?;
            if !self.has_day(day) {
                continue;
            }
            let after = if offset == 0 { Some((now.hour(), now.minute())) } else { None };
            if let Some((hour, minute)) = self.first_time(after) {
                let moment = day.and_hms_opt(hour, minute, 0)?.and_utc();
                return u64::try_from(moment.timestamp_millis()).ok();
            }
        }
        None
    }

    fn has_day(&self, day: NaiveDate) -> bool {
        let of_month = self.days_of_month.has(day.day());
        let of_week = self.days_of_week.has(day.weekday().num_days_from_sunday());
        let either =
            self.order == Order::Standard && !self.days_of_month.any && !self.days_of_week.any;
        let fits = if either { of_month || of_week } else { of_month && of_week };
        self.months.has(day.month()) && fits
    }

    /// The first hour and minute of a day, after the one given.
    fn first_time(&self, after: Option<(u32, u32)>) -> Option<(u32, u32)> {
        self.hours
            .numbers()
            .into_iter()
            .flat_map(|hour| self.minutes.numbers().into_iter().map(move |minute| (hour, minute)))
            .find(|time| after.is_none_or(|after| *time > after))
    }
}
