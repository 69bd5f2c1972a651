//! The programs of Redis: the tests start a server of their own, and use its clients.

use std::path::PathBuf;

use anyhow::Context;

use crate::tools;

use super::{Part, debian, python};

/// Finds `redis-server`, after installing it when it is missing and we may; its clients are beside
/// it.
pub(crate) fn server() -> anyhow::Result<Part> {
    let program = match tools::find_program("redis-server") {
        Some(program) => program,
        None => install()?,
    };
    Ok(Part { variable: "THORP_TEST_REDIS_SERVER", value: program.into(), service: None })
}

fn install() -> anyhow::Result<PathBuf> {
    debian::install(&["redis-server", "redis-tools"])?;
    tools::find_program("redis-server").context("the Debian package brought no `redis-server`")
}

/// The Python in which redis-py is installed.
pub(super) fn client() -> anyhow::Result<Part> {
    let python = python::environment("redis", include_str!("../../python/redis.txt"))?;
    let value = python.into_os_string();
    Ok(Part { variable: "THORP_TEST_REDIS_PYTHON", value, service: None })
}
