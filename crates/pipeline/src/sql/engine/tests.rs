use std::collections::BTreeMap;
use std::path::Path;

use tokio_postgres::config::{Host, SslMode};

use super::super::postgres::tls::{Mode, Roots, Tls};
use super::{Address, Engine, Server, without_password};

fn environment() -> BTreeMap<String, String> {
    [("DB", "postgresql://reader:s3cret@db.internal:6543/numbers"), ("BAD", "s3cret")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into_iter()
        .collect()
}

fn address(written: &str) -> Result<Address, super::SqlError> {
    Address::resolve(written, &environment(), Path::new("/base"))
}

fn path(written: &str) -> Option<String> {
    match address(written).unwrap().engine {
        Engine::Sqlite(path) => path.map(|path| path.display().to_string()),
        Engine::Postgres(_) => panic!("not SQLite"),
    }
}

/// The server that `written` means in an environment of these `variables`.
fn server(written: &str, variables: &[(&str, &str)]) -> Result<Server, String> {
    let variables = variables.iter().map(|(name, value)| (name.to_string(), value.to_string()));
    let found = Address::resolve(written, &variables.collect(), Path::new("/base"));
    match found.map_err(|error| error.to_string())?.engine {
        Engine::Postgres(server) => Ok(*server),
        Engine::Sqlite(_) => panic!("not PostgreSQL"),
    }
}

#[test]
fn sqlite_addresses_are_memory_relative_or_absolute() {
    assert_eq!(path("sqlite://"), None);
    assert_eq!(path("sqlite:///:memory:"), None);
    assert_eq!(path("sqlite:///data/x.db").as_deref(), Some("/base/data/x.db"));
    assert_eq!(path("sqlite:////data/x.db?timeout=3").as_deref(), Some("/data/x.db"));
    assert!(address("sqlite://x.db").unwrap_err().to_string().contains("three slashes"));
}

#[test]
fn drivers_and_unknown_parameters_of_postgresql_do_not_matter() {
    for written in ["postgres://u:p@h/d", "postgresql+psycopg2://u:p@h:5432/d?client_encoding=utf8"]
    {
        let config = server(written, &[]).unwrap().config;
        assert_eq!(config.get_user(), Some("u"));
        assert_eq!(config.get_dbname(), Some("d"));
    }
}

#[test]
fn what_an_address_leaves_open_is_taken_from_the_variables() {
    let variables = [
        ("PGHOST", "h1,h2"),
        ("PGPORT", "1,2"),
        ("PGDATABASE", "d"),
        ("PGUSER", "u"),
        ("PGPASSWORD", "p"),
        ("PGAPPNAME", "a & b"),
        ("PGSSLMODE", "verify-full"),
        ("PGSSLROOTCERT", "ca.crt"),
    ];
    let found = server("postgresql://", &variables).unwrap();
    assert_eq!(found.config.get_hosts().len(), 2);
    assert_eq!(found.config.get_ports(), [1, 2]);
    assert_eq!(found.config.get_dbname(), Some("d"));
    assert_eq!(found.config.get_user(), Some("u"));
    assert_eq!(found.config.get_password(), Some("p".as_bytes()));
    assert_eq!(found.config.get_application_name(), Some("a & b"));
    let roots = Roots::File("/base/ca.crt".into());
    assert_eq!(found.tls, Tls { mode: Mode::VerifyFull, roots, own: None });
    let found = server("postgresql://x:y@z:3/w?sslmode=disable", &variables).unwrap();
    assert_eq!(found.config.get_hosts(), [Host::Tcp("z".into())]);
    assert_eq!(found.config.get_ports(), [3]);
    assert_eq!((found.config.get_user(), found.config.get_dbname()), (Some("x"), Some("w")));
    assert_eq!(found.tls.mode, Mode::Disable);
    let ports = |written| server(written, &[("PGPORT", "6543")]).unwrap().config;
    assert_eq!(ports("postgresql://u@h,[::1]/d").get_ports(), [6543, 6543]);
    assert_eq!(ports("postgresql://u@h:1,[::1]/d").get_ports(), [1, 5432]);
    assert_eq!(ports("postgresql:///d?host=h&port=1").get_ports(), [1]);
    assert_eq!(ports("postgresql:///d?host=h").get_ports(), [6543]);
    assert!(server("postgresql://", &[("PGPORT", "x")]).unwrap_err().contains("PGPORT"));
}

#[test]
fn modes_of_tls_are_those_of_libpq() {
    let mode = |query: &str| {
        let found = server(&format!("postgresql://u@h/d?{query}"), &[("HOME", "/none")]).unwrap();
        (found.tls.mode, found.config.get_ssl_mode())
    };
    assert_eq!(mode(""), (Mode::Prefer, SslMode::Prefer));
    assert_eq!(mode("sslmode=disable"), (Mode::Disable, SslMode::Disable));
    assert_eq!(mode("sslmode=require"), (Mode::Require, SslMode::Require));
    assert_eq!(mode("sslmode=require&sslrootcert=x"), (Mode::VerifyCa, SslMode::Require));
    assert_eq!(mode("sslmode=verify-ca"), (Mode::VerifyCa, SslMode::Require));
    assert_eq!(mode("sslmode=verify-full"), (Mode::VerifyFull, SslMode::Require));
    assert_eq!(mode("sslrootcert=system"), (Mode::VerifyFull, SslMode::Require));
    let found = server("postgresql://u@%2Frun/d?sslmode=require", &[]).unwrap();
    assert_eq!(found.config.get_ssl_mode(), SslMode::Disable, "a socket of the file system");
    let found = server("postgresql://u@h/d?sslrootcert=~%2Fa%20b", &[("HOME", "/me")]).unwrap();
    assert_eq!(found.tls.roots, Roots::File("/me/a b".into()));
}

#[test]
fn a_slip_of_the_pen_does_not_turn_off_tls() {
    for query in ["sslmode=verify_full", "sslmod=verify-full", "ssl=true", "sslcert=x"] {
        let error = server(&format!("postgresql://u@h/d?{query}"), &[]).unwrap_err();
        assert!(error.contains("ssl"), "{error}");
    }
}

#[test]
fn nothing_of_an_address_from_the_environment_is_shown() {
    let found = address("env://DB").unwrap();
    assert_eq!(found.shown, "env://DB");
    let told = found.unreachable(
        "cannot reach postgresql://reader:s3cret@db.internal:6543/numbers as reader at db.internal",
    );
    let told = model::fault::Chain(&told).to_string();
    for secret in ["s3cret", "db.internal", "reader"] {
        assert!(!told.contains(secret), "{told}");
    }
    assert!(!format!("{found:?}").contains("s3cret"));
    assert!(!address("env://BAD").unwrap_err().to_string().contains("s3cret"));
    assert!(address("env://NONE").unwrap_err().to_string().contains("NONE"));
}

#[test]
fn passwords_are_taken_out_wherever_they_are() {
    assert_eq!(without_password("postgresql://u:p@ss@h/d"), "postgresql://u@h/d");
    assert_eq!(
        without_password("postgresql:///d?password=x&host=/run"),
        "postgresql:///d?host=/run"
    );
    assert_eq!(without_password("sqlite:///x.db"), "sqlite:///x.db");
}
