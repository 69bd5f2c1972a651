use super::Octets;

#[track_caller]
fn round(bytes: &'static [u8], json: &str) {
    let octets = Octets(bytes::Bytes::from_static(bytes));
    assert_eq!(serde_json::to_string(&octets).unwrap(), json);
    assert_eq!(serde_json::from_str::<Octets>(json).unwrap(), octets);
}

#[test]
fn text_stays_text_and_other_bytes_are_base64() {
    round(b"", r#""""#);
    round("größe\n\0".as_bytes(), r#""größe\n\u0000""#);
    round(b"\xff\x00", r#"{"base64":"/wA="}"#);
}

#[test]
fn what_is_no_octets_is_refused() {
    for json in
        ["1", "null", "[]", "{}", r#"{"base64":"?"}"#, r#"{"base64":"","a":1}"#, r#"{"x":""}"#]
    {
        serde_json::from_str::<Octets>(json).unwrap_err();
    }
}
