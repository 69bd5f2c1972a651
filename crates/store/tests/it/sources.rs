//! Sources: locations opened and unpacked.

use std::fs;
use std::io::{Read, Write};
use std::path::Path;

use model::fault::Fault;
use store::compression::{Compression, Expansion};
use store::fingerprint::{Fingerprint, fingerprint};
use store::location::Location;
use store::source::{Source, SourceOptions, Unpack, open, open_file};
use tempfile::TempDir;

use crate::server::{Server, reply};

const TEXT: &[u8] = b"id,name\n1,x\n";

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in members {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn stored(file: &str, bytes: &[u8]) -> (TempDir, Location) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(file);
    fs::write(&path, bytes).unwrap();
    (folder, Location::File(path))
}

fn read(source: Source) -> Vec<u8> {
    let mut bytes = Vec::new();
    { source }.stream.read_to_end(&mut bytes).unwrap();
    bytes
}

#[test]
fn sources_are_unpacked_by_name_or_mark() {
    let inner = gzip(TEXT);
    let table: [(&str, Vec<u8>, Option<&str>); 9] = [
        ("x.csv", TEXT.to_vec(), Some("csv")),
        ("x.csv.gz", gzip(TEXT), Some("csv")),
        ("x.csv", gzip(TEXT), Some("csv")),
        ("x.csv.zst", zstd::encode_all(TEXT, 1).unwrap(), Some("csv")),
        ("x.csv.xz", liblzma::encode_all(TEXT, 1).unwrap(), Some("csv")),
        ("x.zip", zip(&[("deep/in.tsv", TEXT)]), Some("tsv")),
        ("x.csv.zip", zip(&[("in.csv.gz", &inner)]), Some("csv")),
        ("download", zip(&[("in.tsv", TEXT)]), Some("tsv")),
        ("download", TEXT.to_vec(), None),
    ];
    for (file, bytes, format) in table {
        let (_folder, location) = stored(file, &bytes);
        let source = open(&location, &SourceOptions::default()).unwrap();
        assert_eq!(source.name.format.as_deref(), format, "{file}");
        assert_eq!(read(source), TEXT, "{file}");
        let mut bytes = Vec::new();
        let (name, mut file) = open_file(&location, &SourceOptions::default()).unwrap();
        file.read_to_end(&mut bytes).unwrap();
        assert_eq!(name.format.as_deref(), format);
        if !(name.file == "x.csv" && bytes == inner) {
            assert_eq!(bytes, TEXT, "{}", name.file);
        }
    }
}

#[test]
fn office_files_stay_packed() {
    let bytes = zip(&[("xl/workbook.xml", b"<x/>")]);
    let (_folder, location) = stored("x.xlsx", &bytes);
    assert_eq!(read(open(&location, &SourceOptions::default()).unwrap()), bytes);
}

#[test]
fn the_user_may_say_how_a_source_is_packed() {
    let (_folder, location) = stored("x.csv.gz", TEXT);
    let never = SourceOptions { unpack: Unpack::Never, ..SourceOptions::default() };
    assert_eq!(read(open(&location, &never).unwrap()), TEXT);
    let (_folder, location) = stored("x.dat", &zip(&[("a.csv", b"no"), ("b.csv", TEXT)]));
    let options = SourceOptions {
        unpack: Unpack::As(Compression::Zip),
        filename: Some("b.csv".into()),
        ..SourceOptions::default()
    };
    assert_eq!(read(open(&location, &options).unwrap()), TEXT);
    let options = SourceOptions { filename: Some("c.csv".into()), ..options };
    assert_eq!(open(&location, &options).unwrap_err().code(), "ARCHIVE_MEMBER");
}

#[test]
fn remote_sources_are_unpacked_once() {
    let server = Server::start(|_, request| match request.line.split(' ').nth(1).unwrap() {
        "/a.csv" => reply("200 OK", &["Content-Encoding: gzip"], &gzip(TEXT)),
        "/b.csv.gz" => reply("200 OK", &["Content-Encoding: gzip"], &gzip(TEXT)),
        "/c.csv.gz" => reply("200 OK", &[], &gzip(TEXT)),
        "/d.zip?v=1" => reply("200 OK", &[], &zip(&[("in.csv", TEXT)])),
        _ => reply("200 OK", &["Content-Encoding: br"], b"?"),
    });
    let locate = |path| Location::parse(&server.url(path), Path::new("")).unwrap();
    for path in ["/a.csv", "/b.csv.gz", "/c.csv.gz", "/d.zip?v=1"] {
        let location = locate(path);
        assert_eq!(read(open(&location, &SourceOptions::default()).unwrap()), TEXT, "{path}");
    }
    let error = open(&locate("/e.csv"), &SourceOptions::default()).unwrap_err();
    assert!(error.to_string().ends_with("is encoded as `br`, which is not supported"), "{error}");
    assert_eq!(server.requests()[0].header("accept-encoding"), Some("identity"));
}

#[test]
fn a_bomb_is_refused_through_all_layers() {
    let expansion = Expansion { bytes_max: 1 << 20, ratio_max: 200, allow_large: false };
    let options = SourceOptions { expansion, ..SourceOptions::default() };
    let zeros = vec![0; 4 << 20];
    let (_folder, location) = stored("x.csv.gz", &gzip(&zeros));
    let mut source = open(&location, &options).unwrap();
    let error = source.stream.read_to_end(&mut Vec::new()).unwrap_err();
    assert_eq!(store::fault(&error).unwrap().code(), "ARCHIVE_BOMB");
    // An archive tells how large its members are, so nothing needs to be read.
    let (_folder, location) = stored("x.zip", &zip(&[("x.csv", &zeros)]));
    assert_eq!(open(&location, &options).unwrap_err().code(), "ARCHIVE_BOMB");
}

#[test]
fn fingerprints_of_files_follow_their_content() {
    let (folder, location) = stored("x.csv", TEXT);
    let take = || fingerprint(&location, &SourceOptions::default().fetch).unwrap();
    let before = take();
    assert!(matches!(before, Fingerprint::File { bytes: 12, .. }));
    assert!(take().is_unchanged_since(&before));
    let text = serde_json::to_string(&before).unwrap();
    assert_eq!(serde_json::from_str::<Fingerprint>(&text).unwrap(), before);
    // The same bytes in another file count as a change.
    let other = folder.path().join("other");
    fs::write(&other, TEXT).unwrap();
    fs::rename(&other, location.local_path().unwrap()).unwrap();
    assert!(!take().is_unchanged_since(&before));
    fs::remove_file(location.local_path().unwrap()).unwrap();
    assert_eq!(take(), Fingerprint::Missing);
}
