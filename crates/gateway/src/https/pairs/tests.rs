use super::{decode_path, parse};
use crate::https::body::map::{PutQuery, ScanQuery};
use crate::https::body::{Direction, Octets};

#[test]
fn a_query_holds_bytes_numbers_words_and_flags() {
    let query = "prefix=%ff%00+x%2b&direction=down&count=7&stale&after=";
    let scan: ScanQuery = parse(Some(query)).unwrap();
    let prefix = Some(Octets(bytes::Bytes::from_static(b"\xff\0 x+")));
    let after = Some(String::new());
    let direction = Direction::Down;
    let want =
        ScanQuery { prefix, direction, count: Some(7), stale: true, after, ..ScanQuery::default() };
    assert_eq!(scan, want);
    assert_eq!(parse::<ScanQuery>(None).unwrap(), ScanQuery::default());
}

#[test]
fn what_is_unknown_or_no_number_is_refused_by_name() {
    let unknown = parse::<ScanQuery>(Some("limit=3")).unwrap_err().to_string();
    assert!(unknown.contains("unknown field `limit`"), "{unknown}");
    let wrong = parse::<PutQuery>(Some("ttl_ms=1.5")).unwrap_err().to_string();
    assert!(wrong.contains("`1.5` is not an integer"), "{wrong}");
    for query in ["stale=maybe", "direction=left", "count=-1", "count=1&count=2", "count=%ff"] {
        parse::<ScanQuery>(Some(query)).unwrap_err();
    }
}

#[test]
fn broken_percent_signs_stand_for_themselves() {
    assert_eq!(decode_path("a%2Fb%"), b"a/b%");
    assert_eq!(decode_path("%zz+"), b"%zz+");
}
