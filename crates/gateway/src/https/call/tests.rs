use bytes::Bytes;

use super::open_parts;

#[test]
fn open_parts_of_a_path_are_any_bytes() {
    let parts = open_parts("/maps/{map}/entries/{key}", "/maps/a%2Fb/entries/%00%ff+");
    assert_eq!(parts, [Bytes::from_static(b"a/b"), Bytes::from_static(b"\0\xff+")]);
}
