//! An S3 server for the tests: moto, from a private Python environment.

use rustix::process::Signal;

use crate::children::Service;

use super::{Part, python, server};

/// Starts the server on a free port.
pub(super) fn start() -> anyhow::Result<Part> {
    let python = python::environment("moto", include_str!("../../python/moto.txt"))?;
    let folder = tempfile::Builder::new().prefix("thorp-moto-").tempdir()?;
    let log = folder.path().join("log");
    let port = server::free_port()?;
    let mut command = server::command(&python, "TERM");
    command.args(["-m", "moto.server", "-H", "127.0.0.1", "-p", &port.to_string()]);
    let mut child = server::spawn(&mut command, &log)?;
    let service = Service::new(&child, folder.keep(), Signal::TERM);
    server::wait_for(&mut child, port, &log)?;
    let url = format!("http://127.0.0.1:{port}");
    Ok(Part { variable: "THORP_MOTO", value: url.into(), service: Some(service) })
}
