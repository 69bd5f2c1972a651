//! A schedule in words.

use super::field::{DAYS, Field, MONTHS};
use super::{Order, Schedule};

/// More times of a day than this are told as minutes and hours.
const TIMES_MAX: usize = 4;

impl Schedule {
    /// The schedule in words: `at 06:00 on Monday (UTC)`.
    pub fn words(&self) -> String {
        let mut text = self.time_words();
        let days = self.day_words();
        if !days.is_empty() {
            text.push(' ');
            text.push_str(&days);
        }
        if !self.months.any {
            text.push_str(" in ");
            text.push_str(&names(self.months, &MONTHS, 1));
        }
        text + " (UTC)"
    }

    fn time_words(&self) -> String {
        let minutes = self.minutes.numbers();
        let hours = self.hours.numbers();
        if !self.hours.any && minutes.len() * hours.len() <= TIMES_MAX {
            let times = hours
                .iter()
                .flat_map(|hour| minutes.iter().map(move |minute| format!("{hour:02}:{minute:02}")))
                .collect::<Vec<_>>();
            return format!("at {}", times.join(", "));
        }
        let minutes = match minutes.as_slice() {
            _ if self.minutes.any => "every minute".to_owned(),
            [one] => format!("at minute {one}"),
            _ => format!("at minutes {}", list(&minutes)),
        };
        let hours = match hours.as_slice() {
            _ if self.hours.any => "of every hour".to_owned(),
            [one] => format!("of hour {one}"),
            _ => format!("of hours {}", list(&hours)),
        };
        format!("{minutes} {hours}")
    }

    fn day_words(&self) -> String {
        let of_month = format!("on day {} of the month", list(&self.days_of_month.numbers()));
        let of_week = format!("on {}", names(self.days_of_week, &DAYS, 0));
        let link = match self.order {
            Order::Dpp => "if it is also",
            Order::Standard => "or",
        };
        match (self.days_of_month.any, self.days_of_week.any) {
            (true, true) => String::new(),
            (false, true) => of_month,
            (true, false) => of_week,
            (false, false) => format!("{of_month} {link} {of_week}"),
        }
    }
}

fn list(numbers: &[u32]) -> String {
    numbers.iter().map(u32::to_string).collect::<Vec<_>>().join(", ")
}

fn names(field: Field, words: &[&str], first: u32) -> String {
    let chosen = words.iter().zip(first..).filter(|(_, number)| field.has(*number));
    chosen.map(|(word, _)| *word).collect::<Vec<_>>().join(", ")
}
