//! Functions in Rust, which a program registers on the node that it embeds.
//!
//! Nobody can interrupt one. Who gives its items up gets what is done of them so far, and the thread
//! ends before the next item.

use std::any::{Any, type_name};
use std::collections::BTreeMap;
use std::fmt::{self, Display};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use runtime::javascript::{FunctionError, Items, Name};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::message;
use super::worker::shortened;
use crate::limits;

/// A function in Rust whose items and results travel as JSON; cheap to clone.
#[derive(Clone)]
pub struct Native(Arc<Call>);

/// From the JSON of an item to that of its result, or to why there is none.
type Call = dyn Fn(&str) -> Result<String, String> + Send + Sync;

impl Native {
    /// An item that is no `A`, an `E` and a panic are the error of the item.
    pub fn new<A, R, E>(function: impl Fn(A) -> Result<R, E> + Send + Sync + 'static) -> Self
    where
        A: DeserializeOwned,
        R: Serialize,
        E: Display,
    {
        Self(Arc::new(move |item: &str| {
            let item = serde_json::from_str(item)
                .map_err(|error| format!("the item is no `{}`: {error}", type_name::<A>()))?;
            // The long form of some errors names their causes too.
            let result = function(item).map_err(|error| format!("{error:#}"))?;
            serde_json::to_string(&result)
                .map_err(|error| format!("the result has no form in JSON: {error}"))
        }))
    }

    fn call(&self, item: &str) -> Result<String, String> {
        // What a panic leaves half done belongs to the function; nothing else sees it.
        let called = catch_unwind(AssertUnwindSafe(|| (self.0)(item)));
        let result = called.unwrap_or_else(|panic| Err(panicked(&*panic)))?;
        // JSON that a program writes itself may have several lines, and a result has one.
        Ok(if result.contains('\n') { result.replace('\n', " ") } else { result })
    }
}

fn panicked(panic: &dyn Any) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("without a text");
    format!("the function panicked: {text}")
}

impl fmt::Debug for Native {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Native").finish_non_exhaustive()
    }
}

/// The native functions of a node by their names.
#[derive(Debug, Clone, Default)]
pub struct Natives(BTreeMap<String, Native>);

impl Natives {
    /// # Errors
    ///
    /// [`FunctionError`] when a name is not made of identifiers and dots.
    pub fn new(functions: BTreeMap<String, Native>) -> Result<Self, FunctionError> {
        for name in functions.keys() {
            Name::new(name)?;
        }
        Ok(Self(functions))
    }

    pub(super) fn get(&self, name: &str) -> Option<&Native> {
        self.0.get(name)
    }
}

/// Items that a thread works on, and of which others may take what is done.
#[derive(Debug)]
pub(super) struct Batch {
    native: Native,
    items: Items,
    /// None when nobody wants more.
    done: Mutex<Option<message::Items>>,
}

impl Batch {
    pub(super) fn new(native: Native, items: Items) -> Self {
        Self { native, items, done: Mutex::new(Some(message::Items::default())) }
    }

    /// Calls the function with one item after the other, as long as somebody wants the results and
    /// they fit into one answer.
    pub(super) fn run(&self) {
        let mut bytes = 0;
        for (index, item) in (self.items.first_index..).zip(self.items.lines.lines()) {
            if self.done().is_none() {
                return;
            }
            let result = self.native.call(item);
            let has_failed = result.is_err();
            let mut done = self.done();
            let Some(done) = done.as_mut() else { return };
            done.items += 1;
            match result {
                Ok(result) => {
                    bytes += result.len();
                    done.lines.push_str(&result);
                }
                Err(text) => {
                    let text = shortened(text);
                    bytes += text.len();
                    done.errors.push((index, text));
                }
            }
            done.lines.push('\n');
            if bytes > limits::RESULT_BYTES_MAX || has_failed && self.items.stop_at_error {
                return;
            }
        }
    }

    /// What is done; no further item is begun.
    pub(super) fn take(&self) -> message::Items {
        self.done().take().unwrap_or_default()
    }

    fn done(&self) -> MutexGuard<'_, Option<message::Items>> {
        self.done.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends a batch when nobody waits for it any more.
#[derive(Debug)]
pub(super) struct EndAtDrop(pub(super) Arc<Batch>);

impl Drop for EndAtDrop {
    fn drop(&mut self) {
        self.0.take();
    }
}

#[cfg(test)]
mod tests;
