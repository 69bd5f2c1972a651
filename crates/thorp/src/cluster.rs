//! A cluster as programs use it, the same from a node and from outside.

use std::sync::Arc;

use futures::Stream;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::code::{
    All, CodeError, Evaluation, FMap, Function, Loaded, Patch, Runner, Tasks, lines, lines_of,
};
use crate::desk::Desk;
use crate::{Counter, Lock, Map, Queue, Topic, Transaction};

/// A cluster, for a [`Node`](crate::Node) in this process and for a [`Client`](crate::Client)
/// alike.
///
/// A name is at most [`KEY_BYTES_MAX`](structures::limits::KEY_BYTES_MAX) long and stands for one
/// kind of structure; what is there under another kind is refused. Structures need not be made:
/// they are there with their first element.
///
/// ```no_run
/// use thorp::Cluster;
///
/// async fn visit(cluster: &impl Cluster) -> Result<i64, thorp::CounterError> {
///     cluster.counter("visits").add(1).await
/// }
/// ```
pub trait Cluster {
    /// What stands behind it.
    fn access(&self) -> Access;

    /// The map `name`, whose keys and values are kept as [`structures::typed`] says.
    fn map<K: Serialize, V: Serialize + DeserializeOwned>(
        &self,
        name: impl AsRef<[u8]>,
    ) -> Map<K, V> {
        Map::new(self.access().desk, name.as_ref())
    }

    /// The queue `name`.
    fn queue<T: Serialize + DeserializeOwned>(&self, name: impl AsRef<[u8]>) -> Queue<T> {
        Queue::new(self.access().desk, name.as_ref())
    }

    /// The topic `name`.
    fn topic<T: Serialize + DeserializeOwned>(&self, name: impl AsRef<[u8]>) -> Topic<T> {
        Topic::new(self.access().desk, name.as_ref())
    }

    /// The lock `name`.
    fn lock(&self, name: impl AsRef<[u8]>) -> Lock {
        Lock::new(self.access().desk, name.as_ref())
    }

    /// The counter `name`.
    fn counter(&self, name: impl AsRef<[u8]>) -> Counter {
        Counter::new(self.access().desk, name.as_ref())
    }

    /// Changes of several of these that are done together, or not at all.
    fn transaction(&self) -> Transaction {
        Transaction::new(self.access().desk)
    }

    /// Calls a function with each item, on all members that run code. Items travel as JSON.
    fn fmap<A: Serialize>(
        &self,
        function: Function,
        items: impl IntoIterator<Item = A, IntoIter: Send + 'static>,
    ) -> FMap {
        FMap::new(self.access().runner, function, lines(items.into_iter()))
    }

    /// As [`Cluster::fmap`], with items that come one after the other.
    fn fmap_stream<A: Serialize>(
        &self,
        function: Function,
        items: impl Stream<Item = A> + Send + 'static,
    ) -> FMap {
        FMap::new(self.access().runner, function, lines_of(items))
    }

    /// Calls a function with each of these keys of a map, where the key lives: the same key goes to
    /// the same member, whoever asks, as long as that member takes work; and to nobody else within
    /// one call, unless that member is lost. So what the function keeps in memory is there again.
    ///
    /// The function gets `[key, value]`, in Rust a pair, with `null` or `None` when there is no
    /// such entry; a value is what scripts see of it: JSON, or else a text. It is read when the
    /// function is called, and is at least as new as this call.
    ///
    /// ```no_run
    /// # use futures::TryStreamExt as _;
    /// # async fn example(cluster: &impl thorp::Cluster) -> Result<(), Box<dyn std::error::Error>> {
    /// let total = thorp::code::anonymous("([id, order]) => order.items.length * order.price")?;
    /// let totals = cluster.each(total, "orders", ["7", "8"]).results::<f64>();
    /// let totals: Vec<f64> = totals.try_collect().await?;
    /// # Ok(())
    /// # }
    /// ```
    fn each<K: Serialize>(
        &self,
        function: Function,
        map: impl Into<String>,
        keys: impl IntoIterator<Item = K, IntoIter: Send + 'static>,
    ) -> FMap {
        self.fmap(function, keys).keys_of(map.into())
    }

    /// Calls a function with `argument` once on every member that runs code.
    ///
    /// ```no_run
    /// # async fn example(cluster: &impl thorp::Cluster) -> Result<(), Box<dyn std::error::Error>> {
    /// let forget = thorp::code::native("cache.forget")?;
    /// for (member, forgotten) in cluster.all(forget, &"prices").results::<u64>().await? {
    ///     println!("{member}: {forgotten:?}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    fn all(&self, function: Function, argument: &impl Serialize) -> All {
        All::new(self.access().runner, function, argument)
    }

    /// The functions over items that all members drive, with what they cost so far.
    ///
    /// # Errors
    ///
    /// [`CodeError`] when nobody can be asked.
    fn tasks(&self) -> impl Future<Output = Result<Tasks, CodeError>> + Send {
        let runner = self.access().runner;
        async move { runner.tasks().await }
    }

    /// Evaluates JavaScript on every member that runs code; one answer of each within five
    /// seconds, also of those that cannot be reached.
    ///
    /// # Errors
    ///
    /// [`CodeError`] when the expression is too long, or nobody can be asked.
    fn eval(
        &self,
        expression: &str,
    ) -> impl Future<Output = Result<Vec<Evaluation>, CodeError>> + Send {
        let (runner, expression) = (self.access().runner, expression.to_owned());
        async move { runner.eval(&expression).await }
    }

    /// Makes the functions that `source` defines available on all members, now and later. `name`
    /// is for people, such as that of a file.
    ///
    /// # Errors
    ///
    /// [`CodeError`] when it does not load, or nothing can be agreed on; then nobody has it.
    fn load(
        &self,
        name: &str,
        source: &str,
    ) -> impl Future<Output = Result<Loaded, CodeError>> + Send {
        let (runner, name, source) = (self.access().runner, name.to_owned(), source.to_owned());
        async move { runner.load(&name, &source).await }
    }

    /// All that was loaded, in the order of its numbers.
    ///
    /// # Errors
    ///
    /// [`CodeError`] when nobody answers in time.
    fn patches(&self) -> impl Future<Output = Result<Vec<Patch>, CodeError>> + Send {
        let runner = self.access().runner;
        async move { runner.patches().await }
    }

    /// Removes all that was loaded behind number `to` from all members; 0 removes everything.
    ///
    /// # Errors
    ///
    /// [`CodeError`] when there is no such number, or nothing can be agreed on.
    fn roll_back(&self, to: u64) -> impl Future<Output = Result<Loaded, CodeError>> + Send {
        let runner = self.access().runner;
        async move { runner.roll_back(to).await }
    }
}

/// What stands behind a node or a client, for code that may not depend on which of them it is;
/// cheap to clone. It does not keep a node running.
#[derive(Debug, Clone)]
pub struct Access {
    pub desk: Arc<dyn Desk>,
    pub runner: Arc<dyn Runner>,
}

impl Cluster for Access {
    fn access(&self) -> Access {
        self.clone()
    }
}
