use super::*;
use crate::compression::Compression;

fn parse(text: &str) -> Location {
    Location::parse(text, Path::new("/base")).unwrap()
}

#[test]
fn paths_are_relative_to_the_base_and_literal() {
    assert_eq!(parse("data/x.csv"), Location::File("/base/data/x.csv".into()));
    assert_eq!(parse("/abs/x.csv"), Location::File("/abs/x.csv".into()));
    assert_eq!(parse("what?#1.csv"), Location::File("/base/what?#1.csv".into()));
    assert_eq!(parse("a://b".trim_start_matches("a:")), Location::File("//b".into()));
}

#[test]
fn addresses_are_recognised() {
    assert_eq!(parse("file:///a%20b.csv"), Location::File("/a b.csv".into()));
    assert_eq!(parse("file://localhost/a.csv"), Location::File("/a.csv".into()));
    assert_eq!(parse("file://data/a.csv"), Location::File("/base/data/a.csv".into()));
    assert_eq!(
        parse("s3://bucket/deep/key.csv"),
        Location::S3(S3Object { bucket: "bucket".into(), key: "deep/key.csv".into() })
    );
    let Location::Http(url) = parse("HTTPS://Host/x.csv?a=1#frag") else {
        panic!("is a web address")
    };
    assert_eq!(url.as_str(), "https://host/x.csv?a=1");
}

#[test]
fn bad_texts_are_refused_with_their_reason() {
    let error = |text| Location::parse(text, Path::new("/base")).unwrap_err();
    assert_eq!(error(" "), LocationError::Empty);
    assert!(
        matches!(error("gopher://x/y"), LocationError::Scheme { scheme, .. } if scheme == "gopher")
    );
    assert!(matches!(error("s3://bucket"), LocationError::S3 { .. }));
    assert!(matches!(error("s3://bucket/"), LocationError::S3 { .. }));
    assert!(matches!(error("http://"), LocationError::Invalid { .. }));
    assert!(matches!(error("a\0b"), LocationError::Nul { .. }));
    assert_eq!(error("x://y").code(), "LOCATION_INVALID");
}

#[test]
fn messages_hold_no_secrets() {
    let location = parse("https://user:pass@host:8443/x.csv?token=abc");
    assert_eq!(location.to_string(), "https://host:8443/x.csv?...");
}

#[test]
fn names_tell_format_and_compression() {
    let table = [
        ("cities.csv", "cities", Some("csv"), None),
        ("cities.CSV.GZ", "cities", Some("csv"), Some(Compression::Gzip)),
        ("v1.2.csv.zst", "v1.2", Some("csv"), Some(Compression::Zstd)),
        ("cities.zip", "cities", None, Some(Compression::Zip)),
        ("cities.csv.zip", "cities", Some("csv"), Some(Compression::Zip)),
        ("x.tsv.bz2", "x", Some("tsv"), Some(Compression::Bzip2)),
        ("x.jsonl.xz", "x", Some("jsonl"), Some(Compression::Xz)),
        ("README", "README", None, None),
        (".hidden", ".hidden", None, None),
        ("odd. ending", "odd. ending", None, None),
    ];
    for (file, base, format, compression) in table {
        let name = Name::parse(file);
        assert_eq!(name.base, base, "{file}");
        assert_eq!(name.format.as_deref(), format, "{file}");
        assert_eq!(name.compression, compression, "{file}");
    }
}

#[test]
fn names_of_addresses_ignore_query_and_encoding() {
    let name = parse("https://host/a/my%20table.csv.gz?x=y.json").name();
    assert_eq!((name.base.as_str(), name.format.as_deref()), ("my table", Some("csv")));
    assert_eq!(parse("https://host/export?format=CSV").name().format.as_deref(), Some("csv"));
    assert_eq!(parse("https://host.com").name().base, "host.com");
    assert_eq!(parse("https://host.com").name().format, None);
    assert_eq!(parse("s3://b/k/x.parquet").name().format.as_deref(), Some("parquet"));
}

#[test]
fn members_stay_inside_their_package() {
    for good in ["x.csv", "data/x.csv", "./x.csv", "a..b.csv", "https://host/x.csv", "ftp://h/x"] {
        assert_eq!(check_member(good), Ok(()), "{good}");
    }
    for bad in [
        "",
        "/etc/passwd",
        "../x",
        "a/../../x",
        "a/..",
        "~/x",
        "~root",
        "file:///etc/passwd",
        "s3://bucket/x",
        "a\0",
        "C:\\x",
        "\\\\host\\x",
        "a\\..\\x",
    ] {
        assert!(check_member(bad).is_err(), "{bad}");
    }
    assert_eq!(check_member("../x").unwrap_err().code(), "PATH_UNSAFE");
}

#[test]
fn members_are_found_beside_their_descriptor() {
    let member = |descriptor: &str, path| parse(descriptor).member(path).unwrap();
    assert_eq!(member("p/datapackage.json", "data/x.csv"), parse("p/data/x.csv"));
    assert_eq!(
        member("http://h/p/datapackage.json?v=1", "data/x.csv?y=2"),
        parse("http://h/p/data/x.csv?y=2")
    );
    assert_eq!(member("http://h/datapackage.json", "a:b.csv"), parse("http://h/a:b.csv"));
    assert_eq!(member("s3://b/p/datapackage.json", "./x.csv"), parse("s3://b/p/x.csv"));
    assert_eq!(member("s3://b/datapackage.json", "x.csv"), parse("s3://b/x.csv"));
    assert_eq!(member("p/datapackage.json", "http://h/x.csv"), parse("http://h/x.csv"));
    let climbing = parse("http://h/p/datapackage.json").member("%2e%2e/x.csv");
    assert!(climbing.is_err(), "{climbing:?}");
}
