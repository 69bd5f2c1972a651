use std::collections::BTreeMap;
use std::path::Path;

use super::{Address, Engine, without_password};

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
        let Engine::Postgres(config) = address(written).unwrap().engine else { panic!() };
        assert_eq!(config.get_user(), Some("u"));
        assert_eq!(config.get_dbname(), Some("d"));
    }
}

#[test]
fn addresses_with_tls_are_refused_aloud() {
    let error = address("postgresql://u@h/d?sslmode=require").unwrap_err().to_string();
    assert!(error.contains("sslmode=require"), "{error}");
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
