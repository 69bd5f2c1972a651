//! The HTTPS doors of a cluster: a call goes to one of them, and on to the next when that fails.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use gateway::https::body;
use gateway::https::body::state::CONTENT_TYPE;
use reqwest::header::CONTENT_TYPE as KIND;
use reqwest::{Body, Certificate, Client, Method, RequestBuilder, Response, StatusCode};
use serde::Serialize;
use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::error::CallError;
use super::find::{Found, NotFound};
use crate::code::Items;
use crate::limits;

/// The doors of one cluster.
pub(super) struct Doors {
    http: Client,
    token: String,
    /// The one that is asked first comes first.
    urls: Mutex<Vec<String>>,
    requests: Semaphore,
    waiting: Semaphore,
}

/// What is sent to a route below `/api/v1`.
#[derive(Debug, Clone)]
pub(super) struct Sent<'a> {
    path: &'static str,
    query: Option<(&'static str, &'a str)>,
    /// Its content type and its bytes.
    body: Option<(&'static str, Bytes)>,
    /// Whether it may be sent again when it is not known what came of it.
    may_be_repeated: bool,
}

impl<'a> Sent<'a> {
    /// Reads what is there.
    pub(super) fn nothing(path: &'static str) -> Self {
        Self { path, query: None, body: None, may_be_repeated: true }
    }

    /// A command with its number, or a question: in the encoding of the state.
    pub(super) fn state(path: &'static str, body: Bytes) -> Self {
        Self { body: Some((CONTENT_TYPE, body)), ..Self::nothing(path) }
    }

    /// JSON that does something, which is not to be done twice.
    pub(super) fn json(path: &'static str, body: Bytes) -> Self {
        let body = Some(("application/json", body));
        Self { body, may_be_repeated: false, ..Self::nothing(path) }
    }

    /// Bytes that do something, which is not to be done twice.
    pub(super) fn octets(path: &'static str, body: Bytes) -> Self {
        let body = Some(("application/octet-stream", body));
        Self { body, may_be_repeated: false, ..Self::nothing(path) }
    }

    /// Whether it may be sent to another door after this error.
    fn may_follow(&self, error: &CallError) -> bool {
        if self.may_be_repeated { error.may_be_tried_again() } else { error.was_not_begun() }
    }

    pub(super) fn with(self, name: &'static str, value: &'a str) -> Self {
        Self { query: Some((name, value)), ..self }
    }
}

/// How long a call may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Time {
    /// For all attempts together, beside the wait.
    pub(super) within: Duration,
    /// How long a node may wait for something new.
    pub(super) wait: Option<Duration>,
}

/// What a door answered.
#[derive(Debug)]
pub(super) struct Answered {
    pub(super) bytes: Bytes,
    /// Another door may have done before what was sent.
    pub(super) may_be_done: bool,
}

impl Doors {
    /// The door that was found; the others it tells itself.
    pub(super) fn new(found: Found) -> Result<Self, NotFound> {
        let mut http = Client::builder()
            .use_rustls_tls()
            .https_only(true)
            .http1_only()
            .connect_timeout(limits::CONNECT)
            .redirect(reqwest::redirect::Policy::none());
        if let Some(authority) = found.authority {
            let authority = Certificate::from_pem(authority.as_bytes());
            http = http.tls_built_in_root_certs(false);
            http = http.add_root_certificate(authority.map_err(|_| NotFound::Authority)?);
        }
        Ok(Self {
            http: http.build().map_err(|source| NotFound::Client { source })?,
            token: found.token,
            urls: Mutex::new(vec![found.url]),
            requests: Semaphore::new(limits::REQUESTS_MAX),
            waiting: Semaphore::new(limits::WAITING_REQUESTS_MAX),
        })
    }

    /// The doors, the one that is asked first comes first.
    pub(super) fn urls(&self) -> Vec<String> {
        self.urls.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Remembers doors that were not known yet.
    pub(super) fn add(&self, more: impl IntoIterator<Item = String>) {
        let mut urls = self.urls.lock().unwrap_or_else(PoisonError::into_inner);
        // Who came over the network has nothing of what listens on the machine of a node.
        let is_near = urls.first().is_some_and(|url| is_loopback(url));
        for url in more {
            let is_new = !urls.contains(&url) && (is_near || !is_loopback(&url));
            if is_new && urls.len() < limits::DOORS_MAX {
                urls.push(url);
            }
        }
    }

    /// Asks where the other doors are.
    pub(super) async fn learn(&self) -> Result<(), CallError> {
        let time = Time { within: limits::CALL, wait: None };
        let Answered { bytes, .. } = self.call(time, &Sent::nothing("doors")).await?;
        let doors: body::cluster::Doors = serde_json::from_slice(&bytes)
            .map_err(|source| CallError::Json { url: self.first(), source })?;
        let mut known = self.urls.lock().unwrap_or_else(PoisonError::into_inner);
        // The one that has just answered stays, under whatever name it is known here.
        known.truncate(1);
        drop(known);
        self.add(doors.urls);
        Ok(())
    }

    /// The door that is asked first.
    pub(super) fn first(&self) -> String {
        self.urls().into_iter().next().unwrap_or_default()
    }

    /// Sends it to one door after the other, until there is an answer, a refusal, or no time left.
    pub(super) async fn call(&self, time: Time, sent: &Sent<'_>) -> Result<Answered, CallError> {
        let places = if time.wait.is_some() { &self.waiting } else { &self.requests };
        // It is never closed.
        let _place = places.acquire().await.ok();
        let over = Instant::now() + time.within + time.wait.unwrap_or_default();
        let mut pause = limits::RETRY_MIN;
        let (mut last, mut may_be_done) = (None, false);
        loop {
            for url in &self.urls() {
                let left = over.saturating_duration_since(Instant::now());
                let most = left.min(limits::ATTEMPT + time.wait.unwrap_or_default());
                let asked = tokio::time::timeout(most, self.ask(url, sent)).await;
                let error = match asked.unwrap_or_else(|_| Err(CallError::late(url, most))) {
                    Ok(bytes) => {
                        self.prefer(url);
                        return Ok(Answered { bytes, may_be_done });
                    }
                    Err(error) => error,
                };
                if !sent.may_follow(&error) {
                    return Err(error);
                }
                may_be_done |= !error.was_not_begun();
                last = Some(error.unless_said(last));
                if Instant::now() >= over {
                    break;
                }
            }
            if Instant::now() + pause >= over
                && let Some(error) = last
            {
                return Err(error);
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(limits::RETRY_MAX);
        }
    }

    /// The door that answered is asked first from now on.
    fn prefer(&self, url: &str) {
        let mut urls = self.urls.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = urls.iter().position(|known| known == url)
            && place > 0
        {
            let url = urls.remove(place);
            urls.insert(0, url);
        }
    }

    /// Asks one door once.
    async fn ask(&self, url: &str, sent: &Sent<'_>) -> Result<Bytes, CallError> {
        let method = if sent.body.is_some() { Method::POST } else { Method::GET };
        let mut request = self.request(method, url, sent.path).query(sent.query.as_slice());
        if let Some((kind, body)) = &sent.body {
            request = request.header(KIND, *kind).body(body.clone());
        }
        let unreached = |source| CallError::Unreached { url: url.to_owned(), source };
        let response = request.send().await.map_err(unreached)?;
        let status = response.status();
        let bytes = collect(url, response).await?;
        if status.is_success() { Ok(bytes) } else { Err(refused(url, status, &bytes)) }
    }

    /// Posts what `body` brings to the door that is asked first, and gives the answer as soon as
    /// it begins.
    pub(super) async fn stream(
        &self,
        path: &str,
        query: &impl Serialize,
        body: Items,
    ) -> Result<(String, Response), CallError> {
        let url = self.first();
        let request = self.request(Method::POST, &url, path).query(query);
        let sent = request.body(Body::wrap_stream(body)).send().await;
        let response = sent.map_err(|source| CallError::Unreached { url: url.clone(), source })?;
        let status = response.status();
        if status.is_success() {
            return Ok((url, response));
        }
        Err(refused(&url, status, &collect(&url, response).await?))
    }

    fn request(&self, method: Method, url: &str, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{url}/api/v1/{path}")).bearer_auth(&self.token)
    }
}

/// What a door said that did not do it.
fn refused(url: &str, status: StatusCode, bytes: &[u8]) -> CallError {
    match serde_json::from_slice(bytes) {
        Ok(problem) => CallError::Refused(problem),
        Err(_) => CallError::Status { url: url.to_owned(), status },
    }
}

/// Shows no secret.
impl std::fmt::Debug for Doors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Doors").field("urls", &self.urls()).finish_non_exhaustive()
    }
}

/// Reads an answer that is not too long.
async fn collect(url: &str, mut response: Response) -> Result<Bytes, CallError> {
    let unreached = |source| CallError::Unreached { url: url.to_owned(), source };
    let mut bytes = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(unreached)? {
        if bytes.len() + chunk.len() > limits::ANSWER_BYTES_MAX {
            let bytes_max = limits::ANSWER_BYTES_MAX;
            return Err(CallError::Long { url: url.to_owned(), bytes_max });
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes.freeze())
}

/// Whether only programs of the same machine reach it.
fn is_loopback(url: &str) -> bool {
    let host = url.trim_start_matches("https://");
    host.starts_with("127.") || host.starts_with("[::1]") || host.starts_with("localhost")
}

/// Learns of the other doors in the background, once.
pub(super) fn learn_later(doors: &Arc<Doors>) {
    let doors = Arc::clone(doors);
    // It ends with its calls, after `limits::CALL` at most.
    tokio::runtime::Handle::current().spawn(async move {
        if let Err(error) = doors.learn().await {
            tracing::debug!(error = %model::fault::Chain(&error), "other doors are not known");
        }
    });
}
