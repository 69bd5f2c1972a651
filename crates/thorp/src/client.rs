//! How the commands talk to a cluster: its HTTPS door, found by URL or among the nodes of this user.

mod events;

use std::time::Duration;

use gateway::https::body;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};
use reqwest::blocking::{Body, Client, RequestBuilder, Response};
use reqwest::{Certificate, Method, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;

pub(crate) use events::Events;
pub(crate) use thorp::remote::{Found, NotFound};

/// Longest that a command waits for an answer which it did not ask to come later.
const ANSWER: Duration = Duration::from_secs(30);

/// What stands as it is in a path.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The HTTPS door of a node, as commands use it.
#[derive(Debug)]
pub(crate) struct Cluster {
    http: Client,
    url: String,
    token: String,
}

/// A request that is not sent yet.
#[derive(Debug)]
pub(crate) struct Request<'a> {
    cluster: &'a Cluster,
    builder: RequestBuilder,
}

impl Cluster {
    /// Finds the cluster that `url`, a variable or the running nodes of this user say.
    ///
    /// # Errors
    ///
    /// [`NotFound`] when there is none, or more than one.
    pub(crate) fn find(url: Option<&str>) -> Result<Self, NotFound> {
        let Found { url, token, authority } = Found::look(url)?;
        let mut http = Client::builder().timeout(ANSWER).use_rustls_tls();
        if let Some(authority) = authority {
            let authority = Certificate::from_pem(authority.as_bytes());
            http = http.tls_built_in_root_certs(false);
            http = http.add_root_certificate(authority.map_err(|_| NotFound::Authority)?);
        }
        let http = http.build().map_err(|source| NotFound::Client { source })?;
        Ok(Self { http, url, token })
    }

    pub(crate) fn get(&self, path: &[&str]) -> Request<'_> {
        self.request(Method::GET, path)
    }

    pub(crate) fn put(&self, path: &[&str]) -> Request<'_> {
        self.request(Method::PUT, path)
    }

    pub(crate) fn post(&self, path: &[&str]) -> Request<'_> {
        self.request(Method::POST, path)
    }

    pub(crate) fn delete(&self, path: &[&str]) -> Request<'_> {
        self.request(Method::DELETE, path)
    }

    /// A request for the resource at these parts of a path, whatever letters are in them.
    fn request(&self, method: Method, path: &[&str]) -> Request<'_> {
        let mut url = format!("{}/api/v1", self.url);
        for part in path {
            url.push('/');
            url.extend(percent_encode(part.as_bytes(), PLAIN));
        }
        let builder = self.http.request(method, url).bearer_auth(&self.token);
        Request { cluster: self, builder }
    }
}

impl Request<'_> {
    #[must_use]
    pub(crate) fn query(self, query: &impl Serialize) -> Self {
        Self { builder: self.builder.query(query), ..self }
    }

    #[must_use]
    pub(crate) fn header(self, name: &str, value: &str) -> Self {
        Self { builder: self.builder.header(name, value), ..self }
    }

    #[must_use]
    pub(crate) fn json(self, body: &impl Serialize) -> Self {
        Self { builder: self.builder.json(body), ..self }
    }

    #[must_use]
    pub(crate) fn bytes(self, body: impl Into<Body>) -> Self {
        Self { builder: self.builder.body(body), ..self }
    }

    /// The answer may take so much longer than others.
    #[must_use]
    pub(crate) fn patient(self, wait_ms: u64) -> Self {
        let timeout = ANSWER + Duration::from_millis(wait_ms);
        Self { builder: self.builder.timeout(timeout), ..self }
    }

    /// The answer, read as JSON.
    pub(crate) fn read<T: DeserializeOwned>(self) -> Result<T, ClientError> {
        let url = self.cluster.url.clone();
        let bytes = self.raw()?;
        serde_json::from_slice(&bytes).map_err(|source| ClientError::Answer { url, source })
    }

    /// The bytes of the answer.
    pub(crate) fn raw(self) -> Result<Vec<u8>, ClientError> {
        let url = self.cluster.url.clone();
        let bytes = self.send()?.bytes();
        bytes.map(|bytes| bytes.to_vec()).map_err(|source| ClientError::Unreached { url, source })
    }

    /// Sends it, for what it does.
    pub(crate) fn done(self) -> Result<(), ClientError> {
        self.send().map(drop)
    }

    /// The answer as a stream of events, which has no end of its own.
    pub(crate) fn events(mut self) -> Result<Events, ClientError> {
        // Events may be far apart; the node sends comments meanwhile.
        self.builder = self.builder.timeout(Duration::from_secs(u64::from(u32::MAX)));
        self.send().map(Events::new)
    }

    fn send(self) -> Result<Response, ClientError> {
        let url = || self.cluster.url.clone();
        let sent = self.builder.send();
        let response = sent.map_err(|source| ClientError::Unreached { url: url(), source })?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let problem = response.json::<body::Problem>().ok().map(Box::new);
        Err(match problem {
            Some(problem) => ClientError::Refused(problem),
            None => ClientError::Status { url: url(), status },
        })
    }
}

/// Why a cluster did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClientError {
    #[error("`{url}` cannot be reached")]
    Unreached { url: String, source: reqwest::Error },
    #[error("{}", .0.detail)]
    Refused(Box<body::Problem>),
    #[error("`{url}` answers {status}, which is no answer of thorp")]
    Status { url: String, status: StatusCode },
    #[error("the answer of `{url}` cannot be understood")]
    Answer { url: String, source: serde_json::Error },
}
