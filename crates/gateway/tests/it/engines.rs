//! Engines of one process, and the wire between them.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use bytes::Bytes;
use model::clock::Clock;
use state::{CallError, Calls, Embedded, Format, Member, NodeId, Options, Origin, Pending};

/// The clock of this machine.
#[derive(Debug)]
pub(crate) struct RealClock;

impl Clock for RealClock {
    #[expect(clippy::disallowed_methods, reason = "the engine under test runs in real time")]
    fn now_ms(&self) -> u64 {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        u64::try_from(since.unwrap().as_millis()).unwrap()
    }

    fn monotonic_ms(&self) -> u64 {
        self.now_ms()
    }
}

/// Joins the nodes of one test; a node that is not there cannot be reached.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wire(Arc<Mutex<BTreeMap<String, Weak<Embedded>>>>);

impl Calls for Wire {
    fn call<'a>(
        &'a self,
        _: NodeId,
        address: &'a str,
        request: Bytes,
        timeout: Duration,
    ) -> Pending<'a, Result<Bytes, CallError>> {
        Box::pin(async move {
            let node = self.0.lock().unwrap().get(address).and_then(Weak::upgrade);
            let name = || address.to_owned();
            let Some(node) = node else {
                let reason = "it is gone".to_owned();
                return Err(CallError::Unreachable { address: name(), reason });
            };
            let late = |_| {
                let reason = "the time is over".to_owned();
                Err(CallError::Unanswered { address: name(), reason })
            };
            tokio::time::timeout(timeout, node.answer(&request)).await.unwrap_or_else(late)
        })
    }
}

impl Wire {
    /// A node on this wire, with a folder of its own in `dir`.
    pub(crate) async fn node(&self, dir: &Path, id: u64, origin: Origin) -> Arc<Embedded> {
        let opened = Embedded::open(Options {
            dir: dir.join(format!("state-{id}")),
            node: NodeId(id),
            member: member(id),
            origin,
            clock: Arc::new(RealClock),
            calls: Arc::new(self.clone()),
            cut_after_entries: state::limits::CUT_AFTER_ENTRIES,
            log_segment_bytes: state::limits::LOG_SEGMENT_BYTES,
            format: Format::Newest,
        });
        let node = Arc::new(opened.await.unwrap());
        self.0.lock().unwrap().insert(member(id).address, Arc::downgrade(&node));
        node
    }

    /// Others do not reach `engine` any more.
    pub(crate) fn cut(&self, engine: &Arc<Embedded>) {
        self.0.lock().unwrap().retain(|_, node| !node.ptr_eq(&Arc::downgrade(engine)));
    }
}

pub(crate) fn member(id: u64) -> Member {
    let name = format!("node-{id}");
    Member { address: name.clone(), peer: name.clone(), name, is_witness: false }
}
