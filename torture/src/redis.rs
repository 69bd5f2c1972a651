//! The Redis protocol (RESP2), as much of it as a client needs that knows what it asked.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};

use crate::failure::Failure;
use crate::limits;

/// What a node answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reply {
    Text(String),
    Integer(i64),
    Nil,
    Array(Vec<Reply>),
    Error(String),
}

impl Reply {
    /// The text, or nothing.
    pub(crate) fn text(self) -> Result<Option<String>, Failure> {
        match self {
            Self::Text(text) => Ok(Some(text)),
            Self::Nil => Ok(None),
            other => Err(other.unexpected()),
        }
    }

    pub(crate) fn integer(self) -> Result<i64, Failure> {
        match self {
            Self::Integer(number) => Ok(number),
            other => Err(other.unexpected()),
        }
    }

    pub(crate) fn array(self) -> Result<Vec<Self>, Failure> {
        match self {
            Self::Array(parts) => Ok(parts),
            other => Err(other.unexpected()),
        }
    }

    pub(crate) fn texts(self) -> Result<Vec<Option<String>>, Failure> {
        self.array()?.into_iter().map(Self::text).collect()
    }

    fn unexpected(self) -> Failure {
        Failure::Refused { code: "UNEXPECTED".into(), text: format!("an answer {self:?}") }
    }
}

/// A client of one node, which connects when it has to.
#[derive(Debug)]
pub(crate) struct Redis {
    address: SocketAddr,
    token: Option<String>,
    stream: Option<BufReader<TcpStream>>,
}

impl Redis {
    pub(crate) fn new(address: SocketAddr, token: Option<String>) -> Self {
        Self { address, token, stream: None }
    }

    /// Sends a command and waits for its answer.
    pub(crate) fn call(&mut self, words: &[&str]) -> Result<Reply, Failure> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => self.connect().map_err(|error| Failure::Unsent(error.to_string()))?,
        };
        let reply =
            exchange(&mut stream, words).map_err(|error| Failure::Unknown(error.to_string()))?;
        // After an error nobody knows which answer comes next; after an answer it is known.
        self.stream = Some(stream);
        match reply {
            Reply::Error(text) => Err(Failure::of_redis(text)),
            reply => Ok(reply),
        }
    }

    fn connect(&self) -> io::Result<BufReader<TcpStream>> {
        let stream = TcpStream::connect_timeout(&self.address, limits::CONNECT)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(limits::ANSWER))?;
        stream.set_write_timeout(Some(limits::ANSWER))?;
        let mut stream = BufReader::new(stream);
        if let Some(token) = &self.token
            && let Reply::Error(error) = exchange(&mut stream, &["AUTH", token])?
        {
            return Err(io::Error::other(error));
        }
        Ok(stream)
    }
}

fn exchange(stream: &mut BufReader<TcpStream>, words: &[&str]) -> io::Result<Reply> {
    let mut request = format!("*{}\r\n", words.len());
    for word in words {
        request.push_str(&format!("${}\r\n{word}\r\n", word.len()));
    }
    stream.get_mut().write_all(request.as_bytes())?;
    let mut parts_left = limits::ANSWER_PARTS_MAX;
    read(stream, &mut parts_left)
}

fn read(stream: &mut impl BufRead, parts_left: &mut usize) -> io::Result<Reply> {
    let invalid = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
    *parts_left = parts_left.checked_sub(1).ok_or_else(|| invalid("too many parts"))?;
    let line = line(stream)?;
    let mut letters = line.chars();
    let sign = letters.next().ok_or_else(|| invalid("an empty line"))?;
    let rest = letters.as_str();
    let number = || rest.parse::<i64>().map_err(|_| invalid("no number"));
    match sign {
        '+' => Ok(Reply::Text(rest.to_owned())),
        '-' => Ok(Reply::Error(rest.to_owned())),
        ':' => Ok(Reply::Integer(number()?)),
        '$' | '*' if rest == "-1" => Ok(Reply::Nil),
        '$' => {
            let length = usize::try_from(number()?).ok();
            let length = length.filter(|length| *length <= limits::ANSWER_BYTES_MAX);
            let mut bytes = vec![0; length.ok_or_else(|| invalid("a length"))? + 2];
            stream.read_exact(&mut bytes)?;
            bytes.truncate(bytes.len() - 2);
            String::from_utf8(bytes).map(Reply::Text).map_err(|_| invalid("no text"))
        }
        '*' => (0..number()?)
            .map(|_| read(stream, parts_left))
            .collect::<io::Result<_>>()
            .map(Reply::Array),
        _ => Err(invalid("an unknown sign")),
    }
}

fn line(stream: &mut impl BufRead) -> io::Result<String> {
    const LINE_BYTES_MAX: u64 = 64 * 1024;
    let mut line = String::new();
    stream.take(LINE_BYTES_MAX).read_line(&mut line)?;
    match line.strip_suffix("\r\n") {
        Some(line) => Ok(line.to_owned()),
        None => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}

#[cfg(test)]
mod tests;
