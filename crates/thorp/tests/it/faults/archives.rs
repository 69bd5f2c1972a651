//! Packed sources that expand without measure, or hold what they should not.

use super::case::{Case, load};
use crate::mounts::in_own_mounts;

/// Part of a stream that is packed by [`zstd`].
pub(crate) enum Block<'a> {
    Bytes(&'a [u8]),
    /// 128 KiB of one byte, packed as four.
    Repeat(u8),
}

/// `blocks` as a Zstandard frame.
pub(crate) fn zstd(blocks: &[Block<'_>]) -> Vec<u8> {
    let mut frame = vec![0x28, 0xb5, 0x2f, 0xfd, 0, 0x58];
    for (at, block) in blocks.iter().enumerate() {
        let last = u32::from(at + 1 == blocks.len());
        let (size, kind, content) = match block {
            Block::Bytes(bytes) => (bytes.len(), 0, *bytes),
            Block::Repeat(byte) => (128 << 10, 1, std::slice::from_ref(byte)),
        };
        let head = u32::try_from(size).unwrap() << 3 | kind << 1 | last;
        frame.extend_from_slice(&head.to_le_bytes()[..3]);
        frame.extend_from_slice(content);
    }
    frame
}

/// A zip archive of files that are not packed, and of which it says that they unpack to `said`
/// bytes.
pub(crate) fn zip(files: &[(&str, &str)], said: Option<u32>) -> Vec<u8> {
    let (mut archive, mut directory) = (Vec::new(), Vec::new());
    for (name, content) in files {
        let start = u32::try_from(archive.len()).unwrap();
        let size = u32::try_from(content.len()).unwrap();
        let mut about = Vec::new();
        about.extend([20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0]);
        about.extend(crc32(content.as_bytes()).to_le_bytes());
        about.extend(size.to_le_bytes());
        about.extend(said.unwrap_or(size).to_le_bytes());
        about.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
        about.extend([0, 0]);
        archive.extend(b"PK\x03\x04");
        archive.extend(&about);
        archive.extend(name.as_bytes());
        archive.extend(content.as_bytes());
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(&about);
        directory.extend([0; 10]);
        directory.extend(start.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let count = u16::try_from(files.len()).unwrap().to_le_bytes();
    let (start, size) = (archive.len(), directory.len());
    archive.extend(directory);
    archive.extend(b"PK\x05\x06\0\0\0\0");
    archive.extend([count, count].concat());
    archive.extend(u32::try_from(size).unwrap().to_le_bytes());
    archive.extend(u32::try_from(start).unwrap().to_le_bytes());
    archive.extend([0, 0]);
    archive
}

fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
    !bytes.iter().fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), step))
}

const PACKAGE: &str = r#"{"name": "p", "resources": [{"name": "rows", "path": "rows.csv",
    "schema": {"fields": [{"name": "a", "type": "string"}]}}]}"#;

#[test]
fn an_archive_that_says_it_expands_too_far_is_refused_unless_allowed() {
    // The one that writes the sizes of the archive is believed at first.
    let case = Case::with_file("rows.zip", &zip(&[("rows.csv", "a\n1\n")], Some(2_000_000_000)));
    let spec = load("{from: rows.zip, name: rows}");
    let expected = ["2000000000 bytes or more from 4 packed", "`--allow-large-archives`"];
    case.fails(&spec, ("ARCHIVE_BOMB", &expected));
    // When it is allowed, the archive is read, and has lied.
    case.project.write("pipeline-spec.yaml", &spec);
    let output = case.run(&["--allow-large-archives"]);
    super::case::failure(&output, ("COMPRESSION_INVALID", &["damaged or cut off after 4 bytes"]));
}

#[test]
fn a_package_whose_members_together_expand_too_far_is_refused() {
    let files = [("datapackage.json", PACKAGE), ("rows.csv", "a\n1\n")];
    let case = Case::with_file("package.zip", &zip(&files, Some(600_000_000)));
    let spec = load("{from: package.zip, name: rows, format: datapackage}");
    case.fails(&spec, ("ARCHIVE_BOMB", &["1200000000 bytes or more", "`--allow-large-archives`"]));
}

#[test]
fn a_workbook_that_expands_too_far_is_refused() {
    let case =
        Case::with_file("rows.xlsx", &zip(&[("xl/workbook.xml", "<x/>")], Some(2_000_000_000)));
    let spec = load("{from: rows.xlsx, name: rows}");
    case.fails(&spec, ("ARCHIVE_BOMB", &["unpack to 2000000000", "`--allow-large-archives`"]));
    case.project.write("pipeline-spec.yaml", &spec);
    let output = case.run(&["--allow-large-archives"]);
    super::case::failure(&output, ("TABLE_UNREADABLE", &["xlsx"]));
    let refused = case.project.run(&["validate", "rows.xlsx"]);
    let allowed = case.project.run(&["validate", "rows.xlsx", "--allow-large-archives"]);
    let told =
        |output| format!("{}{}", crate::project::stdout(output), crate::project::stderr(output));
    assert!(told(&refused).contains("unpack to 2000000000"), "{}", told(&refused));
    assert!(!told(&allowed).contains("unpack to"), "{}", told(&allowed));
}

#[test]
fn a_stream_that_expands_beyond_a_gibibyte_is_refused_while_it_is_read() {
    let blocks: Vec<Block<'_>> = (0..8_193).map(|_| Block::Repeat(0)).collect();
    let case = Case::with_file("rows.parquet.zst", &zstd(&blocks));
    case.project.write("pipeline-spec.yaml", &load("{from: rows.parquet.zst, name: rows}"));
    // What is unpacked until then goes to memory, and no disk is written to.
    let script = "mount -t tmpfs -o size=1200m thorp-test tmp
        TMPDIR=$PWD/tmp \"$THORP\" --output json run all > answer || code=$?
        test \"$code\" = 1
        test -z \"$(ls -A tmp)\"";
    if in_own_mounts(&case.project, script) {
        let answer: serde_json::Value = serde_json::from_str(&case.project.read("answer")).unwrap();
        let error = &answer["errors"][0];
        assert_eq!(error["code"], "ARCHIVE_BOMB", "{error}");
        assert!(error["help"].as_str().unwrap().contains("--allow-large-archives"));
    }
}

#[test]
fn a_stream_that_expands_a_little_further_than_200_times_works_below_a_gibibyte() {
    let mut blocks = vec![Block::Bytes(b"a\n")];
    blocks.extend((0..8).flat_map(|_| [Block::Repeat(b'x'), Block::Bytes(b"\n")]));
    let case = Case::with_file("rows.csv.zst", &zstd(&blocks));
    case.works(&load("{from: rows.csv.zst, name: rows}"), &[]);
    assert_eq!(case.project.read("out/rows.csv").lines().count(), 9);
}

#[test]
fn packed_bytes_that_end_early_are_an_error() {
    let whole = zstd(&[Block::Bytes(b"a\n1\n2\n"), Block::Repeat(b'x')]);
    let case = Case::with_file("rows.csv.zst", &whole[..whole.len() - 4]);
    let spec = load("{from: rows.csv.zst, name: rows}");
    case.fails(&spec, ("COMPRESSION_INVALID", &["damaged or cut off"]));
}

#[test]
fn a_member_whose_path_leads_out_is_refused() {
    for member in ["../evil.csv", "/tmp/evil.csv", "a/../../evil.csv"] {
        let files = [("datapackage.json", PACKAGE), (member, "a\n1\n")];
        let case = Case::with_file("package.zip", &zip(&files, None));
        let spec = load("{from: package.zip, name: rows, format: datapackage}");
        case.fails(&spec, ("PATH_UNSAFE", &["package.zip", member]));
        let spec = load(&format!("{{from: package.zip, name: rows, filename: '{member}'}}"));
        case.fails(&spec, ("PATH_UNSAFE", &["package.zip", member]));
    }
}
