//! A client of the HTTPS door: one connection that is kept.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, ensure};
use bytes::Bytes;
use http::{Method, Request, StatusCode};
use hyper::body::{Body, Incoming};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use thorp::node::contact::Contacts;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};

/// The door of a cluster: its authority and its token.
#[derive(Debug)]
pub(crate) struct Door {
    tls: Arc<ClientConfig>,
    token: Arc<str>,
}

/// One connection to one node.
#[derive(Debug)]
pub(crate) struct Https {
    sender: SendRequest<String>,
    token: Arc<str>,
}

impl Door {
    /// The door of the one cluster that the folder of contacts knows.
    pub(crate) fn of(contacts: &Path) -> anyhow::Result<Self> {
        let contact = Contacts::at(contacts).all().pop().context("there is no running node")?;
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(contact.authority.as_bytes())?)?;
        let tls = ClientConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self { tls: Arc::new(tls), token: contact.token.into() })
    }

    pub(crate) async fn connect(&self, address: &str) -> anyhow::Result<Https> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let tls = TlsConnector::from(Arc::clone(&self.tls));
        let stream = tls.connect(ServerName::try_from("localhost")?, stream).await?;
        let (sender, driver) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(async move {
            if let Err(error) = driver.await {
                eprintln!("a connection to the HTTPS door ended: {error}");
            }
        });
        Ok(Https { sender, token: Arc::clone(&self.token) })
    }
}

impl Https {
    pub(crate) async fn put(&mut self, key: &str, value: &Bytes) -> anyhow::Result<()> {
        let path = format!("/api/v1/maps/bench/entries/{key}");
        let value = String::from_utf8_lossy(value).into_owned();
        self.ask(Method::PUT, &path, "application/octet-stream", value).await.map(drop)
    }

    pub(crate) async fn get(&mut self, key: &str) -> anyhow::Result<usize> {
        let path = format!("/api/v1/maps/bench/entries/{key}");
        self.ask(Method::GET, &path, "application/octet-stream", String::new()).await
    }

    /// Makes a queue.
    pub(crate) async fn make_queue(&mut self, number: u64) -> anyhow::Result<()> {
        let path = format!("/api/v1/queues/queue-{number:06}");
        self.ask(Method::PUT, &path, "application/json", "{}".into()).await.map(drop)
    }

    /// Says how many bytes were answered.
    async fn ask(
        &mut self,
        method: Method,
        path: &str,
        kind: &str,
        body: String,
    ) -> anyhow::Result<usize> {
        let mut answer = self.send(method, path, kind, body).await?;
        let mut bytes = 0;
        while let Some(piece) = piece(&mut answer).await? {
            bytes += piece.len();
        }
        Ok(bytes)
    }

    async fn send(
        &mut self,
        method: Method,
        path: &str,
        kind: &str,
        body: String,
    ) -> anyhow::Result<Incoming> {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "localhost")
            .header("authorization", format!("Bearer {}", self.token))
            .header("content-type", kind)
            .header("accept", kind)
            .body(body)?;
        self.sender.ready().await?;
        let answer = self.sender.send_request(request).await?;
        let status = answer.status();
        let is_well = status.is_success() || status == StatusCode::NOT_FOUND;
        ensure!(is_well, "`{path}` was answered by {status}");
        Ok(answer.into_body())
    }
}

async fn piece(answer: &mut Incoming) -> anyhow::Result<Option<Bytes>> {
    loop {
        let frame =
            std::future::poll_fn(|context| std::pin::Pin::new(&mut *answer).poll_frame(context));
        match frame.await {
            None => return Ok(None),
            Some(frame) => {
                if let Ok(piece) = frame?.into_data() {
                    return Ok(Some(piece));
                }
            }
        }
    }
}
