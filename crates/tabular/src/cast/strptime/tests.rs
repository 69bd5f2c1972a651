use super::DatePattern;

fn read(pattern: &str, text: &str) -> Option<String> {
    DatePattern::new(pattern).unwrap().read(text)?.date_time_text()
}

#[test]
fn directives_take_what_python_takes() {
    let cases = [
        ("%d/%m/%y", "1/2/68", "2068-02-01T00:00:00"),
        ("%d/%m/%y", "1/2/69", "1969-02-01T00:00:00"),
        ("%Y%m%d", "202011", "2020-01-01T00:00:00"),
        ("%I:%M %p", "12:05 AM", "1900-01-01T00:05:00"),
        ("%b %d %Y", "JAN  5 2020", "2020-01-05T00:00:00"),
        ("%A, %d %B %Y", "friday, 31 january 2020", "2020-01-31T00:00:00"),
        ("%j %Y", "366 2020", "2020-12-31T00:00:00"),
        ("%G-%V-%u", "2020-53-5", "2021-01-01T00:00:00"),
        ("%W %w %Y", "0 3 2020", "2020-01-01T00:00:00"),
        ("%U %w %Y", "1 0 2020", "2020-01-05T00:00:00"),
        ("%H%%%M", "10%30", "1900-01-01T10:30:00"),
        ("%Y-%m-%dT%H:%M:%S.%f%z", "2020-01-01T00:00:00.25+0130", "2020-01-01T00:00:00.25+01:30"),
        ("%Y %Z", "2020 utc", "2020-01-01T00:00:00"),
    ];
    for (pattern, text, expected) in cases {
        assert_eq!(read(pattern, text).as_deref(), Some(expected), "{pattern} {text}");
    }
}

#[test]
fn texts_that_do_not_fit_are_refused() {
    let cases = [
        ("%Y-%m-%d", "2020-02-30"),
        ("%Y-%m-%d", "20-02-03"),
        ("%Y-%m-%d", "2020-02-03 "),
        ("%H:%M", "24:00"),
        ("%H:%M:%S", "10:00:60"),
        ("invalid", "2020-01-01"),
    ];
    for (pattern, text) in cases {
        assert_eq!(read(pattern, text), None, "{pattern} {text}");
    }
}

#[test]
fn an_unknown_directive_is_named() {
    assert_eq!(DatePattern::new("%Y-%Q").unwrap_err(), "`%Q` is not a date directive");
    assert!(DatePattern::new("%").is_err());
}
