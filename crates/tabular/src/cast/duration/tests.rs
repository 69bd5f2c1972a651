use super::Duration;

fn normal(text: &str) -> Option<String> {
    Duration::parse(text).map(|duration| duration.to_string())
}

#[test]
fn durations_are_normalised() {
    let cases = [
        ("PT36H", "P1DT12H"),
        ("P2W", "P14D"),
        ("P1Y2M3DT4H5M6S", "P1Y2M3DT4H5M6S"),
        ("PT90.5S", "PT1M30.5S"),
        ("PT0,5M", "PT30S"),
        ("P0D", "P0D"),
        ("-P0D", "P0D"),
        ("-PT1M", "-PT1M"),
        ("P1.5Y", "P1.5Y"),
        ("P0001-02-03T04:05:06", "P1Y2M3DT4H5M6S"),
        ("PT0.0000004S", "P0D"),
    ];
    for (text, expected) in cases {
        assert_eq!(normal(text).as_deref(), Some(expected), "{text}");
    }
}

#[test]
fn what_is_no_duration_is_refused() {
    for text in ["", "P", "PT", "P1", "1Y", "P1M1Y", "P-1Y", "P1Y1Y", "PT1D", "P1.Y", "P.5Y"] {
        assert_eq!(normal(text), None, "{text}");
    }
    assert_eq!(normal("P1000000000D"), None, "longer than Python can hold");
    assert_eq!(normal("P999999999999999999999999999999999999999W"), None);
}

#[test]
fn months_have_a_nominal_length() {
    let length = |text| Duration::parse(text).unwrap().nominal_micros();
    assert!(length("P1M") > length("P30D"));
    assert!(length("P1M") < length("P31D"));
    assert_eq!(length("P12M"), length("P1Y"));
    assert!(length("-P1D") < length("P0D"));
}
