//! Sources on the web that break off, lead elsewhere or fail.

use super::case::{Case, load};
use super::server::{Server, reply};

const TABLE: &str = "id,name\n1,Bern\n2,Rome\n3,Oslo\n";
const WRITTEN: &str = "id,name\r\n1,Bern\r\n2,Rome\r\n3,Oslo\r\n";

/// The pipeline that reads `path` of `server`.
fn from(server: &Server, path: &str) -> String {
    load(&format!("{{from: '{}', name: rows}}", server.url(path)))
}

/// Runs on a server that gives `answer` each time; the run fails so.
fn fails(answer: impl Fn(usize) -> Vec<u8> + Send + 'static, expected: (&str, &[&str])) {
    let server = Server::start(move |number, _| answer(number));
    Case::new().fails(&from(&server, "/rows.csv"), expected);
}

/// The first `bytes` of an answer to its last line but one.
fn cut(mut answer: Vec<u8>) -> Vec<u8> {
    answer.truncate(answer.len() - 9);
    answer
}

#[test]
fn a_source_that_always_breaks_off_is_an_error_and_never_a_shorter_table() {
    let answer = |_| cut(reply("200 OK", "ETag: \"1\"\r\n", TABLE));
    fails(answer, ("FETCH_FAILED", &["/rows.csv` broke off after 20 bytes of 29", "run again"]));
}

#[test]
fn a_chunked_source_without_its_last_chunk_is_an_error() {
    let answer = |_| {
        let head = "HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n";
        format!("{head}{:x}\r\n{TABLE}\r\n", TABLE.len()).into_bytes()
    };
    fails(answer, ("FETCH_FAILED", &["broke off after 29 bytes"]));
}

#[test]
fn a_source_that_breaks_off_once_is_read_to_its_end() {
    let server = Server::start(|number, head| {
        if number == 0 {
            return cut(reply("200 OK", "ETag: \"1\"\r\n", TABLE));
        }
        assert!(head.contains("range: bytes=20-") && head.contains("if-range: \"1\""), "{head}");
        reply("206 Partial Content", "Content-Range: bytes 20-28/29\r\n", TABLE.split_at(20).1)
    });
    let case = Case::new();
    case.works(&from(&server, "/rows.csv"), &[]);
    assert_eq!(case.project.read("out/rows.csv"), WRITTEN);
}

#[test]
fn a_source_that_changes_while_it_is_read_is_an_error() {
    let answer = |number| match number {
        0 => cut(reply("200 OK", "ETag: \"1\"\r\n", TABLE)),
        _ => reply("200 OK", "ETag: \"2\"\r\n", TABLE),
    };
    fails(answer, ("FETCH_CHANGED", &["changed while it was read, after 20 bytes"]));
}

#[test]
fn a_source_that_answers_500_twice_works() {
    let server = Server::start(|number, _| match number {
        0 | 1 => reply("500 Internal Server Error", "", "sorry"),
        _ => reply("200 OK", "", TABLE),
    });
    let case = Case::new();
    case.works(&from(&server, "/rows.csv"), &[]);
    assert_eq!(case.project.read("out/rows.csv"), WRITTEN);
}

#[test]
fn refusals_are_named_and_not_tried_again() {
    let refused = |status: &'static str| {
        move |number| {
            assert_eq!(number, 0, "{status} was asked for again");
            reply(status, "", "")
        }
    };
    fails(refused("404 Not Found"), ("FETCH_NOT_FOUND", &["/rows.csv` does not exist"]));
    fails(refused("403 Forbidden"), ("FETCH_DENIED", &["status 403", "http_headers"]));
    fails(refused("418 I'm a teapot"), ("FETCH_FAILED", &["answered with status 418"]));
}

#[test]
fn a_redirect_is_followed_to_another_host() {
    let target = Server::start(|_, _| reply("200 OK", "", TABLE));
    let location = format!("Location: {}\r\n", target.url("/rows.csv"));
    let server = Server::start(move |_, _| reply("302 Found", &location, ""));
    let case = Case::new();
    case.works(&from(&server, "/moved.csv"), &[]);
    assert_eq!(case.project.read("out/rows.csv"), WRITTEN);
}

#[test]
fn a_redirect_in_a_circle_ends() {
    let answer = |_| reply("302 Found", "Location: /rows.csv\r\n", "");
    fails(answer, ("FETCH_FAILED", &["/rows.csv` was redirected more than 10 times"]));
}

#[test]
fn a_redirect_to_something_else_than_the_web_is_not_followed() {
    for target in ["file:///etc/passwd", "gopher://127.0.0.1/", "s3://bucket/key"] {
        let answer = move |_| reply("302 Found", &format!("Location: {target}\r\n"), "");
        let text = format!("was redirected to `{target}`, which is no web address");
        fails(answer, ("FETCH_FAILED", &[&text]));
    }
}

#[test]
fn an_address_with_an_unknown_scheme_is_refused() {
    let text = "has the unknown scheme `gopher`";
    let spec = load("{from: 'gopher://127.0.0.1/rows.csv', name: rows}");
    Case::new().fails(&spec, ("LOCATION_INVALID", &[text, "use a path, `file://`"]));
}

#[test]
fn a_file_that_does_not_exist_is_named() {
    let error = Case::new().fails(
        &load("{from: nowhere.csv, name: rows}"),
        ("FETCH_NOT_FOUND", &["nowhere.csv` does not exist"]),
    );
    assert_eq!(error["kind"], "not-found");
    assert_eq!(error["step"]["name"], "load");
}
