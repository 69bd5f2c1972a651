//! A request whose body and answer stream at the same time.

use std::time::Duration;

use bytes::Bytes;
use futures::Stream;
use gateway::https::body;
use reqwest::{Body, Certificate, Client, Response};
use serde::Serialize;

use super::{ClientError, Found, NotFound};

/// How long a node may take to accept a connection.
const CONNECT: Duration = Duration::from_secs(10);

/// The HTTPS door of a node, for streams.
#[derive(Debug)]
pub(crate) struct Streamed {
    http: Client,
    pub(crate) url: String,
    token: String,
}

impl Streamed {
    /// Finds the cluster as [`super::Cluster::find`] does.
    pub(crate) fn find(url: Option<&str>) -> Result<Self, NotFound> {
        let Found { url, token, authority } = Found::look(url)?;
        let mut http = Client::builder().connect_timeout(CONNECT).use_rustls_tls();
        if let Some(authority) = authority {
            let authority = Certificate::from_pem(authority.as_bytes());
            http = http.tls_built_in_root_certs(false);
            http = http.add_root_certificate(authority.map_err(|_| NotFound::Authority)?);
        }
        let http = http.build().map_err(|source| NotFound::Client { source })?;
        Ok(Self { http, url, token })
    }

    /// Posts what `body` brings, and gives the answer as soon as it begins.
    pub(crate) async fn post(
        &self,
        path: &str,
        query: &impl Serialize,
        body: impl Stream<Item = std::io::Result<Bytes>> + Send + 'static,
    ) -> Result<Response, ClientError> {
        let url = || self.url.clone();
        let request = self.http.post(format!("{}/api/v1/{path}", self.url)).query(query);
        let request = request.bearer_auth(&self.token).body(Body::wrap_stream(body));
        let sent = request.send().await;
        let response = sent.map_err(|source| ClientError::Unreached { url: url(), source })?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        Err(match response.json::<body::Problem>().await {
            Ok(problem) => ClientError::Refused(Box::new(problem)),
            Err(_) => ClientError::Status { url: url(), status },
        })
    }
}
