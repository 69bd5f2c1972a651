//! What comes from outside never ends in a panic, and never leads out of its folder.

use std::io::{Read, Write};
use std::path::{Component, Path, PathBuf};

use proptest::collection::vec;
use proptest::prelude::{ProptestConfig, any, prop_assert, prop_oneof, proptest};
use proptest::strategy::Strategy;
use store::archive::Archive;
use store::compression::{Compression, Expansion, Packed, decompress};
use store::location::{Location, check_member};

/// Texts of the pieces that matter in paths and addresses.
fn path() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[a-z.]{1,3}",
        proptest::sample::select(vec![
            "/", "..", "~", "\\", "%2e", "%2F", "?", "#", ":", "//", "http://h", "s3://", "file:",
            "@", "\0", "é",
        ])
        .prop_map(str::to_owned),
    ];
    vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_a_location_or_an_error(text in path()) {
        if let Ok(location) = Location::parse(&text, Path::new("/base")) {
            location.name();
            if let Location::Http(url) = &location {
                let shown = location.to_string();
                prop_assert!(url.query().is_none() || shown.ends_with("?..."), "{shown}");
            }
        }
    }

    #[test]
    fn a_member_stays_below_its_descriptor(text in path()) {
        let local = Location::File("/base/p/datapackage.json".into());
        match local.member(&text) {
            Ok(Location::File(path)) => {
                prop_assert!(path.starts_with("/base/p"));
                prop_assert!(!path.components().any(|part| part == Component::ParentDir));
            }
            Ok(Location::Http(_)) => prop_assert!(text.starts_with("http")),
            Ok(Location::S3(_)) => prop_assert!(false, "a descriptor may not name a bucket"),
            Err(_) => {}
        }
        let remote = Location::parse("http://h/p/datapackage.json", &PathBuf::new()).unwrap();
        if let Ok(Location::Http(url)) = remote.member(&text) {
            prop_assert!(url.path().starts_with("/p/") || check_member(&text).is_ok() && text.contains("://"));
        }
    }

    #[test]
    fn any_bytes_unpack_or_are_an_error(bytes in vec(any::<u8>(), 0..300), magic in 0_usize..5) {
        let (compression, head): (_, &[u8]) = match magic {
            0 => (Compression::Gzip, &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0]),
            1 => (Compression::Zstd, &[0x28, 0xb5, 0x2f, 0xfd]),
            2 => (Compression::Bzip2, b"BZh91AY&SY"),
            3 => (Compression::Xz, &[0xfd, b'7', b'z', b'X', b'Z', 0]),
            _ => (Compression::Gzip, &[]),
        };
        let stream = std::io::Cursor::new([head, &bytes].concat());
        let expansion = Expansion { bytes_max: 1 << 20, ratio_max: 1, allow_large: false };
        let packed = Packed { name: "x".into(), compression, bytes: None, expansion };
        let mut stream = decompress(Box::new(stream), packed).unwrap();
        if let Err(error) = stream.read_to_end(&mut Vec::new()) {
            prop_assert!(store::fault(&error).is_some(), "{error:?}");
        }
    }

    #[test]
    fn a_damaged_archive_is_read_or_an_error(at in any::<usize>(), byte in any::<u8>()) {
        let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for name in ["a.csv", "b.csv"] {
            zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
            zip.write_all(b"id,name\n1,one\n").unwrap();
        }
        let mut bytes = zip.finish().unwrap().into_inner();
        let at = at % bytes.len();
        bytes[at] = byte;
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&bytes).unwrap();
        if let Ok(archive) = Archive::open("x.zip", file)
            && let Ok(folder) = archive.extract(Expansion::default())
        {
            for entry in std::fs::read_dir(folder.path()).unwrap() {
                let path = entry.unwrap().path();
                if path.is_file() {
                    prop_assert!(std::fs::read(path).unwrap() == b"id,name\n1,one\n");
                }
            }
        }
    }
}
