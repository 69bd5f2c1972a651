//! Locks: one holder at a time, by lease, with a fencing token.

use bytes::Bytes;
use structures::lock::{Command, Grant, Query};
use structures::{Answer, Notice, Refusal};

use super::body::lock as body;
use super::body::{Deadline, Freshness};
use super::call::{Call, Json, NoQuery};
use super::convert::{all, held, want};
use super::desk::Desk;
use super::limits;
use super::problem::Problem;
use super::reply::Done;
use super::request::RequestError;
use super::route::{Route, get, post};

pub(super) fn routes() -> Vec<Route> {
    vec![
        get("/api/v1/locks/{lock}", "lock_get", "Says who holds a lock and who waits", status),
        post("/api/v1/locks/{lock}/acquire", "lock_acquire", "Takes or waits for a lock", acquire),
        post("/api/v1/locks/{lock}/renew", "lock_renew", "Lets a lease end later", renew),
        post("/api/v1/locks/{lock}/release", "lock_release", "Gives a lock up", release),
        post("/api/v1/locks/{lock}/leave", "lock_leave", "Gives up holding or waiting", leave),
    ]
}

async fn status(call: Call<1, Freshness>) -> Result<Json<body::Status>, Problem> {
    let [name] = call.at;
    let answer = call.desk.read(Query::Status { name: name.clone() }, call.query.stale).await?;
    let status = want!(answer,
        Answer::Lock(status) => status,
        Answer::Nothing => return Err(RequestError::absent(&name).into()),
    );
    Ok(Json(body::Status {
        owner: status.owner.into(),
        token: status.grant.token,
        expires_ms: status.grant.expires_ms,
        waiters: status.waiters,
        line: all(status.line),
    }))
}

async fn acquire(
    call: Call<1, NoQuery, Json<body::Acquire>>,
) -> Result<Json<body::Grant>, Problem> {
    let (desk, [name], Json(wanted)) = (&call.desk, &call.at, &call.input);
    let owner = &wanted.owner.0;
    let wait_ms = wanted.wait_ms.min(limits::WAIT_MS_MAX);
    let is_about = |notice: &Notice| notice.name == name;
    let granted = desk.wait(wait_ms, is_about, async |attempt| {
        if attempt > 0 {
            return granted(desk, name, owner);
        }
        let (name, owner, lease_ms) = (name.clone(), owner.clone(), wanted.lease_ms);
        let acquire = Command::Acquire { name, owner, lease_ms, wait_ms };
        Ok(want!(desk.write(acquire).await?,
            Answer::Grant(grant) => Some(grant),
            Answer::Waiting(_) => None,
        ))
    });
    if let Some(grant) = granted.await? {
        return Ok(Json(grant.into()));
    }
    give_up(desk, name, owner).await
}

/// The grant of an owner that stood in line, when its turn has come.
fn granted(desk: &Desk, name: &Bytes, owner: &Bytes) -> Result<Option<Grant>, Problem> {
    match desk.look(&Query::Status { name: name.clone() }.into())? {
        Answer::Lock(status) if status.owner == owner => Ok(Some(status.grant)),
        _ => Ok(None),
    }
}

/// Leaves the line, unless the lock came at the last moment.
async fn give_up(desk: &Desk, name: &Bytes, owner: &Bytes) -> Result<Json<body::Grant>, Problem> {
    desk.barrier().await?;
    if let Some(grant) = granted(desk, name, owner)? {
        return Ok(Json(grant.into()));
    }
    desk.write(Command::Leave { name: name.clone(), owner: owner.clone() }).await?;
    let status = desk.look(&Query::Status { name: name.clone() }.into())?;
    let expires_ms = match status {
        Answer::Lock(status) => status.grant.expires_ms,
        _ => 0,
    };
    Err(Refusal::LockHeld { name: name.clone(), expires_ms }.into())
}

async fn renew(call: Call<1, NoQuery, Json<body::Renew>>) -> Result<Json<Deadline>, Problem> {
    let ([name], Json(body::Renew { token, lease_ms })) = (call.at, call.input);
    let answer = call.desk.write(Command::Renew { name, token, lease_ms }).await?;
    Ok(Json(want!(answer, Answer::Deadline(expires_ms) => Deadline { expires_ms })))
}

async fn release(call: Call<1, NoQuery, Json<body::Release>>) -> Result<Done, Problem> {
    let ([name], Json(body::Release { token })) = (call.at, call.input);
    held(&call.desk.write(Command::Release { name, token }).await?)?;
    Ok(Done)
}

async fn leave(call: Call<1, NoQuery, Json<body::Leave>>) -> Result<Done, Problem> {
    let ([name], Json(body::Leave { owner })) = (call.at, call.input);
    held(&call.desk.write(Command::Leave { name, owner: owner.into() }).await?)?;
    Ok(Done)
}

impl From<Grant> for body::Grant {
    fn from(grant: Grant) -> Self {
        let Grant { token, expires_ms } = grant;
        Self { token, expires_ms }
    }
}
