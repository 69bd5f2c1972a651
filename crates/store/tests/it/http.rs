//! Fetching over http from servers that behave badly.

use std::io::Read;
use std::net::TcpListener;
use std::path::Path;
use std::sync::{Arc, Mutex};

use model::fault::{Fault, Kind};
use store::fetch::{FetchError, FetchOptions, open, open_file};
use store::fingerprint::{Fingerprint, fingerprint};
use store::location::Location;
use store::stop::{Pause, Stop, Stopped};

use crate::server::{Request, Server, reply, reply_cut};

/// Notes the waits instead of waiting.
#[derive(Debug, Default)]
struct Notes(Mutex<Vec<u64>>);

impl Pause for Notes {
    fn pause(&self, ms: u64, stop: &Stop) -> Result<(), Stopped> {
        self.0.lock().unwrap().push(ms);
        if stop.is_requested() { Err(Stopped) } else { Ok(()) }
    }
}

fn options() -> (FetchOptions, Arc<Notes>) {
    let notes = Arc::new(Notes::default());
    (FetchOptions { pause: notes.clone(), ..FetchOptions::default() }, notes)
}

fn locate(url: &str) -> Location {
    Location::parse(url, Path::new("")).unwrap()
}

/// Reads all of it, and gives the typed error's code when that fails.
fn read(url: &str) -> Result<Vec<u8>, (&'static str, String)> {
    let describe = |error: &dyn Fault| (error.code(), error.to_string());
    let mut stream = open(&locate(url), &options().0).map_err(|error| describe(&error))?;
    let mut bytes = Vec::new();
    match stream.read_to_end(&mut bytes) {
        Ok(_) => Ok(bytes),
        Err(error) => Err(describe(store::fault(&error).expect("is typed"))),
    }
}

fn body() -> Vec<u8> {
    (0..200_000_u32).flat_map(|n| (n % 251).to_be_bytes()).collect()
}

/// Serves `whole` with ranges and breaks off each answer after `sent` bytes.
fn truncating(validator: &'static str, sent: usize) -> Server {
    Server::start(move |_, request| {
        let whole = body();
        match request.range_start() {
            Some(start) => {
                let rest = &whole[start..];
                let range =
                    format!("Content-Range: bytes {start}-{}/{}", whole.len() - 1, whole.len());
                let part = (rest, rest.len().min(sent));
                reply_cut("206 Partial Content", &[validator, &range], part)
            }
            None => reply_cut("200 OK", &[validator], (&whole, sent)),
        }
    })
}

#[test]
fn a_server_that_fails_twice_is_asked_a_third_time() {
    for failure in ["500 Oops", "503 Busy", "429 Slow down"] {
        let server = Server::start(move |number, _| match number {
            0 | 1 => reply(failure, &[], b"oops"),
            _ => reply("200 OK", &[], b"id\n1\n"),
        });
        let (options, notes) = options();
        let mut text = String::new();
        let location = locate(&server.url("/x.csv"));
        open(&location, &options).unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(text, "id\n1\n");
        let waits = notes.0.lock().unwrap().clone();
        assert!(waits.len() == 2 && waits[0] <= 500 && waits[1] > waits[0], "{waits:?}");
    }
}

#[test]
fn a_server_that_always_fails_is_left_after_four_tries() {
    let server = Server::start(|_, _| reply("502 Bad", &[], b""));
    let (code, text) = read(&server.url("/x.csv")).unwrap_err();
    assert_eq!(code, "FETCH_FAILED");
    assert!(text.ends_with("/x.csv` answered with status 502"), "{text}");
    assert_eq!(server.requests().len(), 4);
}

#[test]
fn what_will_not_pass_is_not_tried_again() {
    for (status, code) in
        [("404 No", "FETCH_NOT_FOUND"), ("403 No", "FETCH_DENIED"), ("400 No", "FETCH_FAILED")]
    {
        let server = Server::start(move |_, _| reply(status, &[], b""));
        assert_eq!(read(&server.url("/x")).unwrap_err().0, code);
        assert_eq!(server.requests().len(), 1, "{status}");
    }
}

#[test]
fn a_server_may_say_how_long_to_wait() {
    let server = Server::start(|number, _| match number {
        0 => reply("503 Busy", &["Retry-After: 7"], b""),
        1 => reply("503 Busy", &["Retry-After: 99999"], b""),
        _ => reply("200 OK", &[], b"x"),
    });
    let (options, notes) = options();
    open(&locate(&server.url("/x")), &options).unwrap();
    assert_eq!(*notes.0.lock().unwrap(), [7000, 30_000]);
}

#[test]
fn an_unreachable_server_is_an_error_with_its_cause() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let location = locate(&format!("http://user:secret@127.0.0.1:{port}/x?token=secret"));
    let error = open(&location, &options().0).err().unwrap();
    assert!(matches!(error, FetchError::Unreachable { tries: 4, .. }), "{error:?}");
    assert_eq!(error.kind(), Kind::Unavailable);
    let chain = model::fault::Chain(&error).to_string();
    assert!(!chain.contains("secret") && chain.contains("refused"), "{chain}");
}

#[test]
fn a_body_that_breaks_off_is_resumed_where_it_ended() {
    for validator in ["ETag: \"v1\"", "Last-Modified: Wed, 21 Oct 2015 07:28:00 GMT"] {
        let server = truncating(validator, 300_000);
        assert!(read(&server.url("/x")).unwrap() == body());
        let requests = server.requests();
        assert_eq!(requests.len(), 3);
        assert_eq!(requests[1].range_start(), Some(300_000));
        let value = validator.split_once(": ").unwrap().1;
        assert_eq!(requests[1].header("if-range"), Some(value));
        assert_eq!(requests[2].range_start(), Some(600_000));
    }
}

#[test]
fn a_body_of_a_server_without_ranges_is_read_again_and_compared() {
    for validator in ["ETag: \"v1\"", "ETag: W/\"weak\"", "X-Nothing: 1"] {
        let server = Server::start(move |number, _| {
            let whole = body();
            let sent = if number == 0 { 500_001 } else { whole.len() };
            reply_cut("200 OK", &[validator], (&whole, sent))
        });
        assert!(read(&server.url("/x")).unwrap() == body());
        assert_eq!(server.requests().len(), 2);
    }
}

#[test]
fn a_body_that_changed_in_between_is_an_error() {
    let other_version = Server::start(|number, _| match number {
        0 => reply_cut("200 OK", &["ETag: \"v1\""], (&body(), 500_001)),
        _ => reply("200 OK", &["ETag: \"v2\""], &body()),
    });
    assert_eq!(read(&other_version.url("/x")).unwrap_err().0, "FETCH_CHANGED");
    let other_bytes = Server::start(|number, _| match number {
        0 => reply_cut("200 OK", &[], (&body(), 500_001)),
        _ => {
            let mut bytes = body();
            bytes[7] ^= 1;
            reply("200 OK", &[], &bytes)
        }
    });
    assert_eq!(read(&other_bytes.url("/x")).unwrap_err().0, "FETCH_CHANGED");
    let other_length = Server::start(|number, _| match number {
        0 => reply_cut("200 OK", &[], (&body(), 500_001)),
        _ => reply("200 OK", &[], b"short"),
    });
    assert_eq!(read(&other_length.url("/x")).unwrap_err().0, "FETCH_CHANGED");
    let other_part = Server::start(|number, _| match number {
        0 => reply_cut("200 OK", &["ETag: \"v1\""], (&body(), 500_001)),
        _ => reply("206 Partial", &["Content-Range: bytes 0-4/800000"], b"wrong"),
    });
    assert_eq!(read(&other_part.url("/x")).unwrap_err().0, "FETCH_CHANGED");
}

#[test]
fn a_body_that_never_gets_further_is_an_error_and_not_short() {
    let server = Server::start(|_, request| match request.range_start() {
        Some(start) => {
            let range = format!("Content-Range: bytes {start}-799999/800000");
            reply_cut("206 Partial", &["ETag: \"v1\"", &range], (&body()[start..], 0))
        }
        None => reply_cut("200 OK", &["ETag: \"v1\""], (&body(), 1000)),
    });
    let (code, text) = read(&server.url("/x")).unwrap_err();
    assert_eq!(code, "FETCH_FAILED");
    assert!(text.ends_with("broke off after 1000 bytes of 800000"), "{text}");
    assert_eq!(server.requests().len(), 4);
}

#[test]
fn a_chunked_body_without_its_end_is_not_taken_for_whole() {
    let server = Server::start(|_, _| {
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n".to_vec()
    });
    let (code, text) = read(&server.url("/x")).unwrap_err();
    assert_eq!(code, "FETCH_FAILED");
    assert!(text.ends_with("broke off after 5 bytes"), "{text}");
}

#[test]
fn redirects_are_followed_up_to_a_limit() {
    let server = Server::start(|_, request| {
        let hop: u32 = request.line.split(['/', ' ']).nth(2).unwrap().parse().unwrap();
        match hop {
            0 => reply("200 OK", &[], b"there"),
            hop => reply("302 Found", &[&format!("Location: /{}", hop - 1)], b""),
        }
    });
    assert_eq!(read(&server.url("/10")).unwrap(), b"there");
    let error = open(&locate(&server.url("/11")), &options().0).err().unwrap();
    assert!(matches!(error, FetchError::Redirects { .. }), "{error}");
    let trap = Server::start(|_, _| reply("301 Moved", &["Location: file:///etc/passwd"], b""));
    let error = open(&locate(&trap.url("/x")), &options().0).err().unwrap();
    assert!(matches!(error, FetchError::RedirectTarget { .. }), "{error}");
}

#[test]
fn headers_of_the_user_stay_with_their_host() {
    let other = Server::start(|_, _| reply("200 OK", &[], b"x"));
    let target = format!("Location: {}", other.url("/away"));
    let server = Server::start(move |_, request: &Request| match request.line.as_str() {
        "GET /same HTTP/1.1" => reply("302 Found", &["Location: /other"], b""),
        _ => reply("302 Found", &[&target], b""),
    });
    let headers = vec![("X-Api-Key".to_owned(), "secret".to_owned())];
    let options = FetchOptions { headers, ..options().0 };
    open(&locate(&server.url("/same")), &options).unwrap();
    let keys: Vec<_> =
        server.requests().iter().map(|r| r.header("x-api-key").map(str::to_owned)).collect();
    assert_eq!(keys, [Some("secret".to_owned()), Some("secret".to_owned())]);
    assert_eq!(other.requests()[0].header("x-api-key"), None);
    let headers = vec![("Bad Name".to_owned(), "x".to_owned())];
    let error = open(&locate(&server.url("/same")), &FetchOptions { headers, ..options });
    assert!(matches!(error, Err(FetchError::Header { .. })));
}

#[test]
fn more_bytes_than_allowed_are_an_error() {
    let server = Server::start(|_, _| reply("200 OK", &[], &body()));
    let options = FetchOptions { bytes_max: Some(1000), ..options().0 };
    let error = open_file(&locate(&server.url("/x")), &options).unwrap_err();
    assert_eq!((error.code(), error.kind()), ("FETCH_LIMIT", Kind::Limit));
}

#[test]
fn a_stop_ends_a_transfer_that_hangs() {
    // The listener is never read from, so that the answer never comes.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let location = locate(&format!("http://{}/x", listener.local_addr().unwrap()));
    let (options, _) = options();
    let stop = options.stop.clone();
    let fetching = std::thread::spawn(move || open(&location, &options).err());
    let accepted = listener.accept().unwrap();
    stop.request();
    let error = fetching.join().unwrap().unwrap();
    assert!(matches!(error, FetchError::Stopped { .. }), "{error}");
    drop(accepted);
}

#[test]
fn a_silent_server_is_an_error() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let location = locate(&format!("http://{}/x", listener.local_addr().unwrap()));
    let options = FetchOptions { read_timeout_ms: 20, retries: 1, ..options().0 };
    let error = open(&location, &options).err().unwrap();
    assert!(model::fault::Chain(&error).to_string().ends_with("no answer for 20 ms"), "{error}");
}

#[test]
fn a_remote_file_can_be_sought_in() {
    let server = truncating("ETag: \"v1\"", 300_000);
    let mut file = open_file(&locate(&server.url("/x.parquet")), &options().0).unwrap();
    std::io::Seek::seek(&mut file, std::io::SeekFrom::End(-4)).unwrap();
    let mut end = Vec::new();
    file.read_to_end(&mut end).unwrap();
    assert_eq!(end, body()[799_996..]);
}

#[test]
fn fingerprints_follow_the_validators() {
    let server = Server::start(|_, request| {
        let (method, path) = request.line.split_once(' ').unwrap();
        match (method, path.split(' ').next().unwrap()) {
            (_, "/none") => reply_cut("200 OK", &[], (b"1234", 0)),
            (_, "/missing") => reply("404 No", &[], b""),
            ("HEAD", "/get-only") => reply("405 No", &[], b""),
            _ => reply_cut("200 OK", &["ETag: \"v1\""], (b"1234", 0)),
        }
    });
    let take = |path| fingerprint(&locate(&server.url(path)), &options().0).unwrap();
    let tagged =
        Fingerprint::Remote { etag: Some("\"v1\"".into()), last_modified: None, bytes: Some(4) };
    assert_eq!(take("/x"), tagged);
    assert_eq!(take("/get-only"), tagged);
    assert_eq!(take("/none"), Fingerprint::Unknown);
    assert_eq!(take("/missing"), Fingerprint::Missing);
    assert!(take("/x").is_unchanged_since(&tagged));
    assert!(!take("/none").is_unchanged_since(&Fingerprint::Unknown));
    let text = serde_json::to_string(&tagged).unwrap();
    assert_eq!(serde_json::from_str::<Fingerprint>(&text).unwrap(), tagged);
}

#[test]
fn fetching_works_on_a_thread_of_another_runtime() {
    let server = truncating("ETag: \"v1\"", 300_000);
    let url = server.url("/x");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let bytes = runtime.block_on(async move { read(&url).unwrap() });
    assert!(bytes == body());
}
