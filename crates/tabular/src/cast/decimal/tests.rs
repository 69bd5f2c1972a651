use std::cmp::Ordering;

use super::Decimal;

fn decimal(text: &str) -> Decimal {
    Decimal::parse(text).unwrap()
}

#[test]
fn sums_keep_digits_and_round_the_twenty_ninth_half_to_even() {
    let cases = [
        ("1.50", "1", "2.50"),
        ("0.1", "0.2", "0.3"),
        ("1", "-1.00", "0.00"),
        ("-0", "0", "0"),
        ("1E+3", "0.001", "1000.001"),
        ("9999999999999999999999999999", "0.5", "1.000000000000000000000000000E+28"),
        ("9999999999999999999999999998", "0.5", "9999999999999999999999999998"),
        ("1E+1000000", "1", "1.000000000000000000000000000E+1000000"),
        ("0", "1E-50", "1E-50"),
        ("Infinity", "1", "Infinity"),
        ("Infinity", "-Infinity", "NaN"),
    ];
    for (a, b, sum) in cases {
        assert_eq!(decimal(a).add(&decimal(b)).to_string(), sum, "{a} + {b}");
        assert_eq!(decimal(b).add(&decimal(a)).to_string(), sum, "{b} + {a}");
    }
}

#[test]
fn exact_sums_and_products_have_all_digits() {
    let large = decimal("123456789012345678901234567890123456789012345678901234567890");
    let sum = large.add_exact(&decimal("1")).to_string();
    assert_eq!(sum, "123456789012345678901234567890123456789012345678901234567891");
    let square = decimal("99999999999999999999").multiply_exact(&decimal("99999999999999999999"));
    assert_eq!(square.to_string(), "9999999999999999999800000000000000000001");
}

#[test]
fn products_and_quotients_are_those_of_python() {
    let products = [("1.20", "3", "3.60"), ("-0", "5", "-0"), ("1E-20", "1E-20", "1E-40")];
    for (a, b, product) in products {
        assert_eq!(decimal(a).multiply(&decimal(b)).to_string(), product, "{a} * {b}");
    }
    let quotients = [
        ("1", "3", "0.3333333333333333333333333333"),
        ("2", "3", "0.6666666666666666666666666667"),
        ("6", "2", "3"),
        ("1", "8", "0.125"),
        ("2.40", "2", "1.20"),
        ("1E+3", "1E-3", "1E+6"),
        ("0", "7", "0"),
    ];
    for (a, b, quotient) in quotients {
        assert_eq!(decimal(a).divide(&decimal(b)).unwrap().to_string(), quotient, "{a} / {b}");
    }
    assert_eq!(decimal("1").divide(&decimal("0.0")), None);
}

#[test]
fn numbers_are_compared_by_value() {
    let compare = |a, b| decimal(a).compare(&decimal(b));
    assert_eq!(compare("1.50", "1.5"), Some(Ordering::Equal));
    assert_eq!(compare("-0", "0.00"), Some(Ordering::Equal));
    assert_eq!(compare("-2", "-1"), Some(Ordering::Less));
    assert_eq!(compare("1E+30", "999999999999999999999999999999"), Some(Ordering::Greater));
    assert_eq!(compare("1E+999999999", "1E-999999999"), Some(Ordering::Greater));
    assert_eq!(compare("-Infinity", "-1E+99"), Some(Ordering::Less));
    assert_eq!(compare("NaN", "1"), None);
}

#[test]
fn scaled_values_are_exact_or_none() {
    assert_eq!(decimal("1.50").to_scaled(2), Some(150));
    assert_eq!(decimal("-1.5").to_scaled(3), Some(-1500));
    assert_eq!(decimal("1.505").to_scaled(2), None);
    assert_eq!(decimal("1E+40").to_scaled(0), None);
    assert_eq!(decimal("NaN").to_scaled(0), None);
    assert_eq!(decimal("2.5").to_whole(), Some(2));
    assert_eq!(decimal("1E-9").to_whole(), Some(0));
}

#[test]
fn reduced_numbers_of_equal_value_are_equal_texts() {
    for text in ["1000", "1E+3", "1000.00", "10.0E+2"] {
        assert_eq!(decimal(text).reduced().to_string(), "1E+3");
    }
    assert_eq!(decimal("0.000").reduced().to_string(), "0");
}
