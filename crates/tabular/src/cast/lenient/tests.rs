use super::{date_time, time};

fn read(text: &str) -> Option<String> {
    date_time(text)?.date_time_text()
}

#[test]
fn dates_are_understood_however_they_are_written() {
    let cases = [
        ("10th Jan 1969 9 am", "1969-01-10T09:00:00"),
        ("Jan 10, 1969", "1969-01-10T00:00:00"),
        ("Monday, 21 November 2022 at 16:30", "2022-11-21T16:30:00"),
        ("2020-01-31 10:11:12.5", "2020-01-31T10:11:12.5"),
        ("2020-01-31T10:11:12Z", "2020-01-31T10:11:12"),
        ("2020-01-31 10:11 +0200", "2020-01-31T10:11:00+02:00"),
        ("2020-01-31 10:11 -05:30", "2020-01-31T10:11:00-05:30"),
        ("2020-01-31 10:11 CET", "2020-01-31T10:11:00"),
        ("20200131", "2020-01-31T00:00:00"),
        ("20200131T101112", "2020-01-31T10:11:12"),
        ("12/31/20", "2020-12-31T00:00:00"),
        ("1.2.2020", "2020-01-02T00:00:00"),
        ("31.12.2020", "2020-12-31T00:00:00"),
        ("12 am 1 May 99", "1999-05-01T00:00:00"),
        ("1h30m 1 May 2020", "2020-05-01T01:30:00"),
        ("May 2020", "2020-05-01T00:00:00"),
        ("2020", "2020-01-01T00:00:00"),
    ];
    for (text, expected) in cases {
        assert_eq!(read(text).as_deref(), Some(expected), "{text}");
    }
}

#[test]
fn what_leaves_the_date_open_is_none() {
    for text in
        ["", "invalid", "10:11", "3.14", "10 May", "1 2 3 4", "32/13/2020", "25:00 1 May 2020"]
    {
        assert_eq!(read(text), None, "{text}");
    }
}

#[test]
fn a_time_needs_no_date() {
    let cases = [("3:00 am", "03:00:00"), ("6 am", "06:00:00"), ("06:00", "06:00:00")];
    for (text, expected) in cases {
        assert_eq!(time(text).unwrap().time_text(), expected);
    }
    assert!(time("some night").is_none());
}
