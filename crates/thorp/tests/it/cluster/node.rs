//! A home folder with nodes in it.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use super::{SOON, run};

/// The home of a user, whose nodes and commands know nothing of others.
pub(crate) struct Home {
    folder: TempDir,
}

/// What a command did.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) error: String,
}

impl Ran {
    pub(crate) fn text(&self) -> &str {
        assert_eq!(self.code, Some(0), "{self:?}");
        &self.out
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(self.text()).unwrap()
    }
}

impl Home {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_thorp"));
        command.env_clear().env("HOME", self.folder.path()).current_dir(self.folder.path());
        command.env("XDG_RUNTIME_DIR", self.folder.path());
        command
    }

    /// A node of the data folder `name` on free ports of this machine.
    pub(crate) fn up(&self, name: &str, flags: &[&str]) -> Command {
        let mut command = self.command();
        command.args(["up", "--data", &self.path(name)]);
        for flag in ["--listen", "--peer-listen", "--redis-listen"] {
            if !flags.contains(&flag) {
                command.args([flag, "127.0.0.1:0"]);
            }
        }
        command.args(flags).stdin(Stdio::null());
        command
    }

    /// Starts a node and waits until its doors accept.
    pub(crate) fn start(&self, name: &str, flags: &[&str]) -> Node {
        let log = self.folder.path().join(format!("{name}.log"));
        let file = File::options().create(true).append(true).open(&log).unwrap();
        let mut child = self.up(name, flags).stdout(Stdio::piped()).stderr(file).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let mut doors = Vec::new();
        let count = if flags.contains(&"--witness") { 2 } else { 3 };
        while doors.len() < count {
            let mut line = String::new();
            let read = lines.read_line(&mut line).unwrap();
            assert!(read > 0, "{}", std::fs::read_to_string(&log).unwrap());
            let (door, address) = line.trim().split_once(' ').unwrap();
            doors.push((door.to_owned(), address.to_owned()));
        }
        let found = |wanted: &str| doors.iter().find(|(door, _)| door == wanted);
        let of =
            |wanted: &str| found(wanted).map(|(_, address)| address.clone()).unwrap_or_default();
        Node { child, log, https: of("https"), peers: of("peers"), redis: of("redis"), _out: lines }
    }

    pub(crate) fn thorp(&self, words: &[&str]) -> Ran {
        run(self.command().args(words).stdin(Stdio::null()))
    }

    /// A command that reads `input`.
    pub(crate) fn feed(&self, words: &[&str], input: impl Into<String>) -> Fed {
        let mut command = self.command();
        command.args(words).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (mut stdin, input) = (child.stdin.take().unwrap(), input.into());
        // A command that ends early does not take all of it.
        std::thread::spawn(move || stdin.write_all(input.as_bytes()).ok());
        let (mut out, seen) = (child.stdout.take().unwrap(), Arc::<Mutex<Vec<u8>>>::default());
        let kept = Arc::clone(&seen);
        let reader = std::thread::spawn(move || {
            let mut piece = vec![0; 64 * 1024];
            while let Ok(read @ 1..) = out.read(&mut piece) {
                kept.lock().unwrap().extend_from_slice(&piece[..read]);
            }
        });
        Fed { child, seen, reader }
    }

    /// Where the node `name` serves HTTPS.
    pub(crate) fn url(&self, name: &str) -> String {
        let contact = std::fs::read(self.path(".local/state/thorp/thorp.json")).unwrap();
        let contact: Value = serde_json::from_slice(&contact).unwrap();
        contact["nodes"][name].as_str().unwrap().to_owned()
    }

    /// A command that goes on until it is dropped.
    pub(crate) fn follow(&self, words: &[&str]) -> Follow {
        let mut command = self.command();
        let mut child = command.args(words).stdout(Stdio::piped()).spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            out.lines().map_while(Result::ok).try_for_each(|line| sender.send(line))
        });
        Follow { child, lines }
    }

    pub(crate) fn status(&self) -> Option<Value> {
        let ran = self.thorp(&["status", "--output", "json"]);
        (ran.code == Some(0)).then(|| ran.json())
    }

    pub(crate) fn advice(&self) -> String {
        self.status().unwrap()["advice"][0].as_str().unwrap().to_owned()
    }

    pub(crate) fn wait_for(&self, what: &str, is_so: impl Fn(&Value) -> bool) {
        until(what, || self.status().is_some_and(|status| is_so(&status)));
    }

    /// Which of `nodes` leads.
    pub(crate) fn leader_among(&self, nodes: [&Node; 3]) -> usize {
        let status = self.status().unwrap();
        let leads = |member: &&Value| member["role"] == "leader";
        let leader = status["members"].as_array().unwrap().iter().find(leads).unwrap();
        nodes.iter().position(|node| leader["peers"] == node.peers.as_str()).unwrap()
    }
}

/// A running command that reads its input.
pub(crate) struct Fed {
    child: Child,
    seen: Arc<Mutex<Vec<u8>>>,
    reader: JoinHandle<()>,
}

impl Fed {
    /// How many lines it printed so far.
    pub(crate) fn lines(&self) -> usize {
        self.seen.lock().unwrap().iter().filter(|byte| **byte == b'\n').count()
    }

    /// What it did until its end.
    pub(crate) fn finish(self) -> Ran {
        let Self { child, seen, reader } = self;
        let ended = child.wait_with_output().unwrap();
        reader.join().unwrap();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        Ran {
            code: ended.status.code(),
            out: text(&seen.lock().unwrap()),
            error: text(&ended.stderr),
        }
    }
}

/// A running command, whose lines are JSON.
pub(crate) struct Follow {
    child: Child,
    lines: std::sync::mpsc::Receiver<String>,
}

impl Follow {
    pub(crate) fn next(&mut self) -> Value {
        serde_json::from_str(&self.lines.recv_timeout(SOON).unwrap()).unwrap()
    }

    pub(crate) fn try_next(&mut self) -> Option<Value> {
        self.lines.try_recv().ok().map(|line| serde_json::from_str(&line).unwrap())
    }
}

impl Drop for Follow {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// A running node, which is killed when it is dropped.
pub(crate) struct Node {
    child: Child,
    log: PathBuf,
    pub(crate) https: String,
    pub(crate) peers: String,
    redis: String,
    _out: BufReader<ChildStdout>,
}

impl Node {
    /// What the Redis door answers: texts, lists one a line, errors without their sign.
    pub(crate) fn redis(&self, words: &[&str]) -> String {
        let mut stream = TcpStream::connect(&self.redis).unwrap();
        let mut request = format!("*{}\r\n", words.len());
        for word in words {
            request.push_str(&format!("${}\r\n{word}\r\n", word.len()));
        }
        stream.write_all(request.as_bytes()).unwrap();
        reply(&mut BufReader::new(stream))
    }

    pub(crate) fn redis_address(&self) -> &str {
        &self.redis
    }

    /// What the node said on standard error.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }

    /// SIGKILL.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM, and the exit code.
    pub(crate) fn terminate(mut self) -> Option<i32> {
        let id = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap();
        self.child.wait().unwrap().code()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn reply(stream: &mut impl BufRead) -> String {
    let mut line = String::new();
    stream.read_line(&mut line).unwrap();
    let (sign, rest) = line.trim_end().split_at(1);
    match sign {
        "$" if rest == "-1" => "(nil)".into(),
        "$" => {
            let mut bytes = vec![0; rest.parse::<usize>().unwrap() + 2];
            stream.read_exact(&mut bytes).unwrap();
            bytes.truncate(bytes.len() - 2);
            String::from_utf8(bytes).unwrap()
        }
        "*" => {
            let count: usize = rest.parse().unwrap();
            (0..count).map(|_| reply(stream)).collect::<Vec<_>>().join("\n")
        }
        _ => rest.to_owned(),
    }
}

/// Looks again and again until it is so.
pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let pause = Duration::from_millis(50);
    let mut left = SOON;
    while !is_so() {
        assert!(!left.is_zero(), "never: {what}");
        std::thread::sleep(pause);
        left = left.saturating_sub(pause);
    }
}
