use super::Decimal;
use crate::refusal::Refusal;

fn sum(one: &str, two: &str) -> Result<String, Refusal> {
    let one = Decimal::parse(one.as_bytes())?;
    Ok(one.plus(Decimal::parse(two.as_bytes())?)?.to_string())
}

#[test]
fn sums_are_exact() {
    for (one, two, expected) in [
        ("10.50", "0.1", "10.6"),
        ("5.0e3", "2.0e2", "5200"),
        ("0.1", "0.2", "0.3"),
        ("-1.5", "1.5", "0"),
        ("3", "-5", "-2"),
        ("0", "1e-17", "0.00000000000000001"),
        ("0", "1e-40", "0"),
        ("1e20", "1", "100000000000000000001"),
        (".5", "+1", "1.5"),
    ] {
        assert_eq!(sum(one, two).unwrap(), expected, "{one} + {two}");
    }
}

#[test]
fn large_numbers_are_doubles() {
    assert_eq!(sum("1e30", "1e30").unwrap(), "2000000000000000039769249677312");
    assert_eq!(sum("inf", "1"), Err(Refusal::NotFinite));
    assert_eq!(sum("1e308", "1e308"), Err(Refusal::NotFinite));
}

#[test]
fn what_is_no_number_is_refused() {
    for text in ["", " 1", "1 ", "abc", "1,5", "nan", "0x10", "1e", "--1"] {
        assert_eq!(sum(text, "1"), Err(Refusal::NotANumber), "{text:?}");
    }
}
