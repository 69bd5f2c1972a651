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

use super::drain::Drains;
use super::limits;

/// What code works with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Means<'a> {
    pub(super) engine: &'a Arc<Embedded>,
    pub(super) peers: &'a Arc<Peers>,
    pub(super) place: &'a Place,
    pub(super) clock: &'a Arc<dyn Clock>,
}

/// Prepares this node for code; contexts are made when something runs.
pub(super) fn tasks(means: Means<'_>, natives: Natives, drains: &Drains) -> Tasks {
    let Means { engine, peers, place, clock } = means;
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
    let drained = drains.changed();
    Tasks::new(Options { engine, peers, javascript, own, contexts, natives, drained, clock })
}
