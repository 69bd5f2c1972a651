//! What this node does when it is asked, by another member or by itself.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use model::Json;
use model::clock::Clock;
use net::transport::Refusal;
use runtime::javascript::{
    self, Answers, CallError, Cancel, ChunkError, Evaluated, Items, JavaScript, Outcome,
    PatchError, Patches, Scope,
};
use state::{Engine, NodeId, ReadError, Role};
use structures::{Query, patches};
use tokio::sync::{Semaphore, watch};
use tokio::task::spawn_blocking;

use super::error::WorkError;
use super::functions::{Found, Functions};
use super::keys;
use super::message::{self, Answer, Chunk, Each, Request};
use super::native::{Batch, EndAtDrop, Native};
use super::progress::Registry;
use super::{Options, Task};
use crate::limits;

/// Runs code on this node.
#[derive(Debug)]
pub(super) struct Worker {
    engine: Arc<dyn Engine>,
    clock: Arc<dyn Clock>,
    javascript: JavaScript,
    own: NodeId,
    contexts: usize,
    /// One for each chunk that runs at a time.
    places: Arc<Semaphore>,
    /// One for each chunk that is here.
    waiting: Semaphore,
    evaluating: Semaphore,
    functions: Functions,
    drained: watch::Receiver<bool>,
    /// What this node drives.
    running: Arc<Registry>,
    current: Mutex<Current>,
}

/// The patches as they were read last.
#[derive(Debug, Clone, Default)]
pub(super) struct Current {
    pub revision: u64,
    pub patches: Patches,
}

/// Why the patches are not here.
#[derive(Debug, thiserror::Error)]
pub(super) enum CurrentError {
    #[error("failed to read the patches")]
    Read(#[from] ReadError),
    #[error("the patches of the cluster do not fit this version")]
    Patches(#[from] PatchError),
}

/// Stops a call when nobody waits for it any more.
struct CancelAtEnd(Cancel);

impl Drop for CancelAtEnd {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

impl Worker {
    pub(super) fn new(options: Options, running: Arc<Registry>) -> Self {
        let Options { engine, javascript, own, contexts, natives, drained, clock, .. } = options;
        assert!(contexts > 0, "a node without contexts runs nothing");
        Self {
            engine,
            clock,
            javascript,
            own,
            contexts,
            places: Arc::new(Semaphore::new(contexts)),
            waiting: Semaphore::new(limits::WAITING_CHUNKS_MAX),
            evaluating: Semaphore::new(limits::EVALUATIONS_MAX),
            functions: Functions::new(natives),
            drained,
            running,
            current: Mutex::default(),
        }
    }

    /// Does what is asked. Dropping the future ends the work.
    pub(super) async fn answer(&self, request: Request) -> Result<Answer, Refusal> {
        if self.is_witness() && request != Request::Tasks {
            return Err(Refusal::of(&WorkError::Witness));
        }
        match request {
            Request::Eval { expression, patches, time_ms } => {
                self.evaluate(expression, patches, time_ms).await
            }
            Request::State { revision } => self.reach(revision).await,
            Request::Chunk(_) if *self.drained.borrow() => Err(Refusal::of(&WorkError::Drained)),
            Request::Chunk(chunk) | Request::Insist(chunk) => self.chunk(chunk).await,
            Request::Each(each) => self.each(each).await,
            Request::Tasks => Ok(Answer::Tasks(self.tasks())),
        }
    }

    /// What this node drives; a witness does too, when it is asked to.
    fn tasks(&self) -> Vec<Task> {
        self.running.list(self.clock.monotonic_ms())
    }

    fn is_witness(&self) -> bool {
        let members = self.engine.members();
        let own: Option<&(state::Member, Role)> = members.all.get(&self.own);
        own.is_some_and(|(member, _)| member.is_witness)
    }

    /// Waits until this node has the state of `revision`.
    async fn reach(&self, revision: u64) -> Result<Answer, Refusal> {
        let mut here = 0;
        let mut look = |view: &dyn structures::View| {
            here = structures::revision(view)?;
            Ok(())
        };
        self.engine.look(&mut look).map_err(|error| Refusal::of(&error))?;
        if here < revision {
            let timeout = Duration::from_millis(limits::SPREAD_MS_MAX);
            self.engine.barrier(timeout).await.map_err(|error| Refusal::of(&error))?;
        }
        Ok(Answer::Done)
    }

    /// The patches that this node has.
    pub(super) fn current(&self) -> Result<Current, CurrentError> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        let query = Query::Patches(patches::Query::ChangedAfter { revision: current.revision });
        if let Ok(structures::Answer::Patches(log)) = self.engine.stale(&query)? {
            let mut list = Patches::default();
            for patch in &log.patches {
                let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
                list = list.with(&text(&patch.name), &text(&patch.source))?;
            }
            *current = Current { revision: log.revision, patches: list };
        }
        Ok(current.clone())
    }

    /// The patches after everything that was acknowledged before.
    pub(super) async fn newest(&self, timeout_ms: u64) -> Result<Current, CurrentError> {
        let timeout = Duration::from_millis(timeout_ms);
        self.engine.barrier(timeout).await.map_err(ReadError::from)?;
        self.current()
    }

    /// The patches of `revision` or later.
    async fn patches(&self, revision: u64, time_ms: u64) -> Result<Patches, Refusal> {
        let mut current = self.current().map_err(|error| Refusal::of(&error))?;
        if current.revision < revision {
            current = self.newest(time_ms).await.map_err(|error| Refusal::of(&error))?;
        }
        if current.revision < revision {
            return Err(Refusal::of(&WorkError::Behind { revision }));
        }
        Ok(current.patches)
    }

    /// Loads patches to see whether they load.
    pub(super) async fn check(&self, patches: Patches) -> Result<(), CallError> {
        let (scope, _cancel) = scope(patches, limits::PATCH_MS_MAX, 0);
        let javascript = self.javascript.clone();
        let checked = spawn_blocking(move || javascript.check(&scope)).await;
        checked.map_or_else(|error| Err(broken(&error)), |outcome| outcome.result)
    }

    async fn evaluate(
        &self,
        expression: String,
        revision: u64,
        time_ms: u64,
    ) -> Result<Answer, Refusal> {
        let time_ms = time_ms.min(limits::EVAL_MS_MAX);
        let _place =
            self.evaluating.try_acquire().map_err(|_| Refusal::of(&WorkError::Evaluating))?;
        let patches = self.patches(revision, time_ms).await?;
        let seed = self.clock.now_ms();
        let (scope, _cancel) = scope(patches, time_ms, seed);
        let javascript = self.javascript.clone();
        let evaluated = spawn_blocking(move || javascript.eval(&scope, &expression)).await;
        let outcome = evaluated.unwrap_or_else(|error| broken(&error).into());
        let Outcome { result, log } = outcome;
        let Evaluated { text, json } = result.map_err(|error| Refusal::of(&error))?;
        let bytes = text.len() + json.as_ref().map_or(0, String::len);
        if bytes > limits::EVALUATED_BYTES_MAX {
            return Err(Refusal::of(&WorkError::LongValue { bytes }));
        }
        let log = log.lines.into_iter().map(|line| line.text).collect();
        Ok(Answer::Evaluated(message::Evaluated { text, json, log }))
    }

    /// Calls a function with the first keys whose values fit into a chunk.
    async fn each(&self, each: Each) -> Result<Answer, Refusal> {
        let Each { map, insists, chunk } = each;
        if *self.drained.borrow() && !insists {
            return Err(Refusal::of(&WorkError::Drained));
        }
        let timeout = Duration::from_millis(limits::SPREAD_MS_MAX);
        self.engine.barrier(timeout).await.map_err(|error| Refusal::of(&error))?;
        let mut lines = String::new();
        for key in chunk.lines.lines() {
            match keys::kept(key) {
                Some(kept) => lines.push_str(&keys::pair(key, self.value(&map, kept)?.as_ref())),
                // The function is told that it is no JSON.
                None => lines.extend([key, "\n"]),
            }
            if lines.len() > limits::CHUNK_BYTES_MAX {
                break;
            }
        }
        self.chunk(Chunk { lines: lines.into(), ..chunk }).await
    }

    /// The value of a key, as scripts see it.
    fn value(&self, map: &str, key: Bytes) -> Result<Option<Json>, Refusal> {
        let map = Bytes::copy_from_slice(map.as_bytes());
        let query = Query::Map(structures::map::Query::Get { map, key });
        let answer = self.engine.stale(&query).map_err(|error| Refusal::of(&error))?;
        match answer.map_err(|error| Refusal::of(&error))? {
            structures::Answer::Entry(entry) => Ok(Some(crate::host::seen(&entry.value))),
            _ => Ok(None),
        }
    }

    async fn chunk(&self, chunk: Chunk) -> Result<Answer, Refusal> {
        let _waiting = self.waiting.try_acquire().map_err(|_| Refusal::of(&WorkError::Waiting))?;
        let Chunk { function, lines, first_index, stop_at_error, seed, patches, time_ms } = chunk;
        let function = self.functions.find(function).map_err(|error| Refusal::of(&error))?;
        let items = Items { lines, first_index, stop_at_error };
        let (done, began_ms) = match function {
            None => return Ok(Answer::FunctionUnknown),
            Some(Found::Native(native)) => self.run_native(native, items, time_ms).await?,
            Some(Found::Script(function)) => {
                let patches = self.patches(patches, limits::SPREAD_MS_MAX).await?;
                let (scope, _cancel) = scope(patches, time_ms.min(limits::CHUNK_MS_MAX), seed);
                self.run_script(scope, function, items).await?
            }
        };
        let compute_ms = self.clock.monotonic_ms().saturating_sub(began_ms);
        let contexts = u32::try_from(self.contexts).unwrap_or(u32::MAX);
        let done = travelling(done, first_index)?;
        Ok(Answer::Items(message::Items { compute_ms, contexts, ..done }))
    }

    /// What was done, and since when.
    async fn run_script(
        &self,
        scope: Scope,
        function: javascript::Function,
        items: Items,
    ) -> Result<(message::Items, u64), Refusal> {
        let _place = self.places.acquire().await.expect("the places are never closed");
        let began_ms = self.clock.monotonic_ms();
        match self.call(scope, function, items).await {
            // The items that were done count; the rest is asked for again.
            Err(ChunkError { answers, .. }) if answers.items > 0 => Ok((told(*answers), began_ms)),
            Err(error) => Err(Refusal::of(&error.source)),
            Ok(answers) => Ok((told(answers), began_ms)),
        }
    }

    /// What was done, and since when. A function that takes too long cannot be interrupted: it
    /// keeps its place until it returns.
    async fn run_native(
        &self,
        native: Native,
        items: Items,
        time_ms: u64,
    ) -> Result<(message::Items, u64), Refusal> {
        let time_ms = time_ms.min(limits::NATIVE_MS_MAX);
        let place = Arc::clone(&self.places).acquire_owned().await;
        let place = place.expect("the places are never closed");
        let began_ms = self.clock.monotonic_ms();
        let batch = Arc::new(Batch::new(native, items));
        let _end = EndAtDrop(Arc::clone(&batch));
        let work = Arc::clone(&batch);
        let running = spawn_blocking(move || {
            work.run();
            drop(place);
        });
        let ended = tokio::time::timeout(Duration::from_millis(time_ms), running).await;
        let done = batch.take();
        match ended {
            Err(_) if done.items == 0 => Err(Refusal::of(&WorkError::LongCall { time_ms })),
            Ok(Err(error)) => Err(Refusal::of(&broken(&error))),
            Ok(Ok(())) | Err(_) => Ok((done, began_ms)),
        }
    }

    async fn call(
        &self,
        scope: Scope,
        function: javascript::Function,
        items: Items,
    ) -> Result<Answers, ChunkError> {
        let javascript = self.javascript.clone();
        let index = items.first_index;
        let called = spawn_blocking(move || javascript.call_many(&scope, &function, items)).await;
        called.unwrap_or_else(|error| {
            Err(ChunkError { index, source: broken(&error), answers: Box::default() })
        })
    }
}

/// A call with a time, and what ends it when it is dropped.
fn scope(patches: Patches, time_ms: u64, seed: u64) -> (Scope, CancelAtEnd) {
    let cancel = Cancel::default();
    (Scope { patches, time_ms, seed, cancel: cancel.clone() }, CancelAtEnd(cancel))
}

fn broken(error: &tokio::task::JoinError) -> CallError {
    CallError::Engine { detail: error.to_string() }
}

/// What scripts gave, as it is told.
fn told(answers: Answers) -> message::Items {
    let Answers { lines, items, errors, .. } = answers;
    let errors =
        errors.iter().map(|error| (error.index, shortened(error.source.to_string()))).collect();
    message::Items { items, lines, errors, ..message::Items::default() }
}

/// As many results as fit into one call between members.
fn travelling(all: message::Items, first_index: u64) -> Result<message::Items, Refusal> {
    let message::Items { mut lines, items: mut done, mut errors, .. } = all;
    let bytes = lines.len() + errors.iter().map(|(_, text)| text.len()).sum::<usize>();
    if bytes > limits::RESULT_BYTES_MAX {
        (done, lines) = fitting(&lines, &errors, first_index);
        if done == 0 {
            return Err(Refusal::of(&WorkError::LongResult));
        }
        errors.retain(|(index, _)| *index < first_index + done);
    }
    Ok(message::Items { items: done, lines, errors, ..message::Items::default() })
}

/// The first lines that fit together with their errors, and how many they are.
fn fitting(lines: &str, errors: &[(u64, String)], first_index: u64) -> (u64, String) {
    let (mut items, mut end, mut bytes) = (0, 0, 0);
    let mut errors = errors.iter().peekable();
    for line in lines.split_inclusive('\n') {
        let error = errors.next_if(|(index, _)| *index == first_index + items);
        bytes += line.len() + error.map_or(0, |(_, text)| text.len());
        if bytes > limits::RESULT_BYTES_MAX {
            break;
        }
        items += 1;
        end += line.len();
    }
    (items, lines.get(..end).unwrap_or_default().to_owned())
}

/// The error of an item, as much of it as travels.
pub(super) fn shortened(mut text: String) -> String {
    if text.len() > limits::ITEM_ERROR_BYTES_MAX {
        let end = (0..=limits::ITEM_ERROR_BYTES_MAX).rev().find(|end| text.is_char_boundary(*end));
        text.truncate(end.unwrap_or(0));
    }
    text
}
