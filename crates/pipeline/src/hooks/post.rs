//! One try to hand an event over.

use model::fault::Chain;
use reqwest::StatusCode;
use reqwest::blocking::Client;
use reqwest::header::CONTENT_TYPE;
use reqwest::redirect::Policy;

use super::{Target, limits, signature};

/// How a try ended.
#[derive(Debug)]
pub(super) enum Attempt {
    Delivered,
    /// The server answered that it never will take it.
    Refused(String),
    /// Another try may help.
    Failed(String),
}

/// Calls servers.
#[derive(Debug)]
pub(super) struct Poster {
    client: Client,
}

impl Poster {
    pub(super) fn new() -> reqwest::Result<Self> {
        let client = Client::builder()
            .timeout(limits::ANSWER_TIMEOUT)
            // Followed, a POST would become a GET elsewhere.
            .redirect(Policy::none())
            .user_agent(concat!("thorp/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { client })
    }

    pub(super) fn post(&self, target: &Target, body: &[u8]) -> Attempt {
        let mut request = self
            .client
            .post(&target.url)
            .header(CONTENT_TYPE, "application/json")
            .body(body.to_vec());
        if let Some(secret) = &target.secret {
            request = request.header("X-Thorp-Signature", signature(secret, body));
        }
        match request.send() {
            Ok(answer) => judge(answer.status()),
            // The address may be a secret.
            Err(error) => {
                let permanent = error.is_builder();
                let reason = Chain(&error.without_url()).to_string();
                if permanent { Attempt::Refused(reason) } else { Attempt::Failed(reason) }
            }
        }
    }
}

fn judge(status: StatusCode) -> Attempt {
    let reason = format!("the answer is {status}");
    match status {
        _ if status.is_success() => Attempt::Delivered,
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS => Attempt::Failed(reason),
        _ if status.is_server_error() => Attempt::Failed(reason),
        _ => Attempt::Refused(reason),
    }
}
