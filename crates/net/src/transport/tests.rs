use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::{TlsConnector, rustls};

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::accept::{AcceptError, Accepted, accept};
use super::greeting::{self, Version, VersionError};
use super::{CallError, Peers, VERSION};
use crate::cluster::ClusterName;
use crate::identity::{ALPN_CALL, Credentials, Identity, NODE_NAME, Place};
use crate::testing::HandClock;

const NEWER: Version = Version { major: VERSION.major + 1, minor: 3 };

fn member() -> (tempfile::TempDir, Arc<Credentials>) {
    let data = tempfile::tempdir().unwrap();
    let mut identity = Identity::open(data.path()).unwrap();
    identity.found(Place { cluster: ClusterName::default(), id: 1, name: "one".into() }).unwrap();
    let credentials = identity.credentials(Arc::new(HandClock::at(1_800_000_000_000))).unwrap();
    (data, credentials)
}

/// A server of `version` that greets and accepts, and what it says of one connection.
async fn greet_once(
    listener: TcpListener,
    tls: Arc<rustls::ServerConfig>,
    version: Version,
) -> Option<AcceptError> {
    let (tcp, _) = listener.accept().await.unwrap();
    accept(tcp, &tls, version).await.err()
}

#[tokio::test]
async fn a_server_of_a_newer_major_version_is_refused_with_the_fix() {
    let (_data, credentials) = member();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let tls = Arc::new(credentials.server_config().unwrap());
    let peers = Peers::new(&credentials).unwrap();
    let call = peers.call(&address, "echo", Bytes::new(), Duration::from_secs(5));
    let (called, _) = tokio::join!(call, greet_once(listener, tls, NEWER));
    let Err(CallError::Unreachable { reason, .. }) = called else { panic!("{called:?}") };
    assert_eq!(reason, "it speaks protocol 2.3, newer than 1.0: update thorp on this node");
}

#[tokio::test]
async fn a_member_that_knows_no_frames_is_called_over_http() {
    let (_data, credentials) = member();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let mut tls = credentials.server_config().unwrap();
    tls.alpn_protocols.retain(|protocol| protocol != ALPN_CALL);
    let peers = Peers::new(&credentials).unwrap();
    let call = peers.call(&address, "echo", Bytes::new(), Duration::from_secs(5));
    let first_bytes = async {
        let (tcp, _) = listener.accept().await.unwrap();
        let accepted = accept(tcp, &Arc::new(tls), VERSION).await.unwrap();
        let Accepted::Member(_, mut stream) = accepted else { panic!("it is no member") };
        let mut preface = [0; 14];
        stream.read_exact(&mut preface).await.unwrap();
        preface
    };
    tokio::select! {
        preface = first_bytes => assert_eq!(&preface, b"PRI * HTTP/2.0"),
        called = call => panic!("{called:?}"),
    }
}

#[tokio::test]
async fn a_client_of_a_newer_major_version_is_refused() {
    let (_data, credentials) = member();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let tls = Arc::new(credentials.server_config().unwrap());
    let client = async {
        let tcp = tokio::net::TcpStream::connect(address).await.unwrap();
        let tls = TlsConnector::from(Arc::new(credentials.client_config().unwrap()));
        let name = ServerName::try_from(NODE_NAME).unwrap();
        let mut stream = tls.connect(name, tcp).await.unwrap();
        greeting::send(&mut stream, NEWER).await.unwrap();
        greeting::receive(&mut stream).await.unwrap()
    };
    let (told, refused) = tokio::join!(client, greet_once(listener, tls, VERSION));
    assert_eq!(told, VERSION, "the newer side learns which version the older one has");
    let Some(AcceptError::Version(error)) = refused else { panic!("{refused:?}") };
    assert_eq!(error, VersionError::Newer(NEWER));
}
