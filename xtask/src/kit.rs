//! What the tests need beside Rust: installed into the user's cache folder, started, and ended.
//!
//! A part that cannot be had is named loudly and the tests that need it say that they skip.

mod cache;
mod debian;
pub(crate) mod etcd;
pub(crate) mod faults;
mod moto;
mod nextest;
pub(crate) mod npm;
mod postgres;
pub(crate) mod python;
pub(crate) mod redis;
pub(crate) mod server;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use crate::children::Service;
use crate::tools;

/// The parts that are there.
#[derive(Debug, Default)]
pub(crate) struct Kit {
    nextest: Option<PathBuf>,
    variables: Vec<(&'static str, OsString)>,
    services: Vec<Service>,
    missing: Vec<&'static str>,
}

impl Kit {
    /// Whether the usual test runner is there; `cargo test` does its work otherwise.
    pub(crate) fn has_nextest(&self) -> bool {
        self.nextest.is_some()
    }

    /// Gives `command` the variables by which tests find the parts.
    pub(crate) fn export(&self, command: &mut Command) {
        for (name, value) in &self.variables {
            command.env(name, value);
        }
        if let Some(folder) = self.nextest.as_deref().and_then(std::path::Path::parent) {
            command.env("PATH", tools::path_with(folder));
        }
    }

    /// Whether a part is missing on a server where everything can be installed.
    pub(crate) fn lacks_what_it_should_have(&self) -> bool {
        !self.missing.is_empty() && tools::on_ci() && tools::may_apt()
    }

    fn add(&mut self, part: &'static str, outcome: anyhow::Result<Part>) {
        match outcome {
            Ok(Part { variable, value, service }) => {
                eprintln!("    {part}: {variable}={}", without_password(&value.to_string_lossy()));
                self.variables.push((variable, value));
                self.services.extend(service);
            }
            Err(error) => self.miss(part, &error),
        }
    }

    fn miss(&mut self, part: &'static str, error: &anyhow::Error) {
        eprintln!("!!! {part} is missing, tests that need it will be skipped: {error:#}");
        self.missing.push(part);
    }
}

/// One part: the variable that tells tests about it, and the process behind it, when there is one.
#[derive(Debug)]
pub(crate) struct Part {
    variable: &'static str,
    pub(crate) value: OsString,
    service: Option<Service>,
}

/// Installs all parts, starts the servers, and returns what there is.
pub(crate) fn install_and_start() -> Kit {
    let mut kit = Kit::default();
    match nextest::install() {
        Ok(program) => kit.nextest = Some(program),
        Err(error) => {
            eprintln!("!!! cargo-nextest is missing, `cargo test` runs the tests: {error:#}");
        }
    }
    kit.add("PostgreSQL", postgres::start());
    kit.add("datapackage-pipelines", python::datapackage_pipelines());
    kit.add("moto", moto::start());
    kit.add("redis-server", redis::server());
    kit.add("redis-py", redis::client());
    kit.add("vega-datasets", npm::vega_datasets());
    kit
}

/// Installs the parts that need no server and prints their variables as a shell reads them.
pub(crate) fn print() -> anyhow::Result<bool> {
    let mut all = true;
    let parts =
        [python::datapackage_pipelines(), npm::vega_datasets(), redis::server(), redis::client()];
    for part in parts {
        match part {
            Ok(part) => println!("export {}='{}'", part.variable, part.value.to_string_lossy()),
            Err(error) => {
                eprintln!("!!! {error:#}");
                all = false;
            }
        }
    }
    Ok(all)
}

fn without_password(url: &str) -> String {
    let secret = url
        .split_once("://")
        .and_then(|(_, rest)| rest.split_once('@'))
        .and_then(|(user, _)| user.split_once(':'))
        .map(|(_, password)| password);
    secret.map_or_else(|| url.to_owned(), |password| url.replace(password, "..."))
}

#[cfg(test)]
mod tests;
