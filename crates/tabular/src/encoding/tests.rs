use std::io::{self, Read};

use super::to_utf8;

fn decoded(bytes: &[u8], encoding: Option<&str>) -> io::Result<String> {
    let mut text = String::new();
    to_utf8(Box::new(io::Cursor::new(bytes.to_vec())), encoding)?.read_to_string(&mut text)?;
    Ok(text)
}

#[test]
fn a_name_is_known_as_python_and_the_web_write_it() {
    for name in ["cp1252", "windows-1252", "Latin-1", "iso8859_1", "ISO-8859-1", "latin1"] {
        assert_eq!(decoded(b"caf\xe9", Some(name)).unwrap(), "café", "{name}");
    }
    assert_eq!(decoded("はい".as_bytes(), Some("utf_8_sig")).unwrap(), "はい");
    assert_eq!(decoded(b"\x82\xcd\x82\xa2", Some("cp932")).unwrap(), "はい");
    assert_eq!(decoded(b"a\0\xe9\0", Some("utf_16_le")).unwrap(), "aé");
    let error = decoded(b"", Some("klingon")).unwrap_err().to_string();
    assert!(error.starts_with("encoding `klingon` is not known"), "{error}");
}

#[test]
fn a_byte_order_mark_tells_the_encoding() {
    assert_eq!(decoded(b"\xef\xbb\xbfa\xc3\xa9", None).unwrap(), "aé");
    assert_eq!(decoded(b"\xff\xfea\0\xe9\0", None).unwrap(), "aé");
    assert_eq!(decoded(b"\xfe\xff\0a\0\xe9", Some("utf-16")).unwrap(), "aé");
    assert_eq!(decoded(b"\xef\xbb\xbfa", Some("utf-8")).unwrap(), "a");
}

#[test]
fn without_a_name_valid_utf8_wins_over_a_guess() {
    assert_eq!(decoded("für café".as_bytes(), None).unwrap(), "für café");
    let french = "Le café est près de la forêt, où l'été a été très sec.";
    let bytes: Vec<u8> = french.chars().map(|c| u8::try_from(c).unwrap()).collect();
    assert_eq!(decoded(&bytes, None).unwrap(), french);
}

#[test]
fn a_long_text_is_decoded_across_chunks() {
    let text = "añb€".repeat(50_000);
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(decoded(&utf16, Some("utf-16-le")).unwrap(), text);
    // A character that the end of the sample cuts is still UTF-8.
    let shifted = format!("x{text}");
    assert_eq!(decoded(shifted.as_bytes(), None).unwrap(), shifted);
}

#[test]
fn malformed_bytes_are_an_error_with_their_place() {
    let error = decoded(b"ab\xd8\x00\x00\x00", Some("utf-16-be")).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    assert!(error.to_string().contains("not valid in encoding UTF-16BE"), "{error}");
}
