//! Code that runs on the members: functions over many items, expressions, what is loaded.

mod all;
mod error;
mod fmap;
mod items;
mod local;

use std::fmt::Debug;
use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use control::tasks;
use futures::Stream;
use model::Json;
use runtime::javascript::{self, Anonymous, Name};
use serde::Serialize;
use state::Pending;

pub use all::All;
pub use control::tasks::{Function, ItemError, Native, Part};
pub use error::CodeError;
pub use fmap::{FMap, Indexed, Results};
pub use gateway::https::body::task::{Evaluation, Failure, Loaded, Patch, Task, Tasks};
pub(crate) use items::{lines, lines_of};
pub(crate) use local::Local;
pub use runtime::javascript::FunctionError;

/// Items as lines of JSON, in pieces of any size.
pub type Items = Pin<Box<dyn Stream<Item = std::io::Result<Bytes>> + Send>>;

/// Results of items, some at a time; after an error there is nothing more.
pub type Parts = Pin<Box<dyn Stream<Item = Result<Part, CodeError>> + Send>>;

/// Where code is run: by a node of this process, or by a cluster that is asked from outside.
pub trait Runner: Debug + Send + Sync {
    /// Does `what` with each item.
    fn fmap(&self, what: tasks::FMap, items: Items) -> Parts;

    /// Does `what` with each item and drops the results; returns when the items are where they
    /// are driven.
    fn detach(&self, what: tasks::FMap, items: Items) -> Pending<'_, Result<(), CodeError>>;

    /// Calls a function with `argument`, a line of JSON, on every member.
    fn all<'a>(
        &'a self,
        function: &'a Function,
        argument: &'a str,
        within: Duration,
    ) -> Pending<'a, Result<Vec<Evaluation>, CodeError>>;

    /// What runs on all members.
    fn tasks(&self) -> Pending<'_, Result<Tasks, CodeError>>;

    /// Evaluates an expression on every member.
    fn eval<'a>(&'a self, expression: &'a str) -> Pending<'a, Result<Vec<Evaluation>, CodeError>>;

    /// Makes a source available on all members.
    fn load<'a>(&'a self, name: &'a str, source: &'a str)
    -> Pending<'a, Result<Loaded, CodeError>>;

    /// All that was loaded.
    fn patches(&self) -> Pending<'_, Result<Vec<Patch>, CodeError>>;

    /// Removes what was loaded behind number `to`.
    fn roll_back(&self, to: u64) -> Pending<'_, Result<Loaded, CodeError>>;
}

/// A function that was loaded, by its name: `resize`, or `image.resize`.
///
/// # Errors
///
/// [`FunctionError`] when the name is not made of identifiers and dots.
pub fn named(name: &str) -> Result<Function, FunctionError> {
    Name::new(name).map(|name| javascript::Function::Named(name).into())
}

/// A function in Rust, by the name under which programs registered it on the nodes that they embed
/// ([`Builder::function`](crate::node::Builder::function)). It runs on those members alone.
///
/// # Errors
///
/// [`FunctionError`] when the name is not made of identifiers and dots.
pub fn native(name: &str) -> Result<Function, FunctionError> {
    Name::new(name).map(Function::Native)
}

/// A function by its source, one expression such as `x => x * 2`.
///
/// # Errors
///
/// [`FunctionError`] when the source is too long.
pub fn anonymous(source: &str) -> Result<Function, FunctionError> {
    script(source, &model::Map::new())
}

/// As [`anonymous`], with a value for each name in it that it does not define itself: the fields
/// of `captured`, which is a struct or a map. It travels to each member once.
///
/// # Errors
///
/// [`FunctionError`] when something is too long, or `captured` has no fields.
///
/// ```
/// use std::collections::BTreeMap;
///
/// let triple = thorp::code::capturing("x => x * factor", &BTreeMap::from([("factor", 3)]));
/// assert!(triple.is_ok());
/// ```
pub fn capturing(source: &str, captured: &impl Serialize) -> Result<Function, FunctionError> {
    match serde_json::to_value(captured) {
        Ok(Json::Object(captured)) => script(source, &captured),
        _ => Err(FunctionError::Captured),
    }
}

fn script(source: &str, captured: &model::Map) -> Result<Function, FunctionError> {
    Anonymous::new(source, captured).map(|script| javascript::Function::Anonymous(script).into())
}
