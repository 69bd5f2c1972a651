//! `thorp.lock(name)`.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use model::Json;
use runtime::javascript::HostError;
use serde_json::json;
use structures::lock::{Command, Grant, Query};
use structures::{Answer, Event, Notice};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use super::arguments::Arguments;
use super::{Desk, Done, plain, unknown};
use crate::limits;

/// Makes the owners of one node differ.
static LAST_OWNER: AtomicU64 = AtomicU64::new(0);

pub(super) async fn run(desk: &Desk, operation: &str, arguments: &Arguments) -> Done {
    let name = arguments.name()?;
    match operation {
        "acquire" => {
            let options = arguments.options(0)?;
            let lease_ms = options.number("leaseMs")?.unwrap_or(limits::HOST_LEASE_MS);
            let wait_ms = options.number("waitMs")?.unwrap_or(0).min(limits::HOST_WAIT_MS_MAX);
            acquire(desk, name, lease_ms, wait_ms).await
        }
        "renew" => {
            let token = arguments.options(0)?.needed("token")?;
            let lease_ms = arguments.options(1)?.number("leaseMs")?;
            let lease_ms = lease_ms.unwrap_or(limits::HOST_LEASE_MS);
            match desk.write(Command::Renew { name, token, lease_ms }).await? {
                Answer::Deadline(at_ms) => Ok(json!({ "token": token, "expiresMs": at_ms })),
                answer => Ok(plain(answer)),
            }
        }
        "release" => {
            let token = arguments.options(0)?.needed("token")?;
            Ok(plain(desk.write(Command::Release { name, token }).await?))
        }
        _ => Err(unknown("lock", operation, &["acquire", "renew", "release"])),
    }
}

/// `{token, expiresMs}`, or null when another holds the lock all the time.
async fn acquire(desk: &Desk, name: Bytes, lease_ms: u64, wait_ms: u64) -> Done {
    let number = LAST_OWNER.fetch_add(1, Ordering::Relaxed);
    let owner = format!("script-{}-{}-{number}", desk.own.0, desk.clock.now_ms());
    let owner = Bytes::from(owner);
    let mut notices = desk.engine.notices();
    let command = Command::Acquire { name: name.clone(), owner: owner.clone(), lease_ms, wait_ms };
    let answer = match desk.write(command).await {
        Err(error) if error.code == "LOCK_HELD" => return Ok(Json::Null),
        answer => answer?,
    };
    if !matches!(answer, Answer::Waiting(_)) {
        return Ok(granted(answer));
    }
    let wait = wait_for_grant(desk, &name, &owner, &mut notices);
    match tokio::time::timeout(Duration::from_millis(wait_ms), wait).await {
        Ok(grant) => return grant,
        Err(_) => {
            // The grant may have come at the last moment.
            if let Some(grant) = held(desk, &name, &owner).await? {
                return Ok(grant);
            }
        }
    }
    desk.write(Command::Leave { name, owner }).await?;
    Ok(Json::Null)
}

async fn wait_for_grant(
    desk: &Desk,
    name: &Bytes,
    owner: &Bytes,
    notices: &mut Receiver<Arc<Vec<Notice>>>,
) -> Done {
    loop {
        match notices.recv().await {
            Ok(changed) => {
                let grant = changed.iter().find_map(|notice| match &notice.event {
                    Event::Granted { owner: to, token, expires_ms } if to == owner => {
                        Some(Grant { token: *token, expires_ms: *expires_ms })
                    }
                    _ => None,
                });
                if let Some(grant) = grant {
                    return Ok(granted(Answer::Grant(grant)));
                }
            }
            // Some were missed: the state knows.
            Err(RecvError::Lagged(_)) => {
                if let Some(grant) = held(desk, name, owner).await? {
                    return Ok(grant);
                }
            }
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}

/// The grant of `owner`, when it holds the lock.
async fn held(desk: &Desk, name: &Bytes, owner: &Bytes) -> Result<Option<Json>, HostError> {
    let answer = desk.read(Query::Status { name: name.clone() }).await?;
    Ok(match answer {
        Answer::Lock(status) if status.owner == *owner => {
            Some(granted(Answer::Grant(status.grant)))
        }
        _ => None,
    })
}

fn granted(answer: Answer) -> Json {
    match answer {
        Answer::Grant(grant) => json!({ "token": grant.token, "expiresMs": grant.expires_ms }),
        answer => plain(answer),
    }
}
