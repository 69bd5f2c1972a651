//! The clients that people use: redis-cli, redis-benchmark, redis-py.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use crate::kit::Node;

/// A program that stands beside redis-server.
fn tool(name: &str) -> Option<PathBuf> {
    let Some(server) = std::env::var_os("THORP_TEST_REDIS_SERVER") else {
        eprintln!("!!! SKIPPED: THORP_TEST_REDIS_SERVER is not set; `cargo xtask test` sets it");
        return None;
    };
    Some(PathBuf::from(server).with_file_name(name))
}

fn said(output: &Output) -> String {
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_cli_talks_to_the_door() {
    let Some(program) = tool("redis-cli") else { return };
    let node = Node::start(Some("secret")).await;
    let port = node.address.port().to_string();
    let say = |words: &[&str]| {
        let mut command = Command::new(&program);
        command.args(["--no-auth-warning", "-p", &port, "-a", "secret"]).args(words);
        said(&command.output().unwrap())
    };
    assert_eq!(say(&["SET", "a", "1"]), "OK\n");
    assert_eq!(say(&["INCRBYFLOAT", "a", "0.5"]), "1.5\n");
    assert_eq!(say(&["HSET", "h", "f", "v", "g", "w"]), "2\n");
    assert_eq!(say(&["-3", "HGETALL", "h"]), "f v\ng w\n");
    assert_eq!(say(&["--json", "HGETALL", "h"]), "{\"f\":\"v\",\"g\":\"w\"}\n");
    assert_eq!(say(&["--scan", "--pattern", "*"]), "a\nh\n");
    // Without words it reads lines, and asks for help texts at first.
    let mut typed = Command::new(&program);
    typed.args(["--no-auth-warning", "-p", &port, "-a", "secret"]);
    typed.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut typed = typed.spawn().unwrap();
    typed.stdin.take().unwrap().write_all(b"HELP GET\nMULTI\nINCR n\nEXEC\nGET n\n").unwrap();
    let shown = said(&typed.wait_with_output().unwrap());
    assert!(shown.ends_with("OK\nQUEUED\n1\n1\n"), "{shown}");
    node.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_benchmark_runs_through() {
    let Some(program) = tool("redis-benchmark") else { return };
    let node = Node::start(None).await;
    let mut command = Command::new(program);
    command.args(["-p", &node.address.port().to_string()]);
    command.args(["-q", "-n", "400", "-c", "10", "-P", "4"]);
    command.args(["-t", "ping,set,get,incr,lpush,rpop,sadd,hset,zadd,spop,lrange,mset"]);
    let report = said(&command.output().unwrap());
    assert!(!report.contains("Error"), "{report}");
    assert_eq!(report.matches("requests per second").count(), 17, "{report}");
    node.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_py_does_its_work() {
    let Some(python) = std::env::var_os("THORP_TEST_REDIS_PYTHON") else {
        eprintln!("!!! SKIPPED: THORP_TEST_REDIS_PYTHON is not set; `cargo xtask test` sets it");
        return;
    };
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/it/clients/redis_py.py");
    for protocol in ["2", "3"] {
        let node = Node::start(Some("secret")).await;
        let mut command = Command::new(&python);
        command.arg(&script).arg(node.address.port().to_string()).args(["secret", protocol]);
        assert_eq!(said(&command.output().unwrap()), "done\n");
        node.end().await;
    }
}
