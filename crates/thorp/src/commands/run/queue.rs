//! Runs things that depend on each other, so many at a time.

use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;

use pipeline::project::run_order;
use pipeline::spec::PipelineSpec;
use store::stop::Stop;

/// What still waits, and what is done.
struct State<T> {
    /// Position and those it waits for, in the order to start.
    waiting: Vec<(usize, Vec<usize>)>,
    finished: Vec<(usize, T)>,
    running: usize,
}

/// Runs `work` for each of `specs`, after those that it depends on; gives the results in the
/// order of the dependencies. After `stop` nothing new begins.
pub(super) fn run<T: Send>(
    specs: &[&PipelineSpec],
    concurrency: usize,
    stop: &Stop,
    work: impl Fn(usize) -> Option<T> + Sync,
) -> Vec<T> {
    let order = run_order(specs);
    let places: Vec<usize> = order.iter().map(|(at, _)| *at).collect();
    let state = Mutex::new(State { waiting: order, finished: Vec::new(), running: 0 });
    let changed = Condvar::new();
    thread::scope(|scope| {
        for _ in 0..concurrency.min(specs.len()) {
            scope.spawn(|| {
                while let Some(at) = next(&state, &changed, stop) {
                    let result = work(at);
                    let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
                    state.running -= 1;
                    state.finished.extend(result.map(|result| (at, result)));
                    changed.notify_all();
                }
            });
        }
    });
    let mut finished = state.into_inner().unwrap_or_else(PoisonError::into_inner).finished;
    finished.sort_by_key(|(at, _)| places.iter().position(|place| place == at));
    finished.into_iter().map(|(_, result)| result).collect()
}

/// The next one that may begin; `None` when nothing is left to begin.
fn next<T>(state: &Mutex<State<T>>, changed: &Condvar, stop: &Stop) -> Option<usize> {
    let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
    loop {
        if state.waiting.is_empty() || stop.is_requested() {
            return None;
        }
        let unfinished: Vec<usize> = state.waiting.iter().map(|(at, _)| *at).collect();
        let done: Vec<usize> = state.finished.iter().map(|(at, _)| *at).collect();
        let ready = state
            .waiting
            .iter()
            .position(|(_, needs)| needs.iter().all(|need| done.contains(need)))
            // Pipelines in a circle have errors; they begin to say so.
            .or_else(|| (state.running == 0 && !unfinished.is_empty()).then_some(0));
        if let Some(place) = ready {
            state.running += 1;
            return Some(state.waiting.remove(place).0);
        }
        state = changed.wait(state).unwrap_or_else(PoisonError::into_inner);
    }
}
