//! Locks between processes.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::Stdio;

use store::lock::{Lock, LockError};

use crate::child;

#[test]
fn a_lock_of_another_process_names_it_and_ends_with_it() {
    if let Some(path) = child::role() {
        let _lock = Lock::acquire(Path::new(&path)).unwrap();
        eprintln!("locked");
        // Holds the lock until the parent ends it.
        std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.lock");
    let mut holder = child::command(
        "lock::a_lock_of_another_process_names_it_and_ends_with_it",
        path.to_str().unwrap(),
    )
    .stderr(Stdio::piped())
    .spawn()
    .unwrap();
    let lines = BufReader::new(holder.stderr.take().unwrap()).lines();
    assert!(lines.map_while(Result::ok).any(|line| line == "locked"));
    match Lock::acquire(&path) {
        Err(LockError::Held { pid: Some(pid), .. }) => assert_eq!(pid, holder.id()),
        other => panic!("is held, not {other:?}"),
    }
    holder.kill().unwrap();
    holder.wait().unwrap();
    drop(Lock::acquire(&path).unwrap());
}
