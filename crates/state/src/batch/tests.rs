use bytes::Bytes;
use proptest::prelude::{any, prop, proptest};
use structures::Stamp;
use structures::encoding::DecodeError;

use super::{Batch, Format};

fn example() -> Batch {
    let requests = vec![Bytes::from_static(b"one"), Bytes::new(), Bytes::from_static(b"three")];
    Batch { stamp: Stamp { now_ms: 1_600_000_000_000 }, requests }
}

#[test]
fn entries_keep_their_bytes_in_both_formats() {
    let newest = b"\x02\0\0\x01\x74\x87\x6e\x80\0\0\0\0\x03\0\0\0\x03one\0\0\0\0\0\0\0\x05three";
    let previous = b"\x01\x80\x80\xba\xbb\xc8\x2e\x03\x03one\0\x05three";
    for (format, bytes) in [(Format::Newest, &newest[..]), (Format::Previous, &previous[..])] {
        let written = example().encode(format);
        assert_eq!(written.escape_ascii().to_string(), bytes.escape_ascii().to_string());
        assert_eq!(Batch::decode(&written), Ok(example()));
    }
}

#[test]
fn a_cut_entry_is_refused() {
    let whole = example().encode(Format::Newest);
    for length in 1..whole.len() {
        assert_eq!(Batch::decode(&whole.slice(..length)), Err(DecodeError::Cut), "{length}");
    }
    let longer = Bytes::from([&whole[..], b"x"].concat());
    assert_eq!(Batch::decode(&longer), Err(DecodeError::Surplus { bytes: 1 }));
}

proptest! {
    #[test]
    fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        drop(Batch::decode(&Bytes::from([&[2][..], &bytes].concat())));
    }
}
