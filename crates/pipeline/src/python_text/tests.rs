use tabular::{Kind, Value};

use super::{python_text, text_of};

#[test]
fn each_kind_has_the_text_of_python() {
    let cases = [
        (Kind::Text, "a", "a"),
        (Kind::Integer, "-7", "-7"),
        (Kind::Number, "1.50", "1.50"),
        (Kind::Float, "1e+16", "1e+16"),
        (Kind::Float, "NaN", "nan"),
        (Kind::Float, "0.1", "0.1"),
        (Kind::Boolean, "true", "True"),
        (Kind::Date, "2020-12-31", "2020-12-31"),
        (Kind::Time, "10:11:12.5", "10:11:12.500000"),
        (Kind::DateTime, "2020-12-31T10:11:12", "2020-12-31 10:11:12"),
        (Kind::DateTime, "2020-12-31T10:11:12.25+02:00", "2020-12-31 10:11:12.250000+02:00"),
        (Kind::Json, r#"[1, "a", null]"#, "[1, 'a', None]"),
        (Kind::Json, r#"[{"type{decimal}": "1.50"}]"#, "[Decimal('1.50')]"),
        (Kind::Json, r#"[{"type{date}": "2020-01-31"}]"#, "[datetime.date(2020, 1, 31)]"),
        (Kind::Json, r#"[{"type{time}": "10:00:00"}]"#, "[datetime.time(10, 0)]"),
        (Kind::Json, r#"[{"type{time}": "10:00:00.5"}]"#, "[datetime.time(10, 0, 0, 500000)]"),
        (
            Kind::Json,
            r#"{"it's": {"type{datetime}": "2020-12-31 00:00:07"}}"#,
            r#"{"it's": datetime.datetime(2020, 12, 31, 0, 0, 7)}"#,
        ),
        (
            Kind::Json,
            r#"[{"type{duration}": "P1DT12H"}, {"type{duration}": "P0D"}]"#,
            "[datetime.timedelta(days=1, seconds=43200), datetime.timedelta(0)]",
        ),
        (Kind::Json, r#"[{"type{duration}": "P1Y"}]"#, "['P1Y']"),
        (Kind::Json, r#"[{"type{date}": "soon"}]"#, "[{'type{date}': 'soon'}]"),
    ];
    for (kind, text, expected) in cases {
        assert_eq!(text_of(kind, text), expected, "{kind:?}");
    }
    assert_eq!(python_text(None), "None");
    assert_eq!(python_text(Some(&Value::new(Kind::Boolean, "false"))), "False");
}

#[test]
fn durations_have_the_text_of_timedelta_or_isodate() {
    let cases = [
        ("P1DT12H", "1 day, 12:00:00"),
        ("P14D", "14 days, 0:00:00"),
        ("P0D", "0:00:00"),
        ("-PT0.5S", "-1 day, 23:59:59.500000"),
        ("P1Y", "1 years, 0:00:00"),
        ("P1M", "1 month, 0:00:00"),
        ("P1Y2M3DT4H5M6S", "1 years, 2 months, 3 days, 4:05:06"),
        ("-P1Y2M3D", "-1 years, -2 month, -3 days, 0:00:00"),
    ];
    for (text, expected) in cases {
        assert_eq!(text_of(Kind::Duration, text), expected);
    }
}
