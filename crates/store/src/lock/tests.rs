use super::*;

#[test]
fn the_second_learns_who_holds_the_lock() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deep/x.lock");
    let first = Lock::acquire(&path).unwrap();
    let error = Lock::acquire(&path).unwrap_err();
    assert!(matches!(error, LockError::Held { pid: Some(pid), .. } if pid == std::process::id()));
    assert_eq!(error.code(), "LOCKED");
    drop(first);
    drop(Lock::acquire(&path).unwrap());
}

#[test]
fn a_number_that_a_dead_process_left_does_not_matter() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.lock");
    fs::write(&path, "4194305 and more\n").unwrap();
    let _lock = Lock::acquire(&path).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), format!("{}\n", std::process::id()));
}

#[test]
fn a_holder_that_has_not_written_its_number_is_another_process() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.lock");
    let lock = Lock::acquire(&path).unwrap();
    lock.file.set_len(0).unwrap();
    let error = Lock::acquire(&path).unwrap_err();
    assert!(error.to_string().ends_with("is locked by another process"), "{error}");
}
