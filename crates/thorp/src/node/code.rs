//! Code that runs on the members: what this node gives to it.

use std::num::NonZero;
use std::sync::Arc;

use control::host::ClusterHost;
use control::tasks::{Natives, Options, Tasks};
use model::clock::Clock;
use net::identity::Place;
use net::transport::Peers;
use runtime::javascript::{Config, JavaScript, Limits, Node};
use state::{Embedded, NodeId};
use tokio::runtime::Handle;

use super::limits;

/// Prepares this node for code; contexts are made when something runs.
pub(super) fn tasks(
    engine: &Arc<Embedded>,
    peers: &Arc<Peers>,
    place: &Place,
    clock: &Arc<dyn Clock>,
    natives: Natives,
) -> Tasks {
    let own = NodeId(place.id);
    let engine: Arc<Embedded> = Arc::clone(engine);
    let host = ClusterHost::new(engine.clone(), own, Arc::clone(clock), Handle::current());
    let contexts = std::thread::available_parallelism().map_or(1, NonZero::get);
    let javascript = JavaScript::new(Config {
        limits: Limits::default(),
        contexts_max: contexts + limits::EXPRESSION_CONTEXTS,
        node: Node { name: place.name.clone(), id: place.id.to_string() },
        host: Arc::new(host),
        clock: Arc::clone(clock),
    });
    let (peers, clock) = (Arc::clone(peers), Arc::clone(clock));
    Tasks::new(Options { engine, peers, javascript, own, contexts, natives, clock })
}
