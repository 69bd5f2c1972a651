use super::{Stored, stored};

#[test]
fn numbers_that_doubles_hold_are_stored() {
    for (text, value) in [
        ("1.50", 1.5),
        ("-0.1", -0.1),
        ("1E+3", 1000.0),
        ("0.30000000000000004", 0.300_000_000_000_000_04),
        ("123456789012.345", 123_456_789_012.345),
        ("0.000", 0.0),
        ("1E-300", 1e-300),
        ("5E-324", 5e-324),
    ] {
        assert_eq!(stored(text), Some(Stored::Double(value)), "{text}");
    }
    assert_eq!(stored("9007199254740993"), Some(Stored::Integer(9_007_199_254_740_993)));
    assert_eq!(stored("Infinity"), Some(Stored::Double(f64::INFINITY)));
}

#[test]
fn numbers_that_would_change_are_refused() {
    for text in [
        "0.12345678901234567890",
        "9007199254740993.5",
        "9223372036854775809",
        "1E+400",
        "1E-400",
        "1E-999999999999",
        "NaN",
    ] {
        assert_eq!(stored(text), None, "{text}");
    }
}
