//! A function over many items, on all members that run code.
//!
//! Items are JSON lines. They are cut into chunks (`cutter`) that take about
//! [`limits::CHUNK_MS`](crate::limits::CHUNK_MS) each, by what the items of a member cost before.
//! What goes where, what is sent again and what is given out is decided in `plan`, without any I/O;
//! `drive` asks the members and reads the items.
//!
//! The stream drives itself: nothing happens unless it is polled, and dropping it ends all calls.

mod cutter;
mod drive;
mod plan;
mod round;

use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use futures::{Stream, StreamExt};

use super::{FMapError, Function, Tasks};
use drive::Drive;

/// What is to be done with each item.
#[derive(Debug, Clone)]
pub struct FMap {
    pub function: Function,
    /// The map of which the items are keys: the function gets `[key, value]`, on the member where
    /// the key lives.
    pub keys_of: Option<String>,
    pub order: Order,
    pub on_error: OnError,
    /// How long all items may take together.
    pub deadline: Option<Duration>,
}

/// In which order results come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Order {
    /// As the items came.
    #[default]
    Input,
    /// As they are done.
    Done,
}

/// What an item means that fails.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OnError {
    /// The results end with [`FMapError::Item`].
    #[default]
    Stop,
    /// The error is the result of the item.
    Collect,
}

/// Results of some items that follow each other in the input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Of the first item, from 0.
    pub first_index: u64,
    /// How many items have their result here.
    pub items: u64,
    /// One JSON value and `\n` per item; the line of an item that failed is empty.
    pub lines: String,
    /// Those that failed, by index.
    pub errors: Vec<ItemError>,
}

/// Why an item has no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("item {index}, `{item}`, failed: {text}")]
pub struct ItemError {
    pub index: u64,
    /// How the item begins.
    pub item: String,
    pub text: String,
}

/// The results of all items; after an error there is nothing more, however often it is asked.
pub type Parts = Pin<Box<dyn Stream<Item = Result<Part, FMapError>> + Send>>;

impl FMap {
    /// Calls `function` with each item; results come in the order of the items, and the first item
    /// that fails ends them.
    #[must_use]
    pub fn new(function: impl Into<Function>) -> Self {
        let function = function.into();
        let (order, on_error) = (Order::Input, OnError::Stop);
        Self { function, keys_of: None, order, on_error, deadline: None }
    }

    /// Calls `function` with the keys of `map` that are the items, and their values.
    #[must_use]
    pub fn each(function: impl Into<Function>, map: impl Into<String>) -> Self {
        Self { keys_of: Some(map.into()), ..Self::new(function) }
    }
}

impl Part {
    /// The result of each item.
    pub fn results(&self) -> impl Iterator<Item = Result<&str, &ItemError>> {
        let mut errors = self.errors.iter().peekable();
        (self.first_index..).zip(self.lines.split_terminator('\n')).map(move |(index, line)| {
            errors.next_if(|error| error.index == index).map_or(Ok(line), Err)
        })
    }
}

impl Tasks {
    /// Calls a function with each item of `input`, on all members that run code, and gives each
    /// result once. `input` is text in pieces of any size: one JSON value per line; lines without
    /// anything are no items.
    ///
    /// A function is called again for an item when the member that had it is lost or slow.
    pub fn fmap<I>(&self, what: FMap, input: I) -> Parts
    where
        I: Stream<Item = std::io::Result<Bytes>> + Send + Unpin + 'static,
    {
        let drive = Drive::new(self.clone(), what, input.boxed());
        let parts = futures::stream::unfold(drive, |mut drive| async move {
            let part = drive.next().await?;
            Some((part, drive))
        });
        Box::pin(parts.fuse())
    }
}
