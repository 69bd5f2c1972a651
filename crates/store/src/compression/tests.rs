use std::io::Write;

use super::*;

fn pack(compression: Compression, bytes: &[u8]) -> Vec<u8> {
    match compression {
        Compression::Gzip => {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), Default::default());
            encoder.write_all(bytes).unwrap();
            encoder.finish().unwrap()
        }
        Compression::Zstd => zstd::encode_all(bytes, 1).unwrap(),
        Compression::Bzip2 => {
            let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), Default::default());
            encoder.write_all(bytes).unwrap();
            encoder.finish().unwrap()
        }
        Compression::Xz => liblzma::encode_all(bytes, 1).unwrap(),
        Compression::Zip => panic!("is no stream"),
    }
}

fn unpack(compression: Compression, bytes: Vec<u8>, expansion: Expansion) -> io::Result<Vec<u8>> {
    let packed = Packed { name: "x".into(), compression, bytes: None, expansion };
    let mut out = Vec::new();
    decompress(Box::new(Cursor::new(bytes)), packed).unwrap().read_to_end(&mut out)?;
    Ok(out)
}

const STREAMS: [Compression; 4] =
    [Compression::Gzip, Compression::Zstd, Compression::Bzip2, Compression::Xz];

fn text() -> Vec<u8> {
    (0..20_000).flat_map(|n| format!("{n},row {}\n", n * 7919 % 1013).into_bytes()).collect()
}

#[test]
fn every_compression_round_trips_and_is_known_by_its_mark() {
    for compression in STREAMS {
        let packed = pack(compression, &text());
        let (found, stream) = sniff(Box::new(Cursor::new(packed.clone()))).unwrap();
        assert_eq!(found, Some(compression));
        let mut whole = Vec::new();
        { stream }.read_to_end(&mut whole).unwrap();
        assert_eq!(whole, packed);
        assert_eq!(unpack(compression, packed, Expansion::default()).unwrap(), text());
        let empty = pack(compression, b"");
        assert_eq!(Compression::of_magic(&empty), Some(compression));
        assert_eq!(unpack(compression, empty, Expansion::default()).unwrap(), b"");
    }
}

#[test]
fn plain_bytes_have_no_mark() {
    for plain in [&b""[..], b"a", b"a,b\n1,2\n", b"BZh is a word", b"PK,id\n"] {
        let (found, stream) = sniff(Box::new(Cursor::new(plain.to_vec()))).unwrap();
        assert_eq!(found, None);
        let mut whole = Vec::new();
        { stream }.read_to_end(&mut whole).unwrap();
        assert_eq!(whole, plain);
    }
}

#[test]
fn several_members_are_one_stream() {
    for compression in STREAMS {
        let mut packed = pack(compression, b"one,");
        packed.extend(pack(compression, b"two"));
        let whole = unpack(compression, packed, Expansion::default()).unwrap();
        assert_eq!(whole, b"one,two", "{compression:?}");
    }
}

#[test]
fn a_stream_that_is_cut_off_or_damaged_is_an_error() {
    for compression in STREAMS {
        let whole = pack(compression, &text());
        for length in [1, 5, whole.len() / 2, whole.len() - 1] {
            let error = unpack(compression, whole[..length].to_vec(), Expansion::default())
                .expect_err(&format!("{compression:?} cut at {length} of {}", whole.len()));
            let fault = crate::fault(&error).expect("is typed");
            assert_eq!(fault.code(), "COMPRESSION_INVALID", "{compression:?} at {length}");
        }
        let mut damaged = whole.clone();
        let middle = whole.len() / 2;
        for byte in &mut damaged[middle..middle + 16] {
            *byte ^= 0x55;
        }
        // Zstd frames of this encoder carry no checksum, so some damage shows only as other text.
        match unpack(compression, damaged, Expansion::default()) {
            Err(error) => assert_eq!(crate::fault(&error).unwrap().code(), "COMPRESSION_INVALID"),
            Ok(out) => assert!(compression == Compression::Zstd && out != text()),
        }
    }
}

#[test]
fn a_stream_that_expands_without_measure_is_refused_unless_allowed() {
    let bytes = vec![0; 4 << 20];
    for compression in STREAMS {
        let packed = pack(compression, &bytes);
        let strict = Expansion { bytes_max: 1 << 20, ratio_max: 200, allow_large: false };
        let error = unpack(compression, packed.clone(), strict).unwrap_err();
        let fault = crate::fault(&error).unwrap();
        assert_eq!((fault.code(), fault.kind()), ("ARCHIVE_BOMB", Kind::Limit));
        let allowed = Expansion { allow_large: true, ..strict };
        assert_eq!(unpack(compression, packed.clone(), allowed).unwrap().len(), bytes.len());
        assert_eq!(unpack(compression, packed, Expansion::default()).unwrap().len(), bytes.len());
    }
}

#[test]
fn expansion_is_refused_only_beyond_both_bounds() {
    let expansion = Expansion::default();
    let gib = 1 << 30;
    assert!(!expansion.exceeds(1, gib));
    assert!(expansion.exceeds(1, gib + 1));
    assert!(!expansion.exceeds(gib, gib * 200));
    assert!(expansion.exceeds(gib, gib * 200 + 1));
    assert!(!expansion.exceeds(u64::MAX, u64::MAX));
}

#[test]
fn errors_of_the_source_pass_through_a_decoder() {
    struct Failing(Vec<u8>, bool);
    impl Read for Failing {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if self.1 {
                return Err(io::Error::from_raw_os_error(5));
            }
            self.1 = true;
            Cursor::new(&self.0).read(buffer)
        }
    }
    for compression in STREAMS {
        let half = pack(compression, &text())[..1000].to_vec();
        let packed =
            Packed { name: "x".into(), compression, bytes: None, expansion: Expansion::default() };
        let mut stream = decompress(Box::new(Failing(half, false)), packed).unwrap();
        let error = stream.read_to_end(&mut Vec::new()).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(5), "{compression:?}");
    }
}
