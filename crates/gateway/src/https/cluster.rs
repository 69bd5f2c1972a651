//! The cluster: status, members, joining.

use std::time::Duration;

use super::body::cluster::{Doors, JoinToken, Members, Status, StatusQuery};
use super::call::{Call, Json};
use super::limits;
use super::port::Refused;
use super::problem::Problem;
use super::reply::Done;
use super::request::RequestError;
use super::route::{Route, delete, get, post};
use state::{Pending, Unavailable};

const DRAINS: &str = "Prepares a member for being stopped";
const UNDRAINS: &str = "Takes a drained member back";

pub(super) fn routes() -> Vec<Route> {
    vec![
        get("/api/v1/status", "status", "The cluster at a glance", status),
        get("/api/v1/members", "member_list", "The members of the cluster", members),
        get("/api/v1/doors", "door_list", "Where the members serve their data", doors),
        delete("/api/v1/members/{member}", "member_remove", "Removes a member for good", remove),
        post("/api/v1/members/{member}/drain", "member_drain", DRAINS, |call| drain(call, true)),
        delete("/api/v1/members/{member}/drain", "member_undrain", UNDRAINS, |call| {
            drain(call, false)
        }),
        post("/api/v1/join-tokens", "join_token_make", "Makes a token for a machine", join_token),
    ]
}

async fn status(call: Call<0, StatusQuery>) -> Result<Json<Status>, Problem> {
    let cluster = &call.desk.shared().cluster;
    let tasks = call.query.tasks.then(|| cluster.tasks());
    Ok(Json(Status { tasks, ..cluster.status().await }))
}

async fn members(call: Call<0>) -> Result<Json<Members>, Problem> {
    let status = call.desk.shared().cluster.status().await;
    Ok(Json(Members { members: status.members }))
}

async fn doors(call: Call<0>) -> Result<Json<Doors>, Problem> {
    Ok(Json(Doors { urls: call.desk.shared().cluster.doors().await }))
}

async fn remove(call: Call<1>) -> Result<Done, Problem> {
    let [member] = &call.at;
    let member = std::str::from_utf8(member).map_err(|_| RequestError::absent(member))?;
    in_time(call.desk.shared().cluster.remove(member)).await?;
    Ok(Done)
}

async fn drain(call: Call<1>, is_drained: bool) -> Result<Done, Problem> {
    let [member] = &call.at;
    let member = std::str::from_utf8(member).map_err(|_| RequestError::absent(member))?;
    in_time(call.desk.shared().cluster.drain(member, is_drained)).await?;
    Ok(Done)
}

async fn join_token(call: Call<0>) -> Result<Json<JoinToken>, Problem> {
    let token = in_time(call.desk.shared().cluster.join_token()).await?;
    Ok(Json(JoinToken { token }))
}

async fn in_time<T>(work: Pending<'_, Result<T, Refused>>) -> Result<T, Problem> {
    let timeout_ms = limits::CLUSTER_MS;
    match tokio::time::timeout(Duration::from_millis(timeout_ms), work).await {
        Ok(done) => done.map_err(|refused| Problem::of(&*refused)),
        Err(_) => Err(Unavailable::Deadline { timeout_ms }.into()),
    }
}
