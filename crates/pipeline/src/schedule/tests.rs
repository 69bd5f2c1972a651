use chrono::{DateTime, Utc};
use proptest::prelude::{any, proptest};
use serde_json::json;

use super::{Order, Schedule, ScheduleError};

fn schedule(order: Order, text: &str) -> Schedule {
    Schedule::parse_text(order, text).unwrap()
}

fn next(order: Order, text: &str, now: &str) -> Option<String> {
    let now: DateTime<Utc> = now.parse().unwrap();
    let next = schedule(order, text).next_ms(u64::try_from(now.timestamp_millis()).unwrap())?;
    let next = DateTime::<Utc>::from_timestamp_millis(i64::try_from(next).unwrap()).unwrap();
    Some(next.format("%Y-%m-%d %H:%M").to_string())
}

#[test]
fn standard_schedules_come_next_when_expected() {
    // 2026-11-21 is a Saturday.
    let cases = [
        ("* * * * *", "2026-11-21 10:31"),
        ("*/15 * * * *", "2026-11-21 10:45"),
        ("30 10 * * *", "2026-11-22 10:30"),
        ("0 6 * * mon-fri", "2026-11-23 06:00"),
        ("0 0 1 * *", "2026-12-01 00:00"),
        ("0 0 1 1 *", "2027-01-01 00:00"),
        ("0 0 29 2 *", "2028-02-29 00:00"),
        ("0 0 13 * 5", "2026-11-27 00:00"),
        ("0 0 * * 7", "2026-11-22 00:00"),
        ("5,10-12 22-2/2 * Dec sunday", "2026-12-06 00:05"),
        ("@weekly", "2026-11-22 00:00"),
    ];
    for (text, expected) in cases {
        let found = next(Order::Standard, text, "2026-11-21T10:30:00Z");
        assert_eq!(found.as_deref(), Some(expected), "{text}");
    }
    assert_eq!(next(Order::Standard, "0 0 30 2 *", "2026-11-21T10:30:00Z"), None);
}

#[test]
fn the_order_of_dpp_has_the_day_of_the_week_third() {
    let now = "2026-11-21T10:30:00Z";
    // What its constant MONTHLY says in fact: every Monday.
    assert_eq!(next(Order::Dpp, "0 0 1 * *", now).as_deref(), Some("2026-11-23 00:00"));
    // Both days have to match: a Friday that is the 13th.
    assert_eq!(next(Order::Dpp, "0 0 5 13 *", now).as_deref(), Some("2027-08-13 00:00"));
    assert_eq!(next(Order::Dpp, "0 6", now).as_deref(), Some("2026-11-22 06:00"));
}

#[test]
fn schedules_are_told_in_words() {
    let cases = [
        (Order::Standard, "0 6 * * 1", "at 06:00 on Monday (UTC)"),
        (Order::Standard, "*/15 * * * *", "at minutes 0, 15, 30, 45 of every hour (UTC)"),
        (Order::Standard, "5 * * * *", "at minute 5 of every hour (UTC)"),
        (Order::Standard, "* * * * *", "every minute of every hour (UTC)"),
        (Order::Standard, "0 0 1 1 *", "at 00:00 on day 1 of the month in January (UTC)"),
        (
            Order::Standard,
            "0 8,12 13 * 5",
            "at 08:00, 12:00 on day 13 of the month or on Friday (UTC)",
        ),
        (Order::Dpp, "0 0 1 * *", "at 00:00 on Monday (UTC)"),
        (
            Order::Dpp,
            "0 9-17 * * *",
            "at minute 0 of hours 9, 10, 11, 12, 13, 14, 15, 16, 17 (UTC)",
        ),
    ];
    for (order, text, words) in cases {
        assert_eq!(schedule(order, text).words(), words, "{text}");
    }
}

#[test]
fn what_is_no_schedule_says_what_is_expected() {
    let error = |order, text| Schedule::parse_text(order, text).unwrap_err().to_string();
    assert_eq!(
        error(Order::Standard, "0 24 * * *"),
        "`cron: 0 24 * * *`: `24` is not a hour from 0 to 23"
    );
    assert!(error(Order::Dpp, "0 0 * * 0").contains("use `cron` for the standard order"));
    assert!(error(Order::Standard, "0 0 * *").contains("has 4 fields, 5 are expected"));
    for text in ["a * * * *", "*/0 * * * *", "1- * * * *", "60 * * * *", "* * 0 * *", "1,, * * * *"]
    {
        assert!(Schedule::parse_text(Order::Standard, text).is_err(), "{text}");
    }
    assert!(Schedule::parse_text(Order::Dpp, "").is_err());
}

#[test]
fn the_key_says_the_order() {
    let parse = |value: model::Json| Schedule::parse(value.as_object().unwrap());
    let written = |value| parse(value).unwrap().unwrap().written();
    assert_eq!(written(json!({"crontab": "0 0 * * *"})), "crontab: 0 0 * * *");
    assert_eq!(written(json!({"cron": "@daily"})), "cron: @daily");
    assert_eq!(parse(json!({})), Ok(None));
    assert_eq!(parse(json!({"cron": "", "crontab": ""})), Err(ScheduleError::Both));
    assert!(matches!(parse(json!({"cron": 5})), Err(ScheduleError::NoText { .. })));
}

proptest! {
    #[test]
    fn texts_never_panic(text in r"[-*/,0-9a-z ]{0,20}", now in any::<u64>()) {
        for order in [Order::Dpp, Order::Standard] {
            if let Ok(schedule) = Schedule::parse_text(order, &text) {
                schedule.next_ms(now);
                schedule.words();
            }
        }
    }

    #[test]
    fn the_next_moment_is_after_now(minute in 0..60u32, hour in 0..24u32, now in 0..4_000_000_000_000u64) {
        let schedule = schedule(Order::Standard, &format!("{minute} {hour} * * *"));
        let next = schedule.next_ms(now).unwrap();
        assert!(next > now && next - now <= 86_400_000);
    }
}
