//! A redis-server of its own.

use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::client::Client;

pub(crate) struct Server {
    child: Child,
    address: SocketAddr,
    _dir: TempDir,
}

impl Server {
    /// None: `THORP_TEST_REDIS_SERVER` names no program, and the test is skipped.
    pub(crate) fn start() -> Option<Self> {
        let Some(program) = std::env::var_os("THORP_TEST_REDIS_SERVER") else {
            eprintln!(
                "!!! SKIPPED: THORP_TEST_REDIS_SERVER is not set; `cargo xtask test` sets it"
            );
            return None;
        };
        // Another program may take the port before the server does: then the next one is tried.
        for _ in 0..10 {
            if let Some(server) = Self::attempt(&program) {
                return Some(server);
            }
        }
        panic!("redis-server does not start");
    }

    fn attempt(program: &std::ffi::OsStr) -> Option<Self> {
        let dir = TempDir::new().unwrap();
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let mut child = Command::new(program)
            .args(["--port", &address.port().to_string(), "--bind", "127.0.0.1", "--save", ""])
            .args(["--databases", "1", "--dir"])
            .arg(dir.path())
            .stdout(Stdio::piped())
            .spawn()
            .ok()?;
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut lines = lines.map_while(Result::ok);
        if lines.any(|line| line.contains("Ready to accept connections")) {
            return Some(Self { child, address, _dir: dir });
        }
        child.wait().ok();
        None
    }

    pub(crate) fn client(&self) -> Client {
        Client::connect(self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
