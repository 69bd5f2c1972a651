//! The one small runtime in which network futures live, and how a thread waits for them.
//!
//! Waiting never enters the runtime, so that it also works on a thread that drives another one.

use std::io;
use std::pin::pin;
use std::sync::{Arc, LazyLock};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::task::{JoinHandle, unconstrained};

use crate::limits;
use crate::stop::{Stop, Stopped};

static RUNTIME: LazyLock<io::Result<Runtime>> = LazyLock::new(|| {
    Builder::new_multi_thread()
        .worker_threads(limits::RUNTIME_THREADS)
        .thread_name("thorp-store")
        .enable_all()
        .build()
});

/// A future that runs in the private runtime and ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Task<T>(JoinHandle<T>);

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Why no answer came from a future.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RunError {
    #[error(transparent)]
    Stopped(#[from] Stopped),
    #[error("failed to run in the background")]
    Broken(#[source] io::Error),
}

/// Starts `future` in the private runtime.
pub(crate) fn spawn<F>(future: F) -> io::Result<Task<F::Output>>
where
    F: Future<Output: Send> + Send + 'static,
{
    match &*RUNTIME {
        Ok(runtime) => Ok(Task(runtime.spawn(future))),
        Err(error) => Err(io::Error::new(error.kind(), error.to_string())),
    }
}

/// Runs `future` in the private runtime and waits for its answer or for `stop`.
pub(crate) fn run<F>(future: F, stop: &Stop) -> Result<F::Output, RunError>
where
    F: Future<Output: Send> + Send + 'static,
{
    let mut task = spawn(future).map_err(RunError::Broken)?;
    wait(&mut task.0, stop)?.map_err(|error| RunError::Broken(io::Error::other(error)))
}

/// Polls `future` on this thread until it is ready or `stop` is requested.
pub(crate) fn wait<F: Future>(future: F, stop: &Stop) -> Result<F::Output, Stopped> {
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    // Without `unconstrained` a caller on a thread of another runtime could use up the budget of
    // its own task, after which nothing here would ever be ready.
    let mut future = pin!(unconstrained(future));
    loop {
        if stop.is_requested() {
            return Err(Stopped);
        }
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return Ok(output);
        }
        thread::park_timeout(Duration::from_millis(limits::STOP_POLL_MS));
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}
