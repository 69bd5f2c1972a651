use bytes::Bytes;

use super::{
    DecodeError, after_prefix, decode, encode, encode_row, ordered_float, read_ordered_float,
};

#[test]
fn floats_order_as_their_bytes() {
    let floats = [f64::NEG_INFINITY, -1e300, -1.5, -1e-300, 0.0, 1e-300, 1.0, 1e300, f64::INFINITY];
    for pair in floats.windows(2) {
        assert!(ordered_float(pair[0]) < ordered_float(pair[1]), "{pair:?}");
    }
    for float in floats {
        assert_eq!(read_ordered_float(ordered_float(float)), float);
    }
    assert_eq!(ordered_float(-0.0), ordered_float(0.0));
}

#[test]
fn what_is_written_is_read_and_nothing_else() {
    let bytes = encode(&(7_u64, Bytes::from_static(b"seven")));
    assert_eq!(decode::<(u64, Bytes)>(&bytes).unwrap(), (7, Bytes::from_static(b"seven")));
    assert_eq!(decode::<u64>(&[]), Err(DecodeError::Empty));
    assert_eq!(decode::<u64>(&[9, 7]), Err(DecodeError::Version { version: 9 }));
    assert_eq!(decode::<u64>(&[1, 7, 7]), Err(DecodeError::Surplus { bytes: 1 }));
    assert!(matches!(decode::<u64>(&[1]), Err(DecodeError::Malformed(_))));
}

#[test]
fn the_end_of_a_prefix_is_behind_all_that_begin_so() {
    assert_eq!(after_prefix(b"ab").as_ref(), b"ac");
    assert_eq!(after_prefix(b"a\xff").as_ref(), b"b");
    assert!(after_prefix(b"\xff").as_ref() > b"\xff\xff".as_slice());
}

#[test]
fn a_row_of_any_length_keeps_its_key_and_value() {
    for key_bytes in [0, 1, 30, 200] {
        for value_bytes in 0..300 {
            let (key, value) = (vec![b'k'; key_bytes], vec![b'v'; value_bytes]);
            let row = encode_row(&key, &value);
            assert_eq!(row.key(), key);
            assert_eq!(decode::<Vec<u8>>(row.value().unwrap()), Ok(value));
        }
    }
}
