//! TLS to a PostgreSQL server, which `THORP_TEST_POSTGRES` names and which offers it.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;

use model::fault::Chain;
use pipeline::sql::engine::{Address, Engine};
use pipeline::sql::postgres::client::Client;
use pipeline::sql::source::{Selection, open};

/// An authority that signed nothing; valid for a hundred years.
const STRANGER: &str = "\
-----BEGIN CERTIFICATE-----
MIIBgTCCASegAwIBAgIUWC8MpEEdYTX7WwqGbUPbC+QOcfcwCgYIKoZIzj0EAwIw
FTETMBEGA1UEAwwKYSBzdHJhbmdlcjAgFw0yNjExMjExOTQ4MTBaGA8yMTI2MTAy
ODE5NDgxMFowFTETMBEGA1UEAwwKYSBzdHJhbmdlcjBZMBMGByqGSM49AgEGCCqG
SM49AwEHA0IABC9GEp3G6LU4aUEq71veiGY+IYtYI0ODtbOyI8Wi3THrmA6mjdpV
TO3NyHrOARcjs0AaoYgzLRdyOjwLBXnzB9ejUzBRMB0GA1UdDgQWBBRKg8rH9DOH
lZwcDHtzeLieTq3ZJzAfBgNVHSMEGDAWgBRKg8rH9DOHlZwcDHtzeLieTq3ZJzAP
BgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0gAMEUCIAXmtwMy4kQOGDc0XfiV
z1mQ1OnssEXQv4H+B09rjBaqAiEAye0aRqv3x+HimO4Mjm/8TG0gZ+eCObpTqxAL
LDP158Q=
-----END CERTIFICATE-----
";

/// The address of the server with `localhost` as its host, and a folder with its certificates.
struct Server {
    url: String,
    folder: tempfile::TempDir,
}

impl Server {
    fn find() -> Option<Self> {
        let Ok(url) = std::env::var("THORP_TEST_POSTGRES") else {
            eprintln!("SKIPPED: no PostgreSQL server; set THORP_TEST_POSTGRES");
            return None;
        };
        let admin = connect(&url).unwrap();
        let setting = |name: &str| {
            let rows = admin.query("ask", "SELECT current_setting($1)", &[&name]).unwrap();
            rows.first().map(|row| row.get::<_, String>(0)).unwrap()
        };
        if setting("ssl") == "off" {
            eprintln!("SKIPPED: the PostgreSQL server offers no TLS");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let authority = setting("ssl_ca_file");
        for name in ["authority.crt", "server.crt", "client.crt", "client.key"] {
            let path = authority.replace("authority.crt", name);
            let path = if path.starts_with('/') {
                path
            } else {
                format!("{}/{path}", setting("data_directory"))
            };
            let rows = admin.query("read", "SELECT pg_read_file($1)", &[&path]).unwrap();
            std::fs::write(folder.path().join(name), rows[0].get::<_, String>(0)).unwrap();
        }
        std::fs::write(folder.path().join("stranger.crt"), STRANGER).unwrap();
        std::fs::write(folder.path().join("empty.crt"), "nothing").unwrap();
        Some(Self { url: url.replace("127.0.0.1", "localhost"), folder })
    }

    fn address(&self, query: &str) -> Address {
        let url = format!("{}?{query}", self.url);
        Address::resolve(&url, &BTreeMap::new(), self.folder.path()).unwrap()
    }

    /// What the server says about a connection to `host`: protected or not, and who connects.
    fn reach(&self, host: &str, query: &str) -> Result<(bool, Option<String>), String> {
        let url = self.url.replace("localhost", host);
        let address =
            Address::resolve(&format!("{url}?{query}"), &BTreeMap::new(), self.folder.path());
        let address = address.unwrap();
        let Engine::Postgres(server) = &address.engine else { panic!("not PostgreSQL") };
        let client = Client::connect(&address, server).map_err(|e| Chain(&e).to_string())?;
        let sql = "SELECT ssl, client_dn FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
        let rows = client.query("ask", sql, &[]).map_err(|e| Chain(&e).to_string())?;
        Ok((rows[0].get(0), rows[0].get(1)))
    }
}

fn connect(url: &str) -> Result<Client, String> {
    let address = Address::resolve(url, &BTreeMap::new(), Path::new("/")).unwrap();
    let Engine::Postgres(server) = &address.engine else { panic!("not PostgreSQL") };
    Client::connect(&address, server).map_err(|error| Chain(&error).to_string())
}

#[test]
fn each_mode_protects_as_it_says() {
    let Some(server) = Server::find() else { return };
    let protected = |host, query| server.reach(host, query).map(|(protected, _)| protected);
    assert_eq!(protected("localhost", "sslmode=disable"), Ok(false));
    assert_eq!(protected("localhost", ""), Ok(true), "TLS is taken where it is offered");
    for query in [
        "sslmode=prefer",
        "sslmode=require",
        "sslmode=require&channel_binding=require",
        "sslmode=require&sslrootcert=authority.crt",
        "sslmode=verify-ca&sslrootcert=authority.crt",
    ] {
        assert_eq!(protected("localhost", query), Ok(true), "{query}");
        assert_eq!(protected("127.0.0.1", query), Ok(true), "{query}");
    }
    let full = "sslmode=verify-full&sslrootcert=authority.crt";
    assert_eq!(protected("localhost", full), Ok(true));
    let listed = "sslmode=verify-full&sslrootcert=server.crt";
    assert_eq!(protected("localhost", listed), Ok(true), "the certificate itself is trusted");
}

#[test]
fn a_certificate_that_is_not_trusted_says_what_to_set() {
    let Some(server) = Server::find() else { return };
    for mode in ["require", "verify-ca", "verify-full"] {
        let query = format!("sslmode={mode}&sslrootcert=stranger.crt");
        let error = server.reach("localhost", &query).unwrap_err();
        assert!(error.contains("not trusted"), "{error}");
        assert!(error.contains("set `sslrootcert` to the file"), "{error}");
    }
    let query = "sslmode=verify-full&sslrootcert=authority.crt";
    let error = server.reach("127.0.0.1", query).unwrap_err();
    assert!(error.contains("localhost") && error.contains("sslmode=verify-ca"), "{error}");
    for (file, told) in [("none.crt", "No such file"), ("empty.crt", "BEGIN CERTIFICATE")] {
        let error = server.reach("localhost", &format!("sslmode=verify-ca&sslrootcert={file}"));
        let error = error.unwrap_err();
        assert!(error.contains("`sslrootcert` names") && error.contains(told), "{error}");
    }
}

#[test]
fn a_client_shows_its_certificate() {
    let Some(server) = Server::find() else { return };
    let query = "sslmode=require&sslcert=client.crt&sslkey=client.key";
    let (_, name) = server.reach("localhost", query).unwrap();
    assert_eq!(name.as_deref(), Some("/CN=thorp client"));
}

#[test]
fn sources_read_with_tls() {
    let Some(server) = Server::find() else { return };
    let address = server.address("sslmode=verify-full&sslrootcert=authority.crt");
    let query = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    let mut source = open(&address, &Selection::Query(query.into())).unwrap();
    let batch = source.rows.next_batch().unwrap().unwrap();
    assert_eq!(batch.column("ssl").unwrap().text(0), Some("true"));
}

#[test]
fn a_server_without_tls_is_refused_when_tls_is_required() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let declining = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.read_exact(&mut [0; 8]).unwrap();
        stream.write_all(b"N").unwrap();
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).unwrap();
        rest
    });
    let error = connect(&format!("postgresql://u:s3cret@127.0.0.1:{port}/d?sslmode=require"));
    let error = error.unwrap_err();
    assert!(error.contains("does not offer TLS") && error.contains("ssl = on"), "{error}");
    assert_eq!(declining.join().unwrap(), b"", "nothing is sent in clear");
}

#[test]
fn a_server_that_does_not_answer_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let error = connect(&format!("postgresql://u@127.0.0.1:{port}/d?connect_timeout=1"));
    assert!(error.unwrap_err().contains("no answer within 1 s"));
}
