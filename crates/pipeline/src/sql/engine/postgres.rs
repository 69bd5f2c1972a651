//! Addresses of PostgreSQL: what the address leaves open is taken from the variables of libpq.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};

use super::super::postgres::tls::{Mode, Roots, Tls};

/// A server of PostgreSQL, and how the connection to it is protected.
#[derive(Debug, Clone)]
pub struct Server {
    pub config: Config,
    pub tls: Tls,
}

/// The parameters of an address that the client understands, and the variables that stand in.
const KNOWN: [(&str, Option<&str>); 18] = [
    ("user", None),
    ("password", None),
    ("host", None),
    ("hostaddr", None),
    ("port", None),
    ("dbname", None),
    ("application_name", Some("PGAPPNAME")),
    ("connect_timeout", Some("PGCONNECT_TIMEOUT")),
    ("options", Some("PGOPTIONS")),
    ("target_session_attrs", Some("PGTARGETSESSIONATTRS")),
    ("channel_binding", Some("PGCHANNELBINDING")),
    ("sslnegotiation", Some("PGSSLNEGOTIATION")),
    ("load_balance_hosts", Some("PGLOADBALANCEHOSTS")),
    ("tcp_user_timeout", None),
    ("keepalives", None),
    ("keepalives_idle", None),
    ("keepalives_interval", None),
    ("keepalives_retries", None),
];

/// The parameters of TLS, with their variables.
const TLS: [(&str, &str); 4] = [
    ("sslmode", "PGSSLMODE"),
    ("sslrootcert", "PGSSLROOTCERT"),
    ("sslcert", "PGSSLCERT"),
    ("sslkey", "PGSSLKEY"),
];

/// Parameters of libpq that change nothing here: names are always sent, nothing is compressed.
const HARMLESS: [&str; 2] = ["sslsni", "sslcompression"];

/// The server that `rest`, an address without its scheme, means.
pub(super) fn parse(
    rest: &str,
    environment: &BTreeMap<String, String>,
    base_dir: &Path,
) -> Result<Server, String> {
    let (base, query) = rest.split_once('?').unwrap_or((rest, ""));
    let variable =
        |name: &str| environment.get(name).filter(|value| !value.is_empty()).map(String::as_str);
    let mut kept = Vec::new();
    let mut tls: BTreeMap<&str, String> = BTreeMap::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        if KNOWN.iter().any(|(known, _)| *known == key) {
            kept.push(pair.to_owned());
        } else if let Some((known, _)) = TLS.iter().find(|(known, _)| *known == key) {
            let value = percent_decode_str(value).decode_utf8_lossy().into_owned();
            tls.insert(known, value);
        } else if key.starts_with("ssl") && !HARMLESS.contains(&key) {
            // Whoever asks for safety must not lose it to a slip of the pen.
            return Err(format!(
                "`{key}` is not known; TLS is set by `sslmode`, `sslrootcert`, `sslcert`, `sslkey`"
            ));
        }
    }
    let has_port = kept.iter().any(|pair| pair.starts_with("port="));
    for (key, name) in KNOWN {
        let is_there = kept.iter().any(|pair| pair.split('=').next() == Some(key));
        if let Some(value) = name.and_then(variable).filter(|_| !is_there) {
            kept.push(format!("{key}={}", utf8_percent_encode(value, NON_ALPHANUMERIC)));
        }
    }
    for (key, name) in TLS {
        if let Some(value) = variable(name) {
            tls.entry(key).or_insert_with(|| value.to_owned());
        }
    }
    let query = if kept.is_empty() { String::new() } else { format!("?{}", kept.join("&")) };
    let base = with_port(base, variable("PGPORT").filter(|_| !has_port));
    // The parser tells what is wrong, not with which value.
    let mut config: Config = format!("postgresql://{base}{query}").parse().map_err(|error| {
        let cause = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
        format!("write `postgresql://user:password@host:port/database` ({cause})")
    })?;
    complete(&mut config, variable)?;
    let tls = self::tls(&tls, variable("HOME"), base_dir)?;
    config.ssl_mode(match tls.mode {
        // The server would refuse TLS on a socket of the file system, where nobody listens in.
        _ if config.get_hosts().iter().all(|host| matches!(host, Host::Unix(_))) => {
            SslMode::Disable
        }
        Mode::Disable => SslMode::Disable,
        Mode::Prefer => SslMode::Prefer,
        Mode::Require | Mode::VerifyCa | Mode::VerifyFull => SslMode::Require,
    });
    Ok(Server { config, tls })
}

/// `user@host:port/database` for `user@host/database`: a host without a port would have that of
/// the client, not that of the variable.
fn with_port<'a>(base: &'a str, port: Option<&str>) -> Cow<'a, str> {
    let start = base.rfind('@').map_or(0, |at| at + 1);
    let (user, rest) = base.split_at(start);
    let (hosts, database) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let is_bare = |host: &str| !host.is_empty() && !host.rsplit(']').next().is_some_and(has_colon);
    match port {
        Some(port) if !port.contains(',') && hosts.split(',').all(is_bare) => {
            let hosts: Vec<String> =
                hosts.split(',').map(|host| format!("{host}:{port}")).collect();
            format!("{user}{}{database}", hosts.join(",")).into()
        }
        _ => base.into(),
    }
}

fn has_colon(text: &str) -> bool {
    text.contains(':')
}

/// Takes what the address leaves open from the variables.
fn complete<'a>(
    config: &mut Config,
    variable: impl Fn(&str) -> Option<&'a str>,
) -> Result<(), String> {
    if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
        for host in variable("PGHOST").unwrap_or("localhost").split(',') {
            config.host(host);
        }
        if let Some(addresses) = variable("PGHOSTADDR") {
            for address in addresses.split(',') {
                config.hostaddr(address.parse().map_err(|_| "`PGHOSTADDR` holds no IP address")?);
            }
        }
    }
    if config.get_ports().is_empty()
        && let Some(ports) = variable("PGPORT")
    {
        for port in ports.split(',') {
            config.port(port.parse().map_err(|_| "`PGPORT` holds no number of a port")?);
        }
    }
    if config.get_user().is_none()
        && let Some(user) = variable("PGUSER").or_else(|| variable("USER"))
    {
        config.user(user);
    }
    if config.get_password().is_none()
        && let Some(password) = variable("PGPASSWORD")
    {
        config.password(password);
    }
    if config.get_dbname().is_none()
        && let Some(database) = variable("PGDATABASE")
    {
        config.dbname(database);
    }
    Ok(())
}

fn tls(
    settings: &BTreeMap<&str, String>,
    home: Option<&str>,
    base_dir: &Path,
) -> Result<Tls, String> {
    let setting = |key: &str| settings.get(key).map(String::as_str).filter(|text| !text.is_empty());
    let path = |text: &str| match (text.strip_prefix("~/"), home) {
        (Some(below), Some(home)) => Path::new(home).join(below),
        _ => base_dir.join(text),
    };
    // Where libpq keeps it.
    let usual = home.map(|home| Path::new(home).join(".postgresql/root.crt"));
    let roots = match setting("sslrootcert") {
        Some("system") => Some(Roots::System),
        Some(text) => Some(Roots::File(path(text))),
        None => usual.filter(|usual| usual.is_file()).map(Roots::File),
    };
    let mode = match setting("sslmode") {
        None if roots == Some(Roots::System) => Mode::VerifyFull,
        None | Some("prefer" | "allow") => Mode::Prefer,
        Some("disable") => Mode::Disable,
        // As libpq does: who names an authority wants it asked.
        Some("require") if matches!(roots, Some(Roots::File(_))) => Mode::VerifyCa,
        Some("require") => Mode::Require,
        Some("verify-ca") => Mode::VerifyCa,
        Some("verify-full") => Mode::VerifyFull,
        Some(_) => {
            return Err("`sslmode` is none of disable, allow, prefer, require, verify-ca and \
                        verify-full"
                .into());
        }
    };
    let own: Option<(PathBuf, PathBuf)> = match (setting("sslcert"), setting("sslkey")) {
        (Some(own), Some(key)) => Some((path(own), path(key))),
        (None, None) => None,
        _ => return Err("`sslcert` and `sslkey` need each other".into()),
    };
    Ok(Tls { mode, roots: roots.unwrap_or_default(), own })
}
