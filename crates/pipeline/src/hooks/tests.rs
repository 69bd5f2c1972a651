use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use model::pipeline_id::PipelineId;
use serde_json::json;
use store::stop::{Pause, Stop, Stopped};

use super::{Event, Hooks, Report, Target, limits, payload, signature, targets};
use crate::secrets::Redactor;
use crate::testing::Still;

/// Long enough for a loaded machine; what goes well does not wait for it.
const GRACE: Duration = Duration::from_secs(60);

/// Notes how long it would have waited.
#[derive(Debug, Default)]
struct Noted(Mutex<Vec<u64>>);

impl Pause for Noted {
    fn pause(&self, ms: u64, stop: &Stop) -> Result<(), Stopped> {
        self.0.lock().unwrap().push(ms);
        if stop.is_requested() { Err(Stopped) } else { Ok(()) }
    }
}

struct Request {
    signature: Option<String>,
    body: Vec<u8>,
}

/// A server that gives one answer after the other and tells what it was asked.
fn server(answers: &'static [u16]) -> (String, Receiver<Request>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let (sender, requests) = channel();
    std::thread::spawn(move || {
        for status in answers {
            let (stream, _) = listener.accept().unwrap();
            let request = answer(stream, *status);
            if sender.send(request).is_err() {
                return;
            }
        }
    });
    (url, requests)
}

fn answer(mut stream: TcpStream, status: u16) -> Request {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut signature = None;
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            if line.trim_end().is_empty() {
                break;
            }
            continue;
        };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().unwrap(),
            "x-thorp-signature" => signature = Some(value.to_owned()),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let text = format!("HTTP/1.1 {status} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    stream.write_all(text.as_bytes()).unwrap();
    Request { signature, body }
}

fn target(url: &str, secret: Option<&str>) -> Target {
    Target { label: "env://HOOK".into(), url: url.to_owned(), secret: secret.map(str::to_owned) }
}

fn hooks() -> (Hooks, Arc<Noted>) {
    let pause = Arc::new(Noted::default());
    (Hooks::start(Arc::new(Still), pause.clone()).unwrap(), pause)
}

#[test]
fn payloads_have_the_keys_of_code_and_manual() {
    let id = PipelineId::new("./a", "p");
    let redactor = Redactor::default();
    redactor.add("KEY", "hunter22");
    let text = |event| String::from_utf8(payload(&id, event, &redactor)).unwrap();
    assert_eq!(text(Event::Queue), r#"{"pipeline_id":"./a/p","pipeline":"./a/p","event":"queue"}"#);
    let stats = json!({"bytes": 1, "key": "hunter22"});
    let log: Vec<String> = (0..150).map(|i| i.to_string()).collect();
    let report = Report {
        success: false,
        stats: stats.as_object().unwrap(),
        errors: &["no hunter22".to_owned()],
        log: &log,
    };
    let body: model::Json = serde_json::from_str(&text(Event::Finish(report))).unwrap();
    assert_eq!(body["event"], "finish");
    assert_eq!(body["success"], false);
    assert_eq!(body["stats"], json!({"bytes": 1, "key": "env://KEY"}));
    assert_eq!(body["errors"], json!(["no env://KEY"]));
    assert_eq!(body["log"].as_array().unwrap().len(), limits::LOG_LINES_MAX);
    assert_eq!(body["log"][0], "50");
    assert!(text(Event::Progress { log: &log }).contains(r#""event":"progress","log":["50""#));
}

#[test]
fn signatures_are_those_of_the_standard() {
    // RFC 4231, test case 2.
    assert_eq!(
        signature("Jefe", b"what do ya want for nothing?"),
        "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    );
}

#[test]
fn events_arrive_in_order_and_signed() {
    let (url, requests) = server(&[200, 204, 201]);
    let (hooks, _) = hooks();
    let signed = target(&url, Some("s"));
    hooks.send(std::slice::from_ref(&signed), b"one");
    hooks.send(&[signed], b"two");
    hooks.send(&[target(&url, None)], b"three");
    hooks.finish(GRACE);
    let got: Vec<Request> = requests.iter().collect();
    let bodies: Vec<&[u8]> = got.iter().map(|request| request.body.as_slice()).collect();
    assert_eq!(bodies, [&b"one"[..], b"two", b"three"]);
    assert_eq!(got[0].signature, Some(signature("s", b"one")));
    assert_eq!(got[2].signature, None);
}

#[test]
fn failures_are_tried_again_with_growing_waits() {
    let (url, requests) = server(&[500, 503, 429, 200, 200]);
    let (hooks, pause) = hooks();
    hooks.send(&[target(&url, None)], b"x");
    hooks.send(&[target(&url, None)], b"y");
    hooks.finish(GRACE);
    assert_eq!(requests.iter().count(), 5);
    assert_eq!(*pause.0.lock().unwrap(), [500, 1_000, 2_000]);
}

#[test]
fn refusals_are_not_tried_again() {
    let (url, requests) = server(&[404, 302, 200]);
    let (hooks, pause) = hooks();
    for body in [b"x", b"y", b"z"] {
        hooks.send(&[target(&url, None)], body);
    }
    hooks.send(&[target("not an address", None)], b"x");
    hooks.finish(GRACE);
    assert_eq!(requests.iter().count(), 3);
    assert_eq!(*pause.0.lock().unwrap(), [0; 0]);
}

#[test]
fn a_server_that_is_away_is_tried_once_from_then_on() {
    // Bound and let go: nobody listens there.
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (hooks, pause) = hooks();
    for _ in 0..3 {
        hooks.send(&[target(&format!("http://{address}/"), None)], b"x");
    }
    hooks.finish(GRACE);
    assert_eq!(pause.0.lock().unwrap().len(), 3);
}

#[test]
fn a_server_that_hangs_does_not_hold_the_end_of_a_run() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let (hooks, _) = hooks();
    for _ in 0..limits::QUEUE_EVENTS_MAX + 10 {
        hooks.send(&[target(&url, None)], b"x");
    }
    hooks.finish(Duration::from_millis(1));
}

#[test]
fn addresses_and_secrets_are_not_in_debug_texts() {
    let text = format!("{:?}", target("http://hunter22@x/", Some("hunter22")));
    assert!(!text.contains("hunter22"), "{text}");
}

#[test]
fn targets_are_what_the_specification_names() {
    let spec = crate::spec::pipeline(
        PipelineId::new(".", "p"),
        json!({
            "pipeline": [{"run": "load"}],
            "hooks": ["env://HOOK", "https://example.com/"],
            "hook_secret": "env://SECRET",
        }),
        std::path::Path::new("/p/pipeline-spec.yaml"),
    );
    let environment = [("HOOK", "https://x/hunter22"), ("SECRET", "swordfish")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    let redactor = Redactor::default();
    let found = targets(&spec, &environment, &redactor).unwrap();
    assert_eq!(found[0], target("https://x/hunter22", Some("swordfish")));
    assert_eq!(found[1].label, "https://example.com/");
    assert_eq!(redactor.redact("swordfish"), "env://SECRET");
    let error = targets(&spec, &[].into(), &redactor).unwrap_err();
    assert!(error.to_string().contains("`SECRET` is not set"), "{error}");
}
