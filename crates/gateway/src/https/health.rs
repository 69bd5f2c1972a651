//! Whether the node lives, whether it is ready, and its figures.

use std::time::Duration;

use state::Unavailable;
use state::autopilot::Strength;

use super::body::cluster::Health;
use super::call::{Call, Json};
use super::limits;
use super::problem::Problem;
use super::reply::Figures;
use super::route::{Route, get};

pub(super) fn routes() -> Vec<Route> {
    vec![
        get("/healthz", "health_live", "Says that the process lives", live),
        get("/readyz", "health_ready", "Says whether the node can serve", ready),
        get("/metrics", "metrics", "Figures in the text format of Prometheus", figures),
    ]
}

async fn live(_: Call<0>) -> Result<Json<Health>, Problem> {
    Ok(Json(Health { status: "alive".to_owned() }))
}

/// A node is ready when it can answer a question with all that was acknowledged before.
async fn ready(call: Call<0>) -> Result<Json<Health>, Problem> {
    let engine = call.desk.engine();
    match engine.barrier(Duration::from_millis(limits::READY_MS)).await {
        Ok(()) => Ok(Json(Health { status: "ready".to_owned() })),
        Err(Unavailable::Deadline { .. }) => {
            let strength = Strength::of(&engine.members(), &engine.status().reachable);
            Err(Unavailable::NoQuorum(strength).into())
        }
        Err(error) => Err(error.into()),
    }
}

async fn figures(call: Call<0>) -> Result<Figures, Problem> {
    Ok(Figures(call.desk.shared().metrics.print(call.desk.engine())))
}
