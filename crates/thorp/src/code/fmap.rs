//! A function over many items, and its typed results.

use std::any::type_name;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use control::tasks::{self, OnError, Order};
use futures::{Stream, StreamExt as _};
use serde::de::DeserializeOwned;

use super::{CodeError, Function, Items, Part, Runner};

/// The result of each item.
pub type Results<R> = Pin<Box<dyn Stream<Item = Result<R, CodeError>> + Send>>;

/// The result of each item, with the index of the item from 0.
pub type Indexed<R> = Pin<Box<dyn Stream<Item = Result<(u64, R), CodeError>> + Send>>;

/// A function over many items, on all members that run code.
///
/// Results come in the order of the items, and the first item that fails ends them, unless it is
/// said otherwise. Each result comes once, also when members are lost meanwhile: then the function
/// is called again for the items that they had.
#[must_use = "nothing runs before its results are polled"]
pub struct FMap {
    runner: Arc<dyn Runner>,
    what: tasks::FMap,
    items: Items,
}

impl FMap {
    pub(crate) fn new(runner: Arc<dyn Runner>, function: Function, items: Items) -> Self {
        Self { runner, what: tasks::FMap::new(function), items }
    }

    /// The items are keys of `map`.
    pub(crate) fn keys_of(mut self, map: String) -> Self {
        self.what.keys_of = Some(map);
        self
    }

    /// Results come as they are done.
    pub fn unordered(mut self) -> Self {
        self.what.order = Order::Done;
        self
    }

    /// The error of an item is its result ([`CodeError::Item`]), and the others follow.
    pub fn collect_errors(mut self) -> Self {
        self.what.on_error = OnError::Collect;
        self
    }

    /// How long all items may take together; as long as it takes unless it is said.
    pub fn within(mut self, deadline: Duration) -> Self {
        self.what.deadline = Some(deadline);
        self
    }

    /// Nobody waits: results are dropped, what fails is in the log of the node that drives the
    /// task, and [`Cluster::tasks`](crate::Cluster::tasks) shows it until it is over. It ends with
    /// that node: this one, or for a client the one that is asked.
    ///
    /// A node returns at once, a client when all items were read.
    ///
    /// # Errors
    ///
    /// [`CodeError`] when too many run already, or nobody can be asked.
    pub async fn detach(self) -> Result<(), CodeError> {
        self.runner.detach(self.what, self.items).await
    }

    /// The results as a stream, read as `R`. Items are read as far as results are polled, and some
    /// ahead; dropping the stream ends all calls.
    #[must_use]
    pub fn results<R: DeserializeOwned + Send + 'static>(self) -> Results<R> {
        self.indexed().map(|result| result.map(|(_, result)| result)).boxed()
    }

    /// As [`FMap::results`], each with the index of its item from 0.
    #[must_use]
    pub fn indexed<R: DeserializeOwned + Send + 'static>(self) -> Indexed<R> {
        let ends_at_error = self.what.on_error == OnError::Stop;
        let parts = self.runner.fmap(self.what, self.items);
        let results = parts.flat_map(|part| futures::stream::iter(typed(part)));
        let until_error = results.scan(false, move |is_over, result| {
            let next = (!*is_over).then_some(result);
            *is_over = ends_at_error && matches!(next, Some(Err(_)));
            std::future::ready(next)
        });
        until_error.boxed()
    }
}

fn typed<R: DeserializeOwned>(part: Result<Part, CodeError>) -> Vec<Result<(u64, R), CodeError>> {
    let part = match part {
        Ok(part) => part,
        Err(error) => return vec![Err(error)],
    };
    let results = (part.first_index..).zip(part.results()).map(|(index, result)| {
        let line = result.map_err(|error| CodeError::Item(error.clone()))?;
        let wanted = type_name::<R>();
        let result = serde_json::from_str(line);
        Ok((index, result.map_err(|source| CodeError::Read { index, wanted, source })?))
    });
    results.collect()
}

impl std::fmt::Debug for FMap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FMap").field("what", &self.what).finish_non_exhaustive()
    }
}
