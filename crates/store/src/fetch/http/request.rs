//! One request over http(s) with its tries and redirects.

use std::sync::LazyLock;
use std::time::Duration;

use reqwest::header::{self, HeaderMap, HeaderValue};
use reqwest::{Client, Method, Response, StatusCode, Url, redirect};

use crate::background;
use crate::fetch::retry::delay_ms;
use crate::fetch::{Cause, FetchError, FetchOptions};
use crate::limits;
use crate::location::Location;

static CLIENT: LazyLock<Result<Client, String>> = LazyLock::new(|| {
    Client::builder()
        .user_agent(concat!("thorp/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(Duration::from_millis(limits::CONNECT_TIMEOUT_MS))
        // Redirects are followed here, so that headers of the user stay with their host.
        .redirect(redirect::Policy::none())
        // Positions in a body only mean something in the bytes as they are stored.
        .gzip(false)
        .build()
        .map_err(|error| error.to_string())
});

/// Asks for one address, again when needed.
#[derive(Debug)]
pub(super) struct Fetcher {
    pub(super) location: Location,
    pub(super) options: FetchOptions,
    client: Client,
    url: Url,
    headers: HeaderMap,
}

/// Why one try gave no response.
enum Refusal {
    /// Another try will not help.
    Final(FetchError),
    /// Another try may help, after the given milliseconds when the server names a time.
    Passing { error: FetchError, after_ms: Option<u64> },
}

/// What one try sends.
struct Try {
    client: Client,
    method: Method,
    url: Url,
    /// Of the user: only for the host that was named.
    headers: HeaderMap,
    /// Of this program: for every host.
    own: HeaderMap,
    timeout_ms: u64,
}

/// Why a try ended without a response.
enum TryError {
    Transport(Cause),
    Redirects,
    RedirectTarget(String),
}

impl Fetcher {
    pub(super) fn new(
        location: &Location,
        url: &Url,
        options: &FetchOptions,
    ) -> Result<Self, FetchError> {
        let client = match &*CLIENT {
            Ok(client) => client.clone(),
            Err(reason) => return Err(FetchError::read(location, reason.clone())),
        };
        let headers = super::user_headers(location, options)?;
        let (location, options, url) = (location.clone(), options.clone(), url.clone());
        Ok(Self { location, options, client, url, headers })
    }

    /// Asks for the body; from a byte on, when `range` is the values of `Range` and `If-Range`.
    pub(super) fn get(
        &self,
        range: Option<(HeaderValue, HeaderValue)>,
    ) -> Result<Response, FetchError> {
        let mut own = HeaderMap::new();
        if let Some((range, if_range)) = range {
            own.insert(header::RANGE, range);
            own.insert(header::IF_RANGE, if_range);
        }
        self.send(&Method::GET, &own)
    }

    /// Sends a request, and again after failures that may pass.
    pub(super) fn send(&self, method: &Method, own: &HeaderMap) -> Result<Response, FetchError> {
        let mut attempt = 0;
        loop {
            let (error, after_ms) = match self.send_once(method, own, attempt + 1) {
                Ok(response) => return Ok(response),
                Err(Refusal::Final(error)) => return Err(error),
                Err(Refusal::Passing { error, after_ms }) => (error, after_ms),
            };
            if attempt >= self.options.retries {
                return Err(error);
            }
            tracing::debug!(location = %self.location, attempt, %error, "fetching again");
            self.pause(attempt, after_ms)?;
            attempt += 1;
        }
    }

    /// Waits after failure number `attempt` (0-based), or as long as the server asks.
    pub(super) fn pause(&self, attempt: u32, after_ms: Option<u64>) -> Result<(), FetchError> {
        let wait_ms = delay_ms(attempt, self.options.seed)
            .max(after_ms.unwrap_or(0).min(limits::RETRY_CAP_MS));
        let waited = self.options.pause.pause(wait_ms, &self.options.stop);
        waited.map_err(|_| FetchError::stopped(&self.location))
    }

    fn send_once(&self, method: &Method, own: &HeaderMap, tries: u32) -> Result<Response, Refusal> {
        let once = Try {
            client: self.client.clone(),
            method: method.clone(),
            url: self.url.clone(),
            headers: self.headers.clone(),
            own: own.clone(),
            timeout_ms: self.options.read_timeout_ms,
        };
        let location = self.location.to_string();
        let answer = background::run(once.send(), &self.options.stop)
            .map_err(|error| Refusal::Final(FetchError::of_background(&self.location, error)))?;
        match answer {
            Ok(response) => self.judge(response),
            Err(TryError::Transport(source)) => Err(Refusal::Passing {
                error: FetchError::Unreachable { location, tries, source },
                after_ms: None,
            }),
            Err(TryError::Redirects) => Err(Refusal::Final(FetchError::Redirects { location })),
            Err(TryError::RedirectTarget(target)) => {
                Err(Refusal::Final(FetchError::RedirectTarget { location, target }))
            }
        }
    }

    fn judge(&self, response: Response) -> Result<Response, Refusal> {
        let location = self.location.to_string();
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let error = match status {
            StatusCode::NOT_FOUND | StatusCode::GONE => FetchError::NotFound { location },
            StatusCode::UNAUTHORIZED
            | StatusCode::FORBIDDEN
            | StatusCode::PROXY_AUTHENTICATION_REQUIRED => {
                FetchError::Denied { location, reason: format!("status {}", status.as_u16()) }
            }
            _ => FetchError::Status { location, status: status.as_u16() },
        };
        let passing = status.is_server_error() && status != StatusCode::NOT_IMPLEMENTED
            || matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT);
        if !passing {
            return Err(Refusal::Final(error));
        }
        let after_ms = super::text_of(response.headers(), header::RETRY_AFTER)
            .and_then(|seconds| seconds.trim().parse::<u64>().ok())
            .map(|seconds| seconds.saturating_mul(1000));
        Err(Refusal::Passing { error, after_ms })
    }
}

impl Try {
    async fn send(mut self) -> Result<Response, TryError> {
        for _ in 0..=limits::REDIRECTS_MAX {
            let response = self.send_here().await?;
            let target = match response.headers().get(header::LOCATION) {
                Some(target) if response.status().is_redirection() => target,
                _ => return Ok(response),
            };
            let next = target.to_str().ok().and_then(|target| self.url.join(target).ok());
            let next = match next {
                Some(next) if matches!(next.scheme(), "http" | "https") => next,
                _ => {
                    let target = String::from_utf8_lossy(target.as_bytes());
                    return Err(TryError::RedirectTarget(crate::location::redact(&target)));
                }
            };
            if !keeps_headers(&self.url, &next) {
                self.headers.clear();
            }
            self.url = next;
        }
        Err(TryError::Redirects)
    }

    async fn send_here(&self) -> Result<Response, TryError> {
        let request = self
            .client
            .request(self.method.clone(), self.url.clone())
            .header(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"))
            .headers(self.headers.clone())
            .headers(self.own.clone())
            .send();
        match tokio::time::timeout(Duration::from_millis(self.timeout_ms), request).await {
            // The address may hold secrets, and the message names the location anyway.
            Ok(answer) => answer.map_err(|e| TryError::Transport(e.without_url().into())),
            Err(_) => {
                let silence = format!("no answer for {} ms", self.timeout_ms);
                Err(TryError::Transport(silence.into()))
            }
        }
    }
}

/// Whether headers of the user may go on to `next`: to the same host, never from TLS to plain.
fn keeps_headers(from: &Url, next: &Url) -> bool {
    let same_origin = from.origin() == next.origin();
    let upgraded = from.scheme() == "http"
        && next.scheme() == "https"
        && from.host() == next.host()
        && from.port().is_none()
        && next.port().is_none();
    same_origin || upgraded
}
