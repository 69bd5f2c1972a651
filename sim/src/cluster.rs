//! Simulated nodes: the real engine over a simulated disk, network and clock.

mod roll;
mod shape;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::Context;
use model::clock::Clock;
use state::autopilot::{self, Look};
use state::{Embedded, Engine, Format, Member, Members, NodeId, Options, Origin, Role};
use tempfile::TempDir;

use crate::chance::Chance;
use crate::disk::SimulatedDisk;
use crate::life::{self, Files, Life};
use crate::network::{Network, address};
use crate::pilot::Pilot;
use crate::witnessed::Witnessed;
use crate::world::{World, pause_ms};
pub(crate) use roll::{Roll, Standing};
pub(crate) use shape::Shape;

/// So few that snapshots are needed soon.
const CUT_AFTER_ENTRIES: u64 = 12;
/// Small, so that files of the log are begun and used again soon.
const LOG_SEGMENT_BYTES: usize = 4 * 1024;

/// Longest that joining may take in calm weather.
const SOON: Duration = Duration::from_secs(20);

/// Longest that one node is asked to change who votes.
const ATTEMPT: Duration = Duration::from_secs(5);

/// Milliseconds since the Unix epoch at which each simulation begins.
const BEGIN_MS: u64 = 1_800_000_000_000;

#[derive(Debug)]
pub(crate) struct Cluster {
    pub(crate) world: Arc<World>,
    pub(crate) network: Network,
    pub(crate) shape: Shape,
    nodes: Mutex<BTreeMap<u64, Node>>,
    pub(crate) roll: Roll,
    /// What nodes were seen to apply.
    witnessed: Arc<Witnessed>,
    pub(crate) crashes: AtomicU64,
    /// Whether lost nodes stay away for now.
    stay_away: AtomicBool,
}

#[derive(Debug)]
struct Node {
    clock: Arc<SimulatedClock>,
    is_witness: bool,
    /// About to be stopped: it should neither lead nor vote.
    is_drained: bool,
    /// It is not started again.
    is_off: bool,
    /// None while it is down.
    run: Option<Run>,
    /// Numbers its runs.
    runs: u64,
}

/// A node that runs.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) life: Arc<Life>,
    pub(crate) engine: Arc<Embedded>,
    pub(crate) disk: SimulatedDisk,
    /// Removed with the run.
    dir: TempDir,
}

#[derive(Debug)]
pub(crate) struct SimulatedClock {
    world: Arc<World>,
    /// What the wall clock was set to, against the true time.
    ahead_ms: AtomicI64,
}

impl Clock for SimulatedClock {
    fn now_ms(&self) -> u64 {
        let now_ms = BEGIN_MS + self.world.now_ms();
        now_ms.saturating_add_signed(self.ahead_ms.load(Ordering::Relaxed))
    }

    fn monotonic_ms(&self) -> u64 {
        self.world.now_ms()
    }
}

impl Cluster {
    /// Starts a cluster whose nodes all vote.
    pub(crate) async fn start(world: Arc<World>, shape: Shape) -> anyhow::Result<Arc<Self>> {
        let network = Network::new(Arc::clone(&world));
        let cluster = Arc::new(Self {
            world,
            network,
            shape,
            nodes: Mutex::default(),
            roll: Roll::default(),
            witnessed: Arc::default(),
            crashes: AtomicU64::new(0),
            stay_away: AtomicBool::new(false),
        });
        for node in 1..=shape.nodes {
            cluster.provide(node, shape.has_witness && node == shape.nodes);
            let origin = if node == 1 { Origin::Found } else { Origin::Join };
            cluster.run(node, origin, &Files::new()).await?;
        }
        let first = cluster.engine(1).context("the first node runs")?;
        for node in 2..=shape.nodes {
            first.add(NodeId(node), &cluster.member(node), SOON).await?;
        }
        for node in 1..=shape.nodes {
            cluster.roll.set(node, Standing::Member);
        }
        cluster.all_vote().await;
        Ok(cluster)
    }

    /// Gives each member a vote; asks until it is done, some node each time.
    pub(crate) async fn all_vote(&self) {
        let voters: Vec<NodeId> = self.roll.members().into_iter().map(NodeId).collect();
        loop {
            for (_, engine) in self.up() {
                if engine.set_voters(&voters, ATTEMPT).await.is_ok() {
                    return;
                }
            }
            pause_ms(20).await;
        }
    }

    /// Waits until those vote that an autopilot wants, and one of them leads that serves.
    pub(crate) async fn is_balanced(&self) {
        let is_so = |leader: u64, members: &Members| {
            let wanted = autopilot::voters(members, &Look::default());
            let voters = members.all.iter().filter(|(_, (_, role))| *role != Role::Learner);
            let must_hand_over =
                self.is_witness(leader) && autopilot::heir(members, &Look::default()).is_some();
            voters.map(|(id, _)| *id).eq(wanted) && !must_hand_over
        };
        loop {
            for (node, engine) in self.members_up() {
                let (members, leader) = (engine.members(), engine.status().leader);
                if members.are_agreed && leader == Some(NodeId(node)) && is_so(node, &members) {
                    return;
                }
            }
            pause_ms(20).await;
        }
    }

    fn nodes(&self) -> MutexGuard<'_, BTreeMap<u64, Node>> {
        self.nodes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes room for a node that runs soon.
    pub(crate) fn provide(&self, id: u64, is_witness: bool) {
        let world = Arc::clone(&self.world);
        let clock = Arc::new(SimulatedClock { world, ahead_ms: AtomicI64::new(0) });
        let (is_drained, is_off) = (false, false);
        self.nodes().insert(id, Node { clock, is_witness, is_drained, is_off, run: None, runs: 0 });
    }

    /// A number that no node has or had.
    pub(crate) fn fresh_id(&self) -> u64 {
        self.nodes().last_key_value().map_or(1, |(id, _)| id + 1)
    }

    /// How the members know a node.
    pub(crate) fn member(&self, node: u64) -> Member {
        let (name, peer) = (address(node), address(node));
        Member { name, address: address(node), is_witness: self.is_witness(node), peer }
    }

    pub(crate) fn is_witness(&self, node: u64) -> bool {
        self.nodes().get(&node).is_some_and(|node| node.is_witness)
    }

    /// All nodes that run or will run again, members or not.
    pub(crate) fn ids(&self) -> Vec<u64> {
        self.nodes().iter().filter(|(_, node)| !node.is_off).map(|(id, _)| *id).collect()
    }

    /// The nodes that run.
    pub(crate) fn up(&self) -> Vec<(u64, Arc<Embedded>)> {
        let nodes = self.nodes();
        let up = nodes.iter().filter_map(|(id, node)| Some((*id, node.run.as_ref()?)));
        up.filter(|(_, run)| !run.life.is_over())
            .map(|(id, run)| (id, Arc::clone(&run.engine)))
            .collect()
    }

    /// The members that run.
    pub(crate) fn members_up(&self) -> Vec<(u64, Arc<Embedded>)> {
        let mut up = self.up();
        up.retain(|(id, _)| self.roll.standing(*id) == Some(Standing::Member));
        up
    }

    /// The nodes that run and serve clients: witnesses do not, and one that was removed does not
    /// know better.
    pub(crate) fn serving(&self) -> Vec<u64> {
        self.up().into_iter().map(|(id, _)| id).filter(|id| !self.is_witness(*id)).collect()
    }

    pub(crate) fn engine(&self, node: u64) -> Option<Arc<Embedded>> {
        self.with(node, |run| Arc::clone(&run.engine))
    }

    /// Does something with the run of a node, when it is up.
    pub(crate) fn with<T>(&self, node: u64, look: impl FnOnce(&Run) -> T) -> Option<T> {
        let nodes = self.nodes();
        let run = nodes.get(&node)?.run.as_ref()?;
        (!run.life.is_over()).then(|| look(run))
    }

    /// Ends a node as a cut of its power does.
    pub(crate) fn kill(&self, node: u64) {
        self.with(node, |run| run.disk.lose());
    }

    /// Ends a node for good.
    pub(crate) fn switch_off(&self, node: u64) {
        if let Some(node) = self.nodes().get_mut(&node) {
            node.is_off = true;
        }
        self.kill(node);
    }

    /// Lets lost nodes stay away until this is called again.
    pub(crate) fn let_stay_away(&self, they_do: bool) {
        self.stay_away.store(they_do, Ordering::Relaxed);
    }

    /// Sets the wall clock of a node.
    pub(crate) fn set_clock(&self, node: u64, ahead_ms: i64) {
        if let Some(node) = self.nodes().get(&node) {
            node.clock.ahead_ms.store(ahead_ms, Ordering::Relaxed);
        }
    }

    pub(crate) fn set_drained(&self, node: u64, is_drained: bool) {
        if let Some(node) = self.nodes().get_mut(&node) {
            node.is_drained = is_drained;
        }
    }

    pub(crate) fn drained(&self) -> BTreeSet<NodeId> {
        let nodes = self.nodes();
        nodes.iter().filter(|(_, node)| node.is_drained).map(|(id, _)| NodeId(*id)).collect()
    }

    /// Lets a node run that finds `files` on its disk.
    pub(crate) async fn run(
        self: &Arc<Self>,
        id: u64,
        origin: Origin,
        files: &Files,
    ) -> anyhow::Result<()> {
        let (clock, runs) = {
            let mut nodes = self.nodes();
            let node = nodes.get_mut(&id).context("there is no such node")?;
            node.runs += 1;
            (Arc::clone(&node.clock), node.runs)
        };
        self.world.note(format_args!("start {id} {runs}"));
        let dir = TempDir::new_in(fast_dir())?;
        life::write_files(dir.path(), files)?;
        let life = Arc::new(Life::new(id, dir.path().to_owned()));
        let chance = Chance::of(self.world.seed, 1_000 * id + runs);
        let disk = SimulatedDisk::new(Arc::clone(&self.world), Arc::clone(&life), chance);
        let options = Options {
            dir: dir.path().to_owned(),
            node: NodeId(id),
            member: self.member(id),
            origin,
            clock,
            calls: self.network.end(&life),
            cut_after_entries: CUT_AFTER_ENTRIES,
            log_segment_bytes: LOG_SEGMENT_BYTES,
            // Nodes of two versions work together.
            format: if id.is_multiple_of(2) { Format::Previous } else { Format::Newest },
        };
        let engine = Embedded::open_on(options, Arc::new(disk.clone())).await;
        let engine = Arc::new(engine.with_context(|| format!("node {id} does not start"))?);
        self.network.join(&life, &engine);
        self.witnessed.watch(&self.world, &life, &engine);
        if self.shape.moves {
            let (cluster, life, engine) =
                (Arc::clone(self), Arc::clone(&life), Arc::clone(&engine));
            self.world.spawn(Pilot { cluster, life, engine }.fly());
        }
        if let Some(node) = self.nodes().get_mut(&id) {
            node.run = Some(Run { life, engine, disk, dir });
        }
        Ok(())
    }

    /// Takes note of nodes that were lost, and starts each again after a while.
    pub(crate) async fn keep(self: Arc<Self>) {
        let mut chance = Chance::of(self.world.seed, 3);
        let mut due_ms: BTreeMap<u64, (u64, Files)> = BTreeMap::new();
        loop {
            pause_ms(10).await;
            for (id, left) in self.bury() {
                // Now and then so long that the others have cut their logs.
                let most_ms = if chance.happens(1, 4) { 8_000 } else { 2_000 };
                let delay_ms = chance.between(20, most_ms);
                self.world.note(format_args!("lost {id}, back in {delay_ms} ms"));
                due_ms.insert(id, (self.world.now_ms() + delay_ms, left));
            }
            let now_ms = self.world.now_ms();
            let (ids, they_stay) = (self.ids(), self.stay_away.load(Ordering::Relaxed));
            due_ms.retain(|id, _| ids.contains(id));
            let due = due_ms.iter().filter(|(_, (at_ms, _))| *at_ms <= now_ms && !they_stay);
            let due: BTreeSet<u64> = due.map(|(id, _)| *id).collect();
            for id in due {
                if let Some((_, files)) = due_ms.remove(&id) {
                    let started = self.run(id, Origin::Join, &files).await;
                    started.expect("a node starts after any crash");
                }
            }
        }
    }

    /// Starts all nodes that were lost.
    #[cfg(test)]
    pub(crate) async fn start_again(self: &Arc<Self>) -> anyhow::Result<()> {
        for (id, left) in self.bury() {
            self.run(id, Origin::Join, &left).await?;
        }
        Ok(())
    }

    /// Takes lost nodes out, and says what their disks kept.
    fn bury(&self) -> Vec<(u64, Files)> {
        let mut lost = Vec::new();
        for (id, node) in self.nodes().iter_mut() {
            let is_over = node.run.as_ref().is_some_and(|run| run.life.is_over());
            let Some(run) = node.run.take_if(|_| is_over) else { continue };
            self.crashes.fetch_add(1, Ordering::Relaxed);
            lost.push((*id, run.life.take_left().unwrap_or_default()));
            self.world.spawn(async move {
                run.engine.close().await;
                drop(run.dir);
            });
        }
        lost
    }

    /// How the nodes are.
    pub(crate) fn in_words(&self) -> String {
        let mut words = format!("after {} ms", self.world.now_ms());
        for (node, engine) in self.up() {
            let status = engine.status();
            words.push_str(&format!("\n  node {node}: {status:?} {:?}", engine.members()));
        }
        words
    }

    /// Ends all nodes in order.
    pub(crate) async fn close(&self) {
        for (_, engine) in self.up() {
            engine.close().await;
        }
        self.nodes().clear();
    }
}

/// Where files cost the least: what is durable is simulated.
fn fast_dir() -> std::path::PathBuf {
    let memory = std::path::Path::new("/dev/shm");
    if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() }
}
