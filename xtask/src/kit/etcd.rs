//! etcd, for the bench: from its Debian package, which is unpacked and not installed.

use std::path::PathBuf;

use crate::tools;

use super::{cache, debian};

const PACKAGE: &str = "etcd-server";

/// The program of the server.
pub(crate) fn server() -> anyhow::Result<PathBuf> {
    match tools::find_program("etcd") {
        Some(program) => Ok(program),
        None => {
            let fill = |folder: &std::path::Path| debian::unpack(PACKAGE, folder);
            Ok(cache::folder("etcd", PACKAGE, fill)?.join("usr").join("bin").join("etcd"))
        }
    }
}
