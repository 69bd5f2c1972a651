use std::io::Read;

use zip::write::{SimpleFileOptions, ZipWriter};

use super::*;

fn pack(build: impl FnOnce(&mut ZipWriter<File>)) -> File {
    let file = tempfile::tempfile().unwrap();
    let mut zip = ZipWriter::new(file);
    build(&mut zip);
    zip.finish().unwrap()
}

fn add(zip: &mut ZipWriter<File>, name: &str, bytes: &[u8]) {
    zip.start_file(name, SimpleFileOptions::default()).unwrap();
    zip.write_all(bytes).unwrap();
}

fn read(archive: &Archive, filename: Option<&str>) -> Vec<u8> {
    let member = archive.pick(filename).unwrap();
    let mut out = Vec::new();
    archive.read(member, Expansion::default()).unwrap().read_to_end(&mut out).unwrap();
    out
}

#[test]
fn members_are_listed_picked_and_read_beside_each_other() {
    let file = pack(|zip| {
        zip.add_directory("data", SimpleFileOptions::default()).unwrap();
        add(zip, "__MACOSX/data/._one.csv", b"x");
        add(zip, "data/one.csv", &b"id\n1\n".repeat(100_000));
        add(zip, "data/two.csv", b"id\n2\n");
    });
    let archive = Archive::open("x.zip", file).unwrap();
    let names: Vec<_> = archive.members().iter().map(|member| member.name.as_str()).collect();
    assert_eq!(names, ["__MACOSX/data/._one.csv", "data/one.csv", "data/two.csv"]);
    let mut first = archive.read(archive.pick(None).unwrap(), Expansion::default()).unwrap();
    let mut head = [0; 5];
    first.read_exact(&mut head).unwrap();
    assert_eq!(read(&archive, Some("data/two.csv")), b"id\n2\n");
    let mut rest = Vec::new();
    first.read_to_end(&mut rest).unwrap();
    assert_eq!((&head, rest.len()), (b"id\n1\n", 499_995));
}

#[test]
fn every_method_is_read() {
    let methods = [
        zip::CompressionMethod::Stored,
        zip::CompressionMethod::Deflated,
        zip::CompressionMethod::Bzip2,
        zip::CompressionMethod::Zstd,
    ];
    for method in methods {
        let file = pack(|zip| {
            let options = SimpleFileOptions::default().compression_method(method);
            zip.start_file("x.csv", options).unwrap();
            zip.write_all(&b"a,b\n".repeat(1000)).unwrap();
        });
        assert_eq!(read(&Archive::open("x.zip", file).unwrap(), None), b"a,b\n".repeat(1000));
    }
}

#[test]
fn a_missing_member_is_named_beside_those_that_exist() {
    let archive = Archive::open("x.zip", pack(|zip| add(zip, "a.csv", b"1"))).unwrap();
    let error = archive.pick(Some("b.csv")).unwrap_err();
    assert_eq!(error.to_string(), "`x.zip` has no member `b.csv`; it has `a.csv`");
    assert_eq!(error.code(), "ARCHIVE_MEMBER");
    let empty = Archive::open("x.zip", pack(|_| {})).unwrap();
    assert!(matches!(empty.pick(None), Err(ArchiveError::Empty { .. })));
}

#[test]
fn members_that_lead_out_are_refused() {
    for name in ["../evil.csv", "/etc/evil.csv", "a/../../evil.csv", "..\\evil.csv", "C:\\evil"] {
        let file = pack(|zip| add(zip, name, b"1"));
        let archive = Archive::open("x.zip", file).unwrap();
        let error = archive.extract(Expansion::default()).unwrap_err();
        assert_eq!(error.code(), "PATH_UNSAFE", "{name}: {error}");
        let member = archive.pick(Some(name)).unwrap();
        assert!(archive.read(member, Expansion::default()).is_err());
    }
}

#[test]
fn symbolic_links_are_refused() {
    let file = pack(|zip| {
        zip.add_symlink("link", "/etc/passwd", SimpleFileOptions::default()).unwrap();
    });
    let error = Archive::open("x.zip", file).unwrap().extract(Expansion::default()).unwrap_err();
    assert!(matches!(error, ArchiveError::Symlink { .. }), "{error}");
}

#[test]
fn an_archive_that_expands_without_measure_is_refused_unless_allowed() {
    let strict = Expansion { bytes_max: 1 << 20, ratio_max: 200, allow_large: false };
    let one = pack(|zip| add(zip, "zeros.csv", &vec![0; 4 << 20]));
    let archive = Archive::open("x.zip", one).unwrap();
    let member = archive.pick(None).unwrap();
    let error = archive.read(member, strict).err().unwrap();
    assert_eq!(error.code(), "ARCHIVE_BOMB");
    archive.read(member, Expansion { allow_large: true, ..strict }).unwrap();

    // Each member is below the bound, their sum is not.
    let many = pack(|zip| {
        for index in 0..8 {
            add(zip, &format!("{index}.csv"), &vec![0; 1 << 20]);
        }
    });
    let archive = Archive::open("x.zip", many).unwrap();
    let error = archive.extract(strict).unwrap_err();
    assert!(matches!(error, ArchiveError::Bomb { .. }), "{error}");
    let folder = archive.extract(Expansion::default()).unwrap();
    assert_eq!(fs::metadata(folder.path().join("7.csv")).unwrap().len(), 1 << 20);
}

#[test]
fn damage_shows_as_an_error() {
    let mut file = pack(|zip| {
        let stored =
            SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
        zip.start_file("x.csv", stored).unwrap();
        zip.write_all(b"first,second,third").unwrap();
    });
    let mut bytes = Vec::new();
    io::Seek::rewind(&mut file).unwrap();
    file.read_to_end(&mut bytes).unwrap();
    let at = bytes.windows(6).position(|window| window == b"second").unwrap();
    bytes[at] = b'S';
    let mut damaged = tempfile::tempfile().unwrap();
    damaged.write_all(&bytes).unwrap();
    let archive = Archive::open("x.zip", damaged).unwrap();
    let mut stream = archive.read(archive.pick(None).unwrap(), Expansion::default()).unwrap();
    let error = stream.read_to_end(&mut Vec::new()).unwrap_err();
    assert_eq!(crate::fault(&error).unwrap().code(), "COMPRESSION_INVALID");

    let mut short = tempfile::tempfile().unwrap();
    short.write_all(&bytes[..bytes.len() - 30]).unwrap();
    let error = Archive::open("x.zip", short).unwrap_err();
    assert_eq!((error.code(), error.kind()), ("ARCHIVE_INVALID", Kind::Invalid));
}
