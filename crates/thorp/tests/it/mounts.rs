//! Small disks: file systems in memory, mounted where no other process sees them.

use std::process::Command;

use crate::project::{Project, stderr, stdout};

/// Runs `script` in the project by a shell with mounts of its own, `$THORP` being the program.
/// `false`, and a loud line, where this machine does not allow it.
pub(crate) fn in_own_mounts(project: &Project, script: &str) -> bool {
    let unshare = ["-m", "-rm"].into_iter().find(|flag| {
        let test = "mount -t tmpfs thorp-test /mnt";
        Command::new("unshare")
            .args([flag, "sh", "-c", test])
            .output()
            .is_ok_and(|output| output.status.success())
    });
    let Some(flag) = unshare else {
        eprintln!("SKIPPED: this machine allows no mounts of one's own (`unshare -m`)");
        return false;
    };
    let output = Command::new("unshare")
        .args([flag, "sh", "-euxc", script])
        .env("THORP", env!("CARGO_BIN_EXE_thorp"))
        .env("XDG_CACHE_HOME", project.path(".cache"))
        .current_dir(project.path("."))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}\n{}", stdout(&output), stderr(&output));
    true
}
