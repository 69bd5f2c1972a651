//! Objects in S3: from a small server that breaks off, and from moto when `THORP_MOTO` names one.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;

use model::fault::Fault;
use store::fetch::{FetchOptions, open, open_file};
use store::fingerprint::{Fingerprint, fingerprint};
use store::location::{Location, S3Object};
use store::stop::Stop;
use store::upload::{S3Upload, SentObject, UploadError};

use crate::child;
use crate::server::{Server, reply, reply_cut};

/// The bucket that the parent chose for this child.
fn object(key: &str) -> S3Object {
    S3Object { bucket: child::role().unwrap(), key: key.into() }
}

fn locate(key: &str) -> Location {
    Location::parse(&object(key).to_string(), Path::new("")).unwrap()
}

fn read(key: &str) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let mut stream =
        open(&locate(key), &FetchOptions::default()).map_err(|error| error.code().to_owned())?;
    match stream.read_to_end(&mut bytes) {
        Ok(_) => Ok(bytes),
        Err(error) => Err(store::fault(&error).unwrap().code().to_owned()),
    }
}

/// Runs the test `name` for `bucket` in a process whose S3 service is at `endpoint`.
fn run_against(name: &str, endpoint: &str, bucket: &str) {
    let status = child::command(name, bucket)
        .env("AWS_ENDPOINT_URL", endpoint)
        .env("AWS_ACCESS_KEY_ID", "key")
        .env("AWS_SECRET_ACCESS_KEY", "secret")
        .env("AWS_REGION", "us-east-1")
        .status()
        .unwrap();
    assert!(status.success());
}

#[test]
fn an_object_that_breaks_off_is_resumed() {
    if child::role().is_some() {
        assert!(read("x.csv").unwrap() == body());
        assert_eq!(read("missing.csv").unwrap_err(), "FETCH_NOT_FOUND");
        assert_eq!(read("secret.csv").unwrap_err(), "FETCH_DENIED");
        return;
    }
    let server = Server::start(|_, request| {
        let dates = ["ETag: \"v1\"", "Last-Modified: Wed, 21 Oct 2015 07:28:00 GMT"];
        let path = request.line.split(' ').nth(1).unwrap();
        let range = request.header("range").and_then(|range| range.strip_prefix("bytes="));
        match (path, range.and_then(|range| range.split('-').next())) {
            ("/bucket/x.csv", None) => reply_cut("200 OK", &dates, (&body(), 300_000)),
            ("/bucket/x.csv", Some(start)) => {
                let start: usize = start.parse().unwrap();
                let range = format!("Content-Range: bytes {start}-799999/800000");
                reply("206 Partial", &[dates[0], dates[1], &range], &body()[start..])
            }
            ("/bucket/secret.csv", _) => reply("403 No", &[], b"<Error/>"),
            _ => reply("404 No", &[], b"<Error/>"),
        }
    });
    run_against("s3::an_object_that_breaks_off_is_resumed", &server.url(""), "bucket");
    assert_eq!(server.requests().len(), 4);
    assert!(server.requests()[1].header("range").unwrap().starts_with("bytes=300000-"));
}

fn body() -> Vec<u8> {
    (0..200_000_u32).flat_map(|n| (n % 251).to_be_bytes()).collect()
}

#[test]
fn an_upload_that_is_gone_is_done_only_when_its_object_is_there() {
    if child::role().is_some() {
        let complete = |key: &str, bytes| {
            let object = object(key);
            let parts = vec!["\"p\"".to_owned(), "\"q\"".to_owned()];
            let upload_id = "gone".into();
            SentObject { object, upload_id, parts, bytes, replaces: None }
                .complete(&Stop::default())
        };
        complete("there", 6).unwrap();
        for (key, bytes) in [("there", 7), ("missing", 6)] {
            let error = complete(key, bytes).unwrap_err();
            assert!(matches!(error, UploadError::Lost { .. }), "{error:?}");
        }
        return;
    }
    let server =
        Server::start(|_, request| match request.line.split(' ').collect::<Vec<_>>()[..] {
            ["HEAD", "/bucket/there", _] => {
                let headers = ["ETag: \"abc-2\"", "Last-Modified: Wed, 21 Oct 2015 07:28:00 GMT"];
                reply_cut("200 OK", &headers, (b"123456", 0))
            }
            _ => reply("404 No", &[], b"<Error><Code>NoSuchUpload</Code></Error>"),
        });
    run_against(
        "s3::an_upload_that_is_gone_is_done_only_when_its_object_is_there",
        &server.url(""),
        "bucket",
    );
}

#[test]
fn uploads_appear_when_they_are_completed() {
    if child::role().is_some() {
        upload_is_invisible_until_completed();
        upload_is_completed_by_its_record();
        upload_that_is_aborted_leaves_the_old_object();
        upload_of_an_empty_object();
        upload_into_a_missing_bucket();
        return;
    }
    let Ok(moto) = std::env::var("THORP_MOTO") else {
        eprintln!("SKIPPED: THORP_MOTO names no S3 server, so uploads are not tested");
        return;
    };
    // The server may outlive this run.
    let bucket = format!("bucket-{}", std::process::id());
    make_bucket(&moto, &bucket);
    run_against("s3::uploads_appear_when_they_are_completed", &moto, &bucket);
}

/// Makes a bucket; moto does not check who asks.
fn make_bucket(moto: &str, bucket: &str) {
    let host = moto.trim_start_matches("http://").trim_end_matches('/');
    let mut stream = TcpStream::connect(host).unwrap();
    let request = format!(
        "PUT /{bucket} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.contains(" 200 ") || answer.contains(" 409 "), "{answer}");
}

fn start(key: &str) -> S3Upload {
    S3Upload::start(&object(key), &Stop::default()).unwrap()
}

fn upload_is_invisible_until_completed() {
    let bytes: Vec<u8> = (0..5_000_000_u32).flat_map(u32::to_be_bytes).collect();
    let mut upload = start("new/large.csv");
    upload.write_all(&bytes).unwrap();
    let sent = upload.finish().unwrap();
    assert_eq!((sent.parts.len(), sent.bytes), (2, 20_000_000));
    assert!(read("new/large.csv").is_err_and(|code| code == "FETCH_NOT_FOUND"));
    let take = || fingerprint(&locate("new/large.csv"), &FetchOptions::default()).unwrap();
    assert_eq!(take(), Fingerprint::Missing);
    sent.complete(&Stop::default()).unwrap();
    assert!(matches!(take(), Fingerprint::Remote { bytes: Some(20_000_000), .. }));
    let mut file = open_file(&locate("new/large.csv"), &FetchOptions::default()).unwrap();
    let mut arrived = Vec::new();
    file.read_to_end(&mut arrived).unwrap();
    assert!(arrived == bytes);
}

fn upload_is_completed_by_its_record() {
    let mut upload = start("recovered.csv");
    upload.write_all(b"id\n1\n").unwrap();
    let record = serde_json::to_string(&upload.finish().unwrap()).unwrap();
    let sent: SentObject = serde_json::from_str(&record).unwrap();
    sent.complete(&Stop::default()).unwrap();
    sent.complete(&Stop::default()).unwrap();
    assert_eq!(read("recovered.csv").unwrap(), b"id\n1\n");
}

fn upload_that_is_aborted_leaves_the_old_object() {
    let mut upload = start("recovered.csv");
    upload.write_all(b"other").unwrap();
    let early = upload.record();
    let sent = upload.finish().unwrap();
    early.abort(&Stop::default()).unwrap();
    early.abort(&Stop::default()).unwrap();
    assert_eq!(read("recovered.csv").unwrap(), b"id\n1\n");
    // S3 answers 404 here, moto 500; neither is taken for done.
    let error = sent.complete(&Stop::default()).unwrap_err();
    assert!(matches!(error, UploadError::Lost { .. } | UploadError::Failed { .. }), "{error:?}");
    assert_eq!(read("recovered.csv").unwrap(), b"id\n1\n");
}

fn upload_of_an_empty_object() {
    let sent = start("empty.csv").finish().unwrap();
    sent.complete(&Stop::default()).unwrap();
    assert_eq!(read("empty.csv").unwrap(), b"");
}

fn upload_into_a_missing_bucket() {
    let object = S3Object { bucket: "nowhere".into(), key: "x".into() };
    let error = S3Upload::start(&object, &Stop::default()).unwrap_err();
    assert_eq!(error.code(), "UPLOAD_FAILED");
    assert!(matches!(error, UploadError::NoBucket { .. }), "{error:?}");
}
