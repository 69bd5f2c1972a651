//! A client that shows what it gets; an independent library reads the protocol.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use redis_protocol::resp2::types::OwnedFrame as Frame2;
use redis_protocol::resp3::types::OwnedFrame as Frame3;

/// A reply as it came.
#[derive(Debug, Clone, PartialEq, PartialOrd)]
pub(crate) enum Reply {
    Nil,
    Integer(i64),
    Simple(String),
    Error(String),
    Bulk(String),
    Double(f64),
    Array(Vec<Reply>),
    Set(Vec<Reply>),
    Map(Vec<(Reply, Reply)>),
    Push(Vec<Reply>),
    Other(String),
}

/// One connection.
#[derive(Debug)]
pub(crate) struct Client {
    stream: TcpStream,
    read: Vec<u8>,
    is_resp3: bool,
}

fn text(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string()
}

fn of_2(frame: Frame2) -> Reply {
    match frame {
        Frame2::SimpleString(bytes) => Reply::Simple(text(&bytes)),
        Frame2::Error(error) => Reply::Error(error.clone()),
        Frame2::Integer(number) => Reply::Integer(number),
        Frame2::BulkString(bytes) => Reply::Bulk(text(&bytes)),
        Frame2::Array(items) => Reply::Array(items.into_iter().map(of_2).collect()),
        Frame2::Null => Reply::Nil,
    }
}

fn of_3(frame: Frame3) -> Reply {
    let all = |frames: Vec<Frame3>| frames.into_iter().map(of_3).collect::<Vec<_>>();
    match frame {
        Frame3::BlobString { data, .. } => Reply::Bulk(text(&data)),
        Frame3::SimpleString { data, .. } => Reply::Simple(text(&data)),
        Frame3::SimpleError { data, .. } => Reply::Error(data.clone()),
        Frame3::Number { data, .. } => Reply::Integer(data),
        Frame3::Double { data, .. } => Reply::Double(data),
        Frame3::Null => Reply::Nil,
        Frame3::Array { data, .. } => Reply::Array(all(data)),
        Frame3::Push { data, .. } => Reply::Push(all(data)),
        Frame3::Set { data, .. } => Reply::Set(sorted(data.into_iter().map(of_3).collect())),
        Frame3::Map { data, .. } => {
            let mut pairs: Vec<(Reply, Reply)> =
                data.into_iter().map(|(key, value)| (of_3(key), of_3(value))).collect();
            pairs.sort_by(|one, two| one.partial_cmp(two).unwrap());
            Reply::Map(pairs)
        }
        other => Reply::Other(format!("{other:?}")),
    }
}

pub(crate) fn sorted(mut replies: Vec<Reply>) -> Vec<Reply> {
    replies.sort_by(|one, two| one.partial_cmp(two).unwrap());
    replies
}

pub(crate) fn bulk(text: &str) -> Reply {
    Reply::Bulk(text.to_owned())
}

pub(crate) fn bulks(texts: &[&str]) -> Reply {
    Reply::Array(texts.iter().map(|text| bulk(text)).collect())
}

pub(crate) fn ok() -> Reply {
    Reply::Simple("OK".to_owned())
}

impl Client {
    pub(crate) fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        Self { stream, read: Vec::new(), is_resp3: false }
    }

    /// Speaks version 3 from now on.
    pub(crate) fn hello3(mut self) -> Self {
        self.send(&[&["HELLO", "3"]]);
        self.is_resp3 = true;
        let Reply::Map(_) = self.receive() else { panic!("HELLO answers a map") };
        self
    }

    pub(crate) fn send<Word: AsRef<[u8]>>(&mut self, commands: &[&[Word]]) {
        let mut bytes = Vec::new();
        for words in commands {
            write!(bytes, "*{}\r\n", words.len()).unwrap();
            for word in *words {
                let word = word.as_ref();
                write!(bytes, "${}\r\n", word.len()).unwrap();
                bytes.extend_from_slice(word);
                bytes.extend_from_slice(b"\r\n");
            }
        }
        self.send_raw(&bytes);
    }

    pub(crate) fn send_raw(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).unwrap();
    }

    fn decoded(&self) -> Option<(Reply, usize)> {
        if self.is_resp3 {
            let found = redis_protocol::resp3::decode::complete::decode(&self.read).unwrap();
            found.map(|(frame, len)| (of_3(frame), len))
        } else {
            let found = redis_protocol::resp2::decode::decode(&self.read).unwrap();
            found.map(|(frame, len)| (of_2(frame), len))
        }
    }

    pub(crate) fn receive(&mut self) -> Reply {
        self.hear().expect("a reply within the time")
    }

    /// The next reply; none when there is none for a long time.
    pub(crate) fn hear(&mut self) -> Option<Reply> {
        loop {
            if let Some((reply, len)) = self.decoded() {
                self.read.drain(..len);
                return Some(reply);
            }
            let mut bytes = [0; 65_536];
            let count = match self.stream.read(&mut bytes) {
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => return None,
                read => read.unwrap(),
            };
            assert!(count > 0, "the door closed the connection");
            self.read.extend_from_slice(&bytes[..count]);
        }
    }

    /// Whether the door closed the connection.
    pub(crate) fn is_closed(&mut self) -> bool {
        assert!(self.read.is_empty());
        self.stream.read(&mut [0]).unwrap() == 0
    }

    pub(crate) fn ask<Word: AsRef<[u8]>>(&mut self, words: &[Word]) -> Reply {
        self.send(&[words]);
        self.receive()
    }

    /// Asks with the words of a line.
    pub(crate) fn say(&mut self, line: &str) -> Reply {
        let words: Vec<&str> = line.split(' ').collect();
        self.ask(&words)
    }
}
