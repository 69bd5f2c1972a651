//! The HTTPS door of a node, for what the Redis protocol has no words for.

use std::net::SocketAddr;

use reqwest::blocking::{Client, RequestBuilder};
use reqwest::{Certificate, Method};
use serde_json::Value;

use crate::failure::Failure;
use crate::limits;

/// What a client needs to know of a cluster.
#[derive(Debug, Clone)]
pub(crate) struct Access {
    pub(crate) token: String,
    /// The certificate authority, as PEM.
    pub(crate) authority: String,
}

/// A client of one node.
#[derive(Debug)]
pub(crate) struct Https {
    http: Client,
    url: String,
    token: String,
}

impl Https {
    pub(crate) fn new(address: SocketAddr, access: &Access) -> anyhow::Result<Self> {
        let authority = Certificate::from_pem(access.authority.as_bytes())?;
        let http = Client::builder()
            .use_rustls_tls()
            .tls_built_in_root_certs(false)
            .add_root_certificate(authority)
            .no_proxy()
            .connect_timeout(limits::CONNECT)
            .timeout(limits::ANSWER)
            .build()?;
        let url = format!("https://{address}/api/v1/");
        Ok(Self { http, url, token: access.token.clone() })
    }

    pub(crate) fn get(&self, path: &str) -> Result<Value, Failure> {
        self.send(self.request(Method::GET, path))
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        let request = self.request(Method::POST, path).header("content-type", "application/json");
        self.send(request.body(body.to_string()))
    }

    /// Puts bytes as they are, only in place of `revision` when there is one.
    pub(crate) fn put_value(
        &self,
        path: &str,
        value: String,
        revision: Option<u64>,
    ) -> Result<Value, Failure> {
        let request = self.request(Method::PUT, path).body(value);
        self.send(match revision {
            Some(revision) => request.header("if-match", format!("\"{revision}\"")),
            None => request,
        })
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.url)).bearer_auth(&self.token)
    }

    fn send(&self, request: RequestBuilder) -> Result<Value, Failure> {
        let response = match request.send() {
            Ok(response) => response,
            Err(error) if error.is_connect() => return Err(Failure::Unsent(chain(&error))),
            Err(error) => return Err(Failure::Unknown(chain(&error))),
        };
        let status = response.status();
        let bytes = response.bytes().map_err(|error| Failure::Unknown(chain(&error)))?;
        // Some answers have no body.
        let body: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        if status.is_success() {
            return Ok(body);
        }
        let part = |name| body.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        if status.is_server_error() {
            return Err(Failure::Unknown(format!("{status}: {}", part("detail"))));
        }
        Err(Failure::Refused { code: part("code"), text: part("detail") })
    }
}

/// An error with its causes.
fn chain(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    text
}

/// A number in an answer.
pub(crate) fn number(answer: &Value, name: &str) -> Result<u64, Failure> {
    answer.get(name).and_then(Value::as_u64).ok_or_else(|| unexpected(answer))
}

/// A list in an answer.
pub(crate) fn list<'a>(answer: &'a Value, name: &str) -> Result<&'a [Value], Failure> {
    let list = answer.get(name).and_then(Value::as_array);
    list.map(Vec::as_slice).ok_or_else(|| unexpected(answer))
}

pub(crate) fn unexpected(answer: &Value) -> Failure {
    Failure::Refused { code: "UNEXPECTED".into(), text: format!("an answer {answer}") }
}
