//! All routes of the door.

use super::route::{Route, get};
use super::{
    cluster, code, counters, fmap, health, lists, locks, maps, names, openapi, queues, removal,
    sets, settings, sorted_sets, state, topics, transactions,
};

/// What a node tells of itself and of its cluster: all that a witness serves.
pub(super) fn about_cluster() -> Vec<Route> {
    let document = "/api/v1/openapi.json";
    let mut routes = health::routes();
    routes.push(get(document, "openapi", "This description in OpenAPI 3.1", openapi::show));
    routes.extend(cluster::routes());
    routes
}

/// The one list from which router, document and metrics are made.
pub(super) fn all() -> Vec<Route> {
    let mut routes = about_cluster();
    routes.extend(names::routes());
    routes.extend(maps::routes());
    routes.extend(lists::routes());
    routes.extend(sets::routes());
    routes.extend(sorted_sets::routes());
    routes.extend(queues::routes());
    routes.extend(topics::routes());
    routes.extend(locks::routes());
    routes.extend(counters::routes());
    routes.extend(transactions::routes());
    routes.extend(code::routes());
    routes.extend(settings::routes());
    routes.extend(fmap::routes());
    routes.extend(removal::routes());
    routes.extend(state::routes());
    routes
}
