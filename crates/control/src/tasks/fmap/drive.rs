//! Reads the items, asks the members, and gives the results out, as `plan` decides.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use futures::{FutureExt, StreamExt};
use net::transport::Refusal;
use state::NodeId;
use tokio::task::{AbortHandle, JoinSet};

use super::cutter::Cutter;
use super::plan::{Call, Dispatch, Plan};
use super::round::Round;
use super::{FMap, OnError, Part};
use crate::limits;
use crate::tasks::crew::{Mate, may_be_tried_again};
use crate::tasks::errand::Errand;
use crate::tasks::error::LIMIT;
use crate::tasks::message::{Chunk, Items};
use crate::tasks::progress::Entry;
use crate::tasks::roster::{Aside, Roster};
use crate::tasks::{FMapError, Function, Tasks, functions};

/// What stands for all members in the plan of keys.
const ALL: NodeId = NodeId(0);

/// One `fmap` under way.
pub(super) struct Drive {
    tasks: Tasks,
    what: FMap,
    /// None when all was read.
    input: Option<BoxStream<'static, std::io::Result<Bytes>>>,
    cutter: Cutter,
    plan: Plan,
    mates: BTreeMap<NodeId, Mate>,
    /// What members said of keys.
    roster: Arc<Mutex<Roster>>,
    calls: JoinSet<Called>,
    /// The calls that somebody waits for.
    handles: BTreeMap<u64, AbortHandle>,
    /// What comes after all results.
    end: Option<FMapError>,
    /// Known from the first look on.
    start: Option<Start>,
    looked_ms: u64,
    is_over: bool,
}

/// What all chunks have in common.
struct Start {
    entry: Entry,
    deadline_ms: Option<u64>,
    patches: u64,
    seed: u64,
}

/// What came of a call.
struct Called {
    call: Call,
    result: Result<Items, Refusal>,
    took_ms: u64,
}

impl Drive {
    pub(super) fn new(
        tasks: Tasks,
        what: FMap,
        input: BoxStream<'static, std::io::Result<Bytes>>,
    ) -> Self {
        let plan = Plan::new(what.order, what.on_error);
        Self {
            tasks,
            what,
            input: Some(input),
            cutter: Cutter::default(),
            plan,
            mates: BTreeMap::new(),
            roster: Arc::default(),
            calls: JoinSet::new(),
            handles: BTreeMap::new(),
            end: None,
            start: None,
            looked_ms: 0,
            is_over: false,
        }
    }

    /// The next results; none after the last ones, and after an error.
    pub(super) async fn next(&mut self) -> Option<Result<Part, FMapError>> {
        if self.is_over {
            return None;
        }
        let next = self.advance().await;
        match &next {
            Ok(Some(part)) => {
                if let Some(start) = &self.start {
                    start.entry.given(part.items);
                }
            }
            Ok(None) | Err(_) => self.finish().await,
        }
        next.transpose()
    }

    /// Ends all calls, and reads no more. Who hears of the end may rely on it that this node begins
    /// no further item.
    async fn finish(&mut self) {
        self.is_over = true;
        self.calls.shutdown().await;
        self.handles.clear();
        (self.input, self.start) = (None, None);
    }

    async fn advance(&mut self) -> Result<Option<Part>, FMapError> {
        self.begin().await;
        loop {
            if let Some((part, failed)) = self.plan.take() {
                if failed.is_some() {
                    // Nothing that comes later is given out.
                    self.stop_reading(failed);
                    self.plan = Plan::new(self.what.order, self.what.on_error);
                    self.calls.abort_all();
                    self.handles.clear();
                }
                if part.items > 0 {
                    return Ok(Some(part));
                }
                continue;
            }
            if self.plan.is_empty() && self.is_read() {
                return self.end.take().map_or(Ok(None), Err);
            }
            let now_ms = self.tasks.clock.monotonic_ms();
            self.check_deadline(now_ms)?;
            self.look(now_ms);
            self.check_members()?;
            self.read_what_is_there();
            self.send(now_ms);
            if !self.plan.is_empty() || !self.is_read() {
                self.wait().await?;
            }
        }
    }

    async fn begin(&mut self) {
        if self.start.is_some() {
            return;
        }
        let now_ms = self.tasks.clock.monotonic_ms();
        let deadline_ms = self.what.deadline.map(|time| now_ms.saturating_add(millis(time)));
        let entry = self.tasks.running.enter(self.what.function.label(), now_ms);
        let patches = self.tasks.revision().await;
        let seed = self.tasks.clock.now_ms();
        self.start = Some(Start { entry, deadline_ms, patches, seed });
    }

    /// Whether there is nothing more to cut.
    fn is_read(&self) -> bool {
        self.input.is_none() && self.cutter.bytes() == 0
    }

    fn stop_reading(&mut self, why: Option<FMapError>) {
        self.input = None;
        self.cutter = Cutter::default();
        self.end = why;
    }

    fn check_deadline(&self, now_ms: u64) -> Result<(), FMapError> {
        let deadline_ms = self.start.as_ref().and_then(|start| start.deadline_ms);
        if deadline_ms.is_some_and(|deadline_ms| deadline_ms <= now_ms) {
            let deadline_ms = self.what.deadline.map_or(0, millis);
            return Err(FMapError::Deadline { deadline_ms });
        }
        Ok(())
    }

    /// Sees who works now.
    fn look(&mut self, now_ms: u64) {
        if !self.mates.is_empty() && now_ms < self.looked_ms + limits::LOOK_MS {
            return;
        }
        self.looked_ms = now_ms;
        let mates = self.tasks.crew.mates().into_iter().filter(|mate| mate.takes_work);
        self.mates = mates.map(|mate| (mate.id, mate)).collect();
        let members = match &self.what.keys_of {
            None => self.mates.keys().copied().collect(),
            // Where keys go is decided when they go; to the plan all members are one.
            Some(_) => BTreeSet::from([ALL]),
        };
        self.plan.set_members(&members);
    }

    /// Somebody must have the function; a program that has it may come any time.
    fn check_members(&self) -> Result<(), FMapError> {
        match &self.what.function {
            Function::Native(name) if self.plan.is_stranded() => {
                let (name, members) = (name.as_str().to_owned(), self.mates.len());
                Err(FMapError::Unregistered { name, members })
            }
            _ => Ok(()),
        }
    }

    fn wants_input(&self) -> bool {
        let has_little = self.cutter.bytes() < limits::READ_AHEAD_BYTES;
        self.input.is_some() && (has_little || self.cutter.needs_more())
    }

    fn read_what_is_there(&mut self) {
        while self.wants_input() {
            let Some(input) = &mut self.input else { return };
            let Some(piece) = input.next().now_or_never() else { return };
            self.read(piece);
        }
    }

    fn read(&mut self, piece: Option<std::io::Result<Bytes>>) {
        match piece {
            Some(Ok(piece)) => self.cutter.push(&piece),
            Some(Err(error)) => {
                self.input = None;
                self.cutter.end();
                self.end = Some(FMapError::Input(error));
            }
            None => {
                self.input = None;
                self.cutter.end();
            }
        }
    }

    fn send(&mut self, now_ms: u64) {
        while let Some(dispatch) = self.plan.send_again(now_ms) {
            self.call(dispatch, now_ms);
        }
        while self.plan.has_room() {
            let Some(wanted) = self.plan.wanted(now_ms) else { return };
            // What is there is sent at once: more may take its time to come.
            match self.cutter.cut(wanted) {
                Ok(Some(cut)) => {
                    if let Some(dispatch) = self.plan.send_new(cut, now_ms) {
                        self.call(dispatch, now_ms);
                    }
                }
                Ok(None) => return,
                Err(error) => return self.stop_reading(Some(error)),
            }
        }
    }

    fn call(&mut self, dispatch: Dispatch, now_ms: u64) {
        let Dispatch { attempt, member, insists, first_index, lines } = dispatch;
        let Some(start) = &self.start else { return };
        let left_ms = start.deadline_ms.map_or(u64::MAX, |end_ms| end_ms.saturating_sub(now_ms));
        // At the deadline the call is dropped; no item shall be blamed for its time before.
        let (most_ms, wait_ms) = match &self.what.function {
            Function::Script(_) => (limits::CHUNK_MS_MAX, limits::CHUNK_GRACE_MS),
            // It may have to wait for its place as long as it may then keep it.
            Function::Native(_) => (limits::NATIVE_MS_MAX, limits::NATIVE_MS_MAX),
        };
        let time_ms = most_ms.min(left_ms.saturating_add(limits::CHUNK_GRACE_MS));
        let chunk = Chunk {
            function: functions::short(&self.what.function),
            lines,
            first_index,
            stop_at_error: self.what.on_error == OnError::Stop,
            seed: start.seed,
            patches: start.patches,
            time_ms,
        };
        let timeout = Duration::from_millis(time_ms + wait_ms);
        let Some(asking) = self.asking((member, insists), chunk, timeout) else { return };
        let call = Call { attempt, member, first_index };
        let clock = Arc::clone(&self.tasks.clock);
        let handle = self.calls.spawn(async move {
            let result = asking.await;
            let took_ms = clock.monotonic_ms().saturating_sub(now_ms);
            Called { call, result, took_ms }
        });
        self.handles.insert(attempt, handle);
    }

    /// Asks for the results of a chunk: one member, or for keys those where they live.
    fn asking(
        &self,
        (member, insists): (NodeId, bool),
        chunk: Chunk,
        timeout: Duration,
    ) -> Option<BoxFuture<'static, Result<Items, Refusal>>> {
        let (crew, function) = (Arc::clone(&self.tasks.crew), self.what.function.clone());
        if let Some(map) = self.what.keys_of.clone() {
            let (mates, roster) =
                (self.mates.values().cloned().collect(), Arc::clone(&self.roster));
            let clock = Arc::clone(&self.tasks.clock);
            let round = Round { crew, mates, roster, function, map, chunk, timeout, clock };
            return Some(round.run().boxed());
        }
        let mate = self.mates.get(&member)?.clone();
        let errand = Errand { crew, mate, function, insists, keys_of: None, chunk, timeout };
        Some(errand.run().boxed())
    }

    /// Until something came, or it is time to look again.
    async fn wait(&mut self) -> Result<(), FMapError> {
        let wants_input = self.wants_input();
        let now_ms = self.tasks.clock.monotonic_ms();
        let deadline_ms = self.start.as_ref().and_then(|start| start.deadline_ms);
        let left_ms = deadline_ms.map_or(u64::MAX, |end_ms| end_ms.saturating_sub(now_ms));
        let look = tokio::time::sleep(Duration::from_millis(left_ms.min(limits::LOOK_MS)));
        let is_calling = !self.calls.is_empty();
        let input = self.input.as_mut();
        let piece = async {
            match input {
                Some(input) if wants_input => input.next().await,
                _ => std::future::pending().await,
            }
        };
        tokio::select! {
            called = self.calls.join_next(), if is_calling => {
                if let Some(Ok(called)) = called {
                    self.take(called)?;
                }
            }
            piece = piece => self.read(piece),
            () = look => {}
        }
        Ok(())
    }

    /// The items of a call go elsewhere, or nowhere.
    fn refused(&mut self, call: Call, refusal: Refusal, now_ms: u64) -> Result<(), FMapError> {
        if let Some(aside) = Aside::told(&refusal, &self.what.function, now_ms) {
            self.plan.put_aside(call, aside);
            return Ok(());
        }
        if may_be_tried_again(&refusal) {
            tracing::debug!(member = %call.member, code = refusal.code, "a chunk was lost");
            return self.plan.lost(call, &refusal.text, now_ms);
        }
        Err(FMapError::Function(refusal))
    }

    fn take(&mut self, called: Called) -> Result<(), FMapError> {
        let Called { call, result, took_ms } = called;
        // Nobody waits for a call that was ended just when it had an answer.
        if self.handles.remove(&call.attempt).is_none() {
            return Ok(());
        }
        let now_ms = self.tasks.clock.monotonic_ms();
        let answer = match result {
            Ok(answer) if self.plan.fits(call, &answer) => answer,
            Ok(_) => return self.plan.lost(call, "the answer does not fit the items", now_ms),
            Err(refusal) if refusal.code == LIMIT => {
                let errors = vec![(call.first_index, refusal.text)];
                Items { items: 1, lines: "\n".to_owned(), errors, ..Items::default() }
            }
            Err(refusal) => return self.refused(call, refusal, now_ms),
        };
        if let Some(start) = &self.start {
            start.entry.called(took_ms, answer.compute_ms);
        }
        for attempt in self.plan.done(call, answer, now_ms) {
            if let Some(handle) = self.handles.remove(&attempt) {
                handle.abort();
            }
        }
        Ok(())
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
