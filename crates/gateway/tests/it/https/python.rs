//! The standard library of Python as a client.

use std::process::Stdio;

use tokio::process::Command;

use super::kit::{Open, TOKEN};

const SCRIPT: &str = r#"
import json, ssl, sys, urllib.error, urllib.parse, urllib.request

base, token, authority = sys.argv[1:]
context = ssl.create_default_context(cafile=authority)

def ask(method, path, body=None):
    request = urllib.request.Request(base + path, data=body, method=method)
    request.add_header("Authorization", "Bearer " + token)
    return urllib.request.urlopen(request, context=context)

value = bytes(range(256))
key = urllib.parse.quote(b"\x00 /\xff?#%", safe="")
put = json.load(ask("PUT", f"/api/v1/maps/m/entries/{key}", value))
read = ask("GET", f"/api/v1/maps/m/entries/{key}")
assert read.headers["ETag"] == '"%d"' % put["revision"], read.headers
assert read.read() == value
events = ask("GET", "/api/v1/maps/m/watch?" + urllib.parse.urlencode({"from": 0}))
lines = []
while not any(line.startswith(b'data: {"revision":%d,' % put["revision"]) for line in lines):
    lines.append(events.readline())
assert b"event: change\n" in lines, lines
try:
    ask("GET", "/api/v1/maps/m/entries/absent")
    raise AssertionError("the entry is there")
except urllib.error.HTTPError as error:
    assert error.headers["Content-Type"] == "application/problem+json"
    assert json.load(error)["code"] == "NOT_FOUND"
print("done")
"#;

#[tokio::test(flavor = "multi_thread")]
async fn python_reads_writes_and_watches() {
    let door = Open::new().await;
    let output = Command::new("python3")
        .args(["-c", SCRIPT, &door.url(""), TOKEN])
        .arg(door.certificate())
        .stdin(Stdio::null())
        .output()
        .await
        .unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "done\n", "{error}");
    door.close().await;
}
