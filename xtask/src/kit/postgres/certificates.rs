//! Certificates of the test server: an authority, a server called `localhost`, and a client.
//!
//! The tests read them through the server, which has all in the folder of `ssl_ca_file`.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use anyhow::Context;

use crate::tools;

/// Longer than any run of the tests; they are made anew for each.
const DAYS: &str = "7";

/// What OpenSSL is to write into the certificates.
const CONFIG: &str = "\
[req]
distinguished_name = name
prompt = no
[name]
commonName = thorp test authority
[authority]
basicConstraints = critical, CA:TRUE
[server]
basicConstraints = CA:FALSE
subjectAltName = DNS:localhost
[client]
basicConstraints = CA:FALSE
";

/// The files that the server has to be able to read.
pub(super) const FILES: [&str; 5] =
    ["authority.crt", "server.crt", "server.key", "client.crt", "client.key"];

/// The settings with which the server offers TLS.
pub(super) const SETTINGS: [&str; 4] = [
    "ssl=on",
    "ssl_cert_file=../server.crt",
    "ssl_key_file=../server.key",
    "ssl_ca_file=../authority.crt",
];

/// Makes the certificates in `folder`; false where there is no OpenSSL.
pub(super) fn make(folder: &Path) -> anyhow::Result<bool> {
    if tools::find_program("openssl").is_none() {
        eprintln!("no `openssl`: the tests of TLS to PostgreSQL will be skipped");
        return Ok(false);
    }
    fs::write(folder.join("openssl.cnf"), CONFIG).context("failed to write `openssl.cnf`")?;
    request(folder, "authority", &["-subj", "/CN=thorp test authority"])?;
    for (name, subject) in [("server", "/CN=localhost"), ("client", "/CN=thorp client")] {
        let authority = ["-CA", "authority.crt", "-CAkey", "authority.key", "-subj", subject];
        request(folder, name, &authority)?;
    }
    Ok(true)
}

/// Makes the key and the certificate called `name`, with the section of this name.
fn request(folder: &Path, name: &str, more: &[&str]) -> anyhow::Result<()> {
    let (certificate, key) = (format!("{name}.crt"), format!("{name}.key"));
    tools::quiet(
        Command::new("openssl")
            .current_dir(folder)
            .args(["req", "-x509", "-config", "openssl.cnf", "-nodes", "-days", DAYS])
            .args(["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"])
            .args(["-extensions", name, "-out", &certificate, "-keyout", &key])
            .args(more),
    )?;
    fs::set_permissions(folder.join(&key), fs::Permissions::from_mode(0o600))
        .with_context(|| format!("failed to protect `{key}`"))
}

#[cfg(test)]
mod tests;
