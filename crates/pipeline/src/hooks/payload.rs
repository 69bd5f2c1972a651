//! What a hook is told.

use hmac::{Hmac, KeyInit, Mac};
use model::pipeline_id::PipelineId;
use model::{Json, Map};
use sha2::Sha256;

use super::limits;
use crate::dirty::hex;
use crate::secrets::Redactor;

/// Something that happens to a run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Event<'a> {
    /// It waits for its turn.
    Queue,
    Start,
    /// It goes on, with this log so far.
    Progress {
        log: &'a [String],
    },
    Finish(Report<'a>),
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Report<'a> {
    pub success: bool,
    pub stats: &'a Map,
    pub errors: &'a [String],
    /// The last lines of it are sent.
    pub log: &'a [String],
}

/// The body that tells of `event`, without secrets.
pub fn payload(id: &PipelineId, event: Event<'_>, redactor: &Redactor) -> Vec<u8> {
    let mut body = Map::new();
    body.insert("pipeline_id".into(), id.as_str().into());
    // The manual of datapackage-pipelines has this key, its code the one above.
    body.insert("pipeline".into(), id.as_str().into());
    let name = match event {
        Event::Queue => "queue",
        Event::Start => "start",
        Event::Progress { .. } => "progress",
        Event::Finish(_) => "finish",
    };
    body.insert("event".into(), name.into());
    match event {
        Event::Queue | Event::Start => {}
        Event::Progress { log } => {
            body.insert("log".into(), last_lines(log));
        }
        Event::Finish(report) => {
            body.insert("success".into(), report.success.into());
            body.insert("errors".into(), report.errors.into());
            body.insert("stats".into(), Json::Object(report.stats.clone()));
            body.insert("log".into(), last_lines(report.log));
        }
    }
    redactor.redact_map(&mut body);
    Json::Object(body).to_string().into_bytes()
}

fn last_lines(log: &[String]) -> Json {
    log.iter().skip(log.len().saturating_sub(limits::LOG_LINES_MAX)).cloned().collect()
}

/// The value of header `X-Thorp-Signature`: `sha256=` and the HMAC-SHA256 of `body` in hexadecimal.
pub fn signature(secret: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes())
        .expect("an HMAC takes keys of any length");
    mac.update(body);
    format!("sha256={}", hex(mac.finalize().into_bytes().as_slice()))
}
