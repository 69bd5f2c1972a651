use std::fs;

use anyhow::bail;

use super::folder_in;

#[test]
fn folder_is_filled_once_per_contents() {
    let root = tempfile::tempdir().unwrap();
    let mut fills = 0;
    for contents in ["1", "1", "2"] {
        let folder = folder_in(root.path(), "part", contents, |folder| {
            fills += 1;
            fs::write(folder.join("version"), contents)?;
            Ok(())
        });
        assert_eq!(fs::read_to_string(folder.unwrap().join("version")).unwrap(), contents);
    }
    assert_eq!(fills, 2);
}

#[test]
fn folder_that_could_not_be_filled_is_filled_again_from_nothing() {
    let root = tempfile::tempdir().unwrap();
    let failed = folder_in(root.path(), "part", "1", |folder| {
        fs::write(folder.join("half"), "")?;
        bail!("no network")
    });
    assert!(failed.is_err());

    let folder = folder_in(root.path(), "part", "1", |_| Ok(())).unwrap();
    assert!(!folder.join("half").exists());
}
