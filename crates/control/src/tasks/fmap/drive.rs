//! Reads the items, asks the members, and gives the results out, as `plan` decides.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::stream::BoxStream;
use futures::{FutureExt, StreamExt};
use net::transport::Refusal;
use tokio::task::{AbortHandle, JoinSet};

use super::cutter::Cutter;
use super::plan::{Call, Dispatch, Plan};
use super::{FMap, OnError, Part};
use crate::limits;
use crate::tasks::crew::{Crew, Mate, may_be_tried_again};
use crate::tasks::error::{DRAINED, UNKNOWN};
use crate::tasks::message::{Answer, Chunk, Items, Request};
use crate::tasks::progress::Entry;
use crate::tasks::roster::Aside;
use crate::tasks::{FMapError, Function, Tasks, functions};

/// One `fmap` under way.
pub(super) struct Drive {
    tasks: Tasks,
    what: FMap,
    /// None when all was read.
    input: Option<BoxStream<'static, std::io::Result<Bytes>>>,
    cutter: Cutter,
    plan: Plan,
    mates: BTreeMap<state::NodeId, Mate>,
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

/// What a call needs.
struct Errand {
    crew: Arc<Crew>,
    mate: Mate,
    function: Function,
    /// Whether the member shall do it although it is drained.
    insists: bool,
    /// Without the function.
    chunk: Chunk,
    timeout: Duration,
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
            Ok(None) | Err(_) => self.finish(),
        }
        next.transpose()
    }

    /// Ends all calls, and reads no more.
    fn finish(&mut self) {
        self.is_over = true;
        self.calls.abort_all();
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
        let members: BTreeSet<_> = self.mates.keys().copied().collect();
        self.plan.set_members(&members);
    }

    /// Somebody must have the function; a program that has it may come any time.
    fn check_members(&self) -> Result<(), FMapError> {
        match (self.plan.stranded(), &self.what.function) {
            (Some(members), Function::Native(name)) => {
                let name = name.as_str().to_owned();
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
        let (Some(mate), Some(start)) = (self.mates.get(&member), &self.start) else { return };
        let left_ms = start.deadline_ms.map_or(u64::MAX, |end_ms| end_ms.saturating_sub(now_ms));
        // At the deadline the call is dropped; no item shall be blamed for its time before.
        let (most_ms, wait_ms) = match &self.what.function {
            Function::Script(_) => (limits::CHUNK_MS_MAX, limits::CHUNK_GRACE_MS),
            // It may have to wait for its place as long as it may then keep it.
            Function::Native(_) => (limits::NATIVE_MS_MAX, limits::NATIVE_MS_MAX),
        };
        let time_ms = most_ms.min(left_ms.saturating_add(limits::CHUNK_GRACE_MS));
        let errand = Errand {
            crew: Arc::clone(&self.tasks.crew),
            mate: mate.clone(),
            function: self.what.function.clone(),
            insists,
            chunk: Chunk {
                function: functions::short(&self.what.function),
                lines,
                first_index,
                stop_at_error: self.what.on_error == OnError::Stop,
                seed: start.seed,
                patches: start.patches,
                time_ms,
            },
            timeout: Duration::from_millis(time_ms + wait_ms),
        };
        let call = Call { attempt, member, first_index };
        let clock = Arc::clone(&self.tasks.clock);
        let handle = self.calls.spawn(async move {
            let result = errand.run().await;
            let took_ms = clock.monotonic_ms().saturating_sub(now_ms);
            Called { call, result, took_ms }
        });
        self.handles.insert(attempt, handle);
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

    /// Whether a member says that it has not got the function, or knows no native ones yet.
    fn is_lacking(&self, refusal: &Refusal) -> bool {
        let is_native = matches!(self.what.function, Function::Native(_));
        is_native && (refusal.code == UNKNOWN || refusal.code == "TASK_MESSAGE_UNKNOWN")
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
            Err(refusal) if refusal.code == "FUNCTION_LIMIT" => {
                let errors = vec![(call.first_index, refusal.text)];
                Items { items: 1, lines: "\n".to_owned(), errors, ..Items::default() }
            }
            Err(refusal) if self.is_lacking(&refusal) => {
                self.plan.put_aside(call, Aside::Lacking);
                return Ok(());
            }
            Err(refusal) if refusal.code == DRAINED => {
                let until_ms = now_ms + limits::DRAINED_MS;
                self.plan.put_aside(call, Aside::Drained { until_ms });
                return Ok(());
            }
            Err(refusal) if may_be_tried_again(&refusal) => {
                tracing::debug!(member = %call.member, code = refusal.code, "a chunk was lost");
                return self.plan.lost(call, &refusal.text, now_ms);
            }
            Err(refusal) => return Err(FMapError::Function(refusal)),
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

impl Errand {
    async fn run(self) -> Result<Items, Refusal> {
        let timeout = self.timeout;
        let asked = async {
            let asked = self.ask(self.chunk.clone()).await?;
            if asked != Answer::FunctionUnknown {
                return Ok(asked);
            }
            let function = functions::whole(&self.function);
            self.ask(Chunk { function, ..self.chunk.clone() }).await
        };
        match tokio::time::timeout(timeout, asked).await {
            Ok(Ok(Answer::Items(items))) => Ok(items),
            Ok(Ok(_)) => Err(self.mate.strange()),
            Ok(Err(refusal)) => Err(refusal),
            Err(_) => Err(self.mate.late(timeout)),
        }
    }

    async fn ask(&self, chunk: Chunk) -> Result<Answer, Refusal> {
        let request = if self.insists { Request::Insist(chunk) } else { Request::Chunk(chunk) };
        let asked = self.crew.ask(&self.mate, request, self.timeout).await;
        asked.map_err(crate::tasks::crew::AskError::refusal)
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
