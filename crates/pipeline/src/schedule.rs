//! When a pipeline runs by itself: `schedule: {crontab: ...}` and `schedule: {cron: ...}`.
//!
//! datapackage-pipelines reads the fields of `crontab` in an order of its own: the day of the week
//! comes third. `cron` has the order that everybody knows.

mod field;
mod next;
mod words;

use model::{Json, Map};

use field::Field;
pub use field::FieldError;

/// A schedule that was understood. All times are UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    text: String,
    order: Order,
    minutes: Field,
    hours: Field,
    days_of_month: Field,
    months: Field,
    /// Sunday is 0.
    days_of_week: Field,
}

/// The order of the fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// minute hour day_of_week day_of_month month; a moment has to match all of them.
    Dpp,
    /// minute hour day_of_month month day_of_week; where both days are given, one has to match.
    Standard,
}

impl Order {
    fn key(self) -> &'static str {
        match self {
            Self::Dpp => "crontab",
            Self::Standard => "cron",
        }
    }
}

impl Schedule {
    /// The schedule that the mapping `schedule` of a pipeline describes; nothing when it has
    /// neither `crontab` nor `cron`.
    ///
    /// # Errors
    ///
    /// [`ScheduleError`] says what was expected.
    pub fn parse(schedule: &Map) -> Result<Option<Self>, ScheduleError> {
        let (order, value) = match (schedule.get("crontab"), schedule.get("cron")) {
            (Some(_), Some(_)) => return Err(ScheduleError::Both),
            (Some(value), None) => (Order::Dpp, value),
            (None, Some(value)) => (Order::Standard, value),
            (None, None) => return Ok(None),
        };
        match value {
            Json::String(text) => Self::parse_text(order, text).map(Some),
            _ => Err(ScheduleError::NoText { key: order.key() }),
        }
    }

    /// The schedule `text` with its fields in `order`.
    ///
    /// # Errors
    ///
    /// [`ScheduleError`] says what was expected.
    pub fn parse_text(order: Order, text: &str) -> Result<Self, ScheduleError> {
        let line = match order {
            Order::Standard => shorthand(text.trim()).unwrap_or(text),
            Order::Dpp => text,
        };
        let words: Vec<&str> = line.split_whitespace().collect();
        // What dpp does not find is `*`.
        let padded = match (order, words.as_slice()) {
            (Order::Dpp, [_, ..]) if words.len() < 5 => {
                let mut padded = words.clone();
                padded.resize(5, "*");
                padded
            }
            _ => words.clone(),
        };
        let &[minute, hour, third, fourth, fifth] = padded.as_slice() else {
            let key = order.key();
            return Err(ScheduleError::Fields { key, text: text.to_owned(), count: words.len() });
        };
        let (day_of_month, month, day_of_week) = match order {
            Order::Dpp => (fourth, fifth, third),
            Order::Standard => (third, fourth, fifth),
        };
        let wrong = |source| ScheduleError::Field {
            key: order.key(),
            text: text.to_owned(),
            order,
            source,
        };
        Ok(Self {
            text: text.trim().to_owned(),
            order,
            minutes: Field::parse(&field::MINUTE, minute).map_err(wrong)?,
            hours: Field::parse(&field::HOUR, hour).map_err(wrong)?,
            days_of_month: Field::parse(&field::DAY_OF_MONTH, day_of_month).map_err(wrong)?,
            months: Field::parse(&field::MONTH, month).map_err(wrong)?,
            days_of_week: Field::parse(&field::DAY_OF_WEEK, day_of_week).map_err(wrong)?,
        })
    }

    /// The schedule as it was written: `crontab: 0 0 * * *`.
    pub fn written(&self) -> String {
        format!("{}: {}", self.order.key(), self.text)
    }
}

fn shorthand(text: &str) -> Option<&'static str> {
    Some(match text {
        "@hourly" => "0 * * * *",
        "@daily" | "@midnight" => "0 0 * * *",
        "@weekly" => "0 0 * * 0",
        "@monthly" => "0 0 1 * *",
        "@yearly" | "@annually" => "0 0 1 1 *",
        _ => return None,
    })
}

/// Why a schedule was not understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    #[error("both `crontab` and `cron` are given, one is expected")]
    Both,
    #[error("`{key}` is not a text; quote it")]
    NoText { key: &'static str },
    #[error("`{key}: {text}` has {count} fields, 5 are expected")]
    Fields { key: &'static str, text: String, count: usize },
    #[error("`{key}: {text}`: {source}{}", order_hint(*.order))]
    Field { key: &'static str, text: String, order: Order, source: FieldError },
}

fn order_hint(order: Order) -> &'static str {
    match order {
        Order::Dpp => {
            "; `crontab` is minute hour day_of_week day_of_month month, \
             use `cron` for the standard order"
        }
        Order::Standard => "",
    }
}

#[cfg(test)]
mod tests;
