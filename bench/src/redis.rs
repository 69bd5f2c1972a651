//! A client of the Redis protocol that knows two commands.

use anyhow::{Context, bail, ensure};
use bytes::{Buf, BufMut, Bytes, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// One connection to one node.
#[derive(Debug)]
pub(crate) struct Redis {
    stream: TcpStream,
    out: BytesMut,
    read: BytesMut,
}

impl Redis {
    pub(crate) async fn connect(address: &str) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, out: BytesMut::new(), read: BytesMut::new() })
    }

    pub(crate) async fn set(&mut self, key: &str, value: &Bytes) -> anyhow::Result<()> {
        self.add(&[b"SET", key.as_bytes(), value]);
        self.send().await?;
        let reply = self.line().await?;
        ensure!(reply == "+OK", "SET was answered by `{reply}`");
        Ok(())
    }

    pub(crate) async fn get(&mut self, key: &str) -> anyhow::Result<usize> {
        self.add(&[b"GET", key.as_bytes()]);
        self.send().await?;
        let reply = self.line().await?;
        let Some(bytes) = reply.strip_prefix('$') else { bail!("GET was answered by `{reply}`") };
        let bytes: i64 = bytes.parse().with_context(|| format!("`{reply}` has no length"))?;
        let Ok(bytes) = usize::try_from(bytes) else { return Ok(0) };
        while self.read.len() < bytes + 2 {
            self.more().await?;
        }
        self.read.advance(bytes + 2);
        Ok(bytes)
    }

    /// Adds a command to those that are sent next.
    pub(crate) fn add(&mut self, words: &[&[u8]]) {
        self.out.put_slice(format!("*{}\r\n", words.len()).as_bytes());
        for word in words {
            self.out.put_slice(format!("${}\r\n", word.len()).as_bytes());
            self.out.put_slice(word);
            self.out.put_slice(b"\r\n");
        }
    }

    pub(crate) async fn send(&mut self) -> anyhow::Result<()> {
        self.stream.write_all(&self.out).await?;
        self.out.clear();
        Ok(())
    }

    /// The next line of a reply, without its end.
    pub(crate) async fn line(&mut self) -> anyhow::Result<String> {
        loop {
            if let Some(end) = self.read.windows(2).position(|two| two == b"\r\n") {
                let line = self.read.split_to(end);
                self.read.advance(2);
                return Ok(String::from_utf8_lossy(&line).into_owned());
            }
            self.more().await?;
        }
    }

    async fn more(&mut self) -> anyhow::Result<()> {
        let read = self.stream.read_buf(&mut self.read).await?;
        ensure!(read > 0, "the connection was closed");
        Ok(())
    }
}
