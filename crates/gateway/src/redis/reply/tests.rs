use super::*;

#[test]
fn doubles_are_printed_as_redis_does() {
    let cases = [
        (0.0, "0"),
        (3.0, "3"),
        (-1.5, "-1.5"),
        (0.1, "0.10000000000000001"),
        (1e16, "10000000000000000"),
        (1e17, "1e+17"),
        (1.5e300, "1.5000000000000001e+300"),
        (0.0001, "0.0001"),
        (0.00001, "1.0000000000000001e-05"),
        (2.72, "2.7200000000000002"),
        (f64::INFINITY, "inf"),
        (f64::NEG_INFINITY, "-inf"),
        (f64::MAX, "1.7976931348623157e+308"),
    ];
    for (number, text) in cases {
        assert_eq!(double(number), text);
    }
}

#[test]
fn an_error_is_one_line() {
    let mut printer = Printer::default();
    printer.error(&ErrorReply::new("ERR a\r\n+b".to_owned()));
    assert_eq!(printer.out().as_ref(), b"-ERR a  +b\r\n");
}
