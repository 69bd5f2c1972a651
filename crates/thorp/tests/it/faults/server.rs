//! A web server that answers as a test says.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;

/// A running server; its thread ends with the process.
pub(crate) struct Server {
    address: SocketAddr,
}

impl Server {
    /// Answers `GET` number N (0-based) with the bytes of `answer(N, its head)`, then closes.
    pub(crate) fn start(answer: impl Fn(usize, &str) -> Vec<u8> + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            let mut number = 0;
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { return };
                let head = head(&stream);
                let mut bytes = reply("200 OK", "", "");
                // Whether a source has changed is asked before it is read.
                if head.starts_with("get ") {
                    bytes = answer(number, &head);
                    number += 1;
                }
                // A client that has heard enough may be gone already.
                drop(stream.write_all(&bytes));
            }
        });
        Self { address }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

fn head(stream: &TcpStream) -> String {
    let lines = BufReader::new(stream).lines().map_while(Result::ok);
    lines.take_while(|line| !line.is_empty()).collect::<Vec<_>>().join("\n").to_lowercase()
}

/// An answer that announces `body` as a whole.
pub(crate) fn reply(status: &str, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    let head = format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {length}");
    format!("{head}\r\n{headers}\r\n{body}").into_bytes()
}
