//! A small HTTP server for sources.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

type Files = Arc<Mutex<BTreeMap<String, String>>>;

/// A running server; its thread ends with the process.
pub(crate) struct Server {
    address: SocketAddr,
    files: Files,
}

impl Server {
    /// Serves what [`Server::put`] puts there, with an ETag unless `untold` is in its
    /// path; anything else is 404.
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let files = Files::default();
        let served = Arc::clone(&files);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(stream) = stream else { return };
                answer(stream, &served);
            }
        });
        Self { address, files }
    }

    /// Serves `body` at `target`: a path with its query.
    pub(crate) fn put(&self, target: &str, body: &str) {
        self.files.lock().unwrap().insert(target.to_owned(), body.to_owned());
    }

    pub(crate) fn url(&self, target: &str) -> String {
        format!("http://{}{target}", self.address)
    }
}

fn answer(mut stream: TcpStream, files: &Files) {
    let lines = BufReader::new(&stream).lines().map_while(Result::ok);
    let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
    let mut words = head.first().map(String::as_str).unwrap_or_default().split(' ');
    let is_head = words.next() == Some("HEAD");
    let target = words.next().unwrap_or("/");
    let body = files.lock().unwrap().get(target).cloned();
    let status = if body.is_some() { "200 OK" } else { "404 Not Found" };
    let body = body.unwrap_or_default();
    let tag = body.bytes().fold(7_u64, |tag, byte| tag.wrapping_mul(31) ^ u64::from(byte));
    let tag = match target.contains("untold") {
        true => String::new(),
        false => format!("ETag: \"{tag:x}\"\r\n"),
    };
    let answer = format!(
        "HTTP/1.1 {status}\r\nContent-Length: {}\r\n{tag}Connection: close\r\n\r\n{}",
        body.len(),
        if is_head { "" } else { &body },
    );
    // A client that has heard enough may be gone already.
    drop(stream.write_all(answer.as_bytes()));
}
