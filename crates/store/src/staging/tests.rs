use std::os::unix::fs::{PermissionsExt, symlink};

use super::*;

fn put(staging: &mut Staging, path: &str, text: &str) {
    staging.file(path).unwrap().write_all(text.as_bytes()).unwrap();
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

/// All paths below `folder`.
fn tree(folder: &Path) -> Vec<String> {
    let mut paths = Vec::new();
    let mut left = vec![folder.to_owned()];
    while let Some(current) = left.pop() {
        for entry in fs::read_dir(current).unwrap() {
            let path = entry.unwrap().path();
            paths.push(path.strip_prefix(folder).unwrap().display().to_string());
            if path.is_dir() {
                left.push(path);
            }
        }
    }
    paths.sort();
    paths
}

#[test]
fn files_appear_together_and_nothing_else_stays() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("out");
    let mut staging = Staging::create(&target, "1").unwrap();
    put(&mut staging, "data/x.csv", "x");
    put(&mut staging, "datapackage.json", "{}");
    assert!(!target.exists());
    let renames = staging.seal().unwrap();
    assert!(!target.exists());
    apply_renames(&renames).unwrap();
    assert_eq!(tree(folder.path()), ["out", "out/data", "out/data/x.csv", "out/datapackage.json"]);
    assert_eq!(text(&target.join("data/x.csv")), "x");
}

#[test]
fn what_is_discarded_or_dropped_leaves_no_trace() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("x"), "old").unwrap();
    let mut staging = Staging::create(folder.path(), "1").unwrap();
    put(&mut staging, "x", "new");
    staging.discard();
    assert_eq!(tree(folder.path()), ["x"]);
    let mut staging = Staging::create(folder.path(), "1").unwrap();
    put(&mut staging, "x", "new");
    let renames = staging.seal().unwrap();
    discard_renames(&renames).unwrap();
    discard_renames(&renames).unwrap();
    assert_eq!(tree(folder.path()), ["x"]);
    assert_eq!(text(&folder.path().join("x")), "old");
}

#[test]
fn renames_can_be_repeated_after_a_crash_at_each_step() {
    for done in 0..=4 {
        let folder = tempfile::tempdir().unwrap();
        let names = ["a", "deep/b", "c"];
        fs::write(folder.path().join("a"), "old").unwrap();
        let mut staging = Staging::create(folder.path(), "1").unwrap();
        for name in names {
            put(&mut staging, name, name);
        }
        let record = serde_json::to_string(&staging.seal().unwrap()).unwrap();
        let renames: Renames = serde_json::from_str(&record).unwrap();
        for rename in renames.renames.iter().take(done) {
            fs::create_dir_all(rename.path.parent().unwrap()).unwrap();
            fs::rename(&rename.staged, &rename.path).unwrap();
        }
        if done == 4 {
            fs::remove_dir_all(&renames.folders[0]).unwrap();
        }
        apply_renames(&renames).unwrap();
        apply_renames(&renames).unwrap();
        assert_eq!(tree(folder.path()), ["a", "c", "deep", "deep/b"], "after {done}");
        for name in names {
            assert_eq!(text(&folder.path().join(name)), name);
        }
    }
}

#[test]
fn a_staged_file_that_is_lost_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let mut staging = Staging::create(folder.path(), "1").unwrap();
    put(&mut staging, "x", "new");
    let renames = staging.seal().unwrap();
    fs::remove_file(&renames.renames[0].staged).unwrap();
    let error = apply_renames(&renames).unwrap_err();
    assert!(matches!(error, StagingError::Lost { .. }), "{error}");
}

#[test]
fn a_changed_journal_cannot_remove_other_folders() {
    let folder = tempfile::tempdir().unwrap();
    let precious = folder.path().join("precious");
    fs::create_dir(&precious).unwrap();
    let foreign = Renames { folders: vec![precious.clone()], renames: Vec::new() };
    assert!(matches!(discard_renames(&foreign), Err(StagingError::Foreign { .. })));
    let stage = folder.path().join(".thorp-stage-1");
    let rename = Rename { staged: precious.clone(), path: folder.path().join("x") };
    let foreign = Renames { folders: vec![stage], renames: vec![rename] };
    assert!(matches!(apply_renames(&foreign), Err(StagingError::Foreign { .. })));
    assert!(precious.exists());
}

#[test]
fn two_sinks_of_a_run_may_write_to_one_place() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = Staging::create(folder.path(), "1").unwrap();
    let mut second = Staging::create(folder.path(), "1").unwrap();
    put(&mut first, "x", "first");
    put(&mut second, "x", "second");
    let (first, second) = (first.seal().unwrap(), second.seal().unwrap());
    apply_renames(&first).unwrap();
    apply_renames(&second).unwrap();
    assert_eq!(text(&folder.path().join("x")), "second");
    assert_eq!(tree(folder.path()), ["x"]);
}

#[test]
fn paths_that_cannot_be_outputs_are_refused_at_once() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("folder")).unwrap();
    fs::write(folder.path().join("file"), "").unwrap();
    let mut staging = Staging::create(folder.path(), "1").unwrap();
    for (path, code) in [
        ("../x", "PATH_UNSAFE"),
        ("/etc/x", "PATH_UNSAFE"),
        ("folder", "STAGING_FAILED"),
        ("new/", "STAGING_FAILED"),
        ("file/x", "STAGING_FAILED"),
    ] {
        assert_eq!(staging.file(path).unwrap_err().code(), code, "{path}");
    }
    assert!(matches!(
        Staging::create(&folder.path().join("file"), "1"),
        Err(StagingError::NotAFolder { .. })
    ));
}

#[test]
fn outputs_are_readable_and_links_stay() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("elsewhere")).unwrap();
    fs::write(folder.path().join("elsewhere/x"), "old").unwrap();
    symlink("elsewhere/x", folder.path().join("link")).unwrap();
    let mut staging = Staging::create(folder.path(), "1").unwrap();
    put(&mut staging, "link", "new");
    put(&mut staging, "plain", "new");
    apply_renames(&staging.seal().unwrap()).unwrap();
    assert_eq!(text(&folder.path().join("elsewhere/x")), "new");
    assert!(folder.path().join("link").is_symlink());
    // The mask of the user may take rights away, but none are added.
    let mode = fs::metadata(folder.path().join("plain")).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode & 0o600, mode & !0o644), (0o600, 0));
}

#[test]
fn a_full_disk_is_an_error_that_names_the_output() {
    let file = OpenOptions::new().read(true).write(true).open("/dev/full").unwrap();
    let mut staged = StagedFile { file, path: "out/x.csv".into() };
    let error = staged.write_all(b"x").unwrap_err();
    let fault = crate::fault(&error).unwrap();
    assert_eq!((fault.code(), fault.kind()), ("OUTPUT_FULL", Kind::Limit));
    assert_eq!(fault.to_string(), "no room left to write `out/x.csv`");
}

#[test]
fn a_folder_that_is_read_only_is_an_error_that_names_the_fix() {
    for errno in [1, 13, 30] {
        let error = StagingError::of(Path::new("out/x"), io::Error::from_raw_os_error(errno));
        assert_eq!((error.code(), error.kind()), ("OUTPUT_DENIED", Kind::Denied));
        assert!(error.help().unwrap().contains("writable"));
    }
}
