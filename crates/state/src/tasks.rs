//! Background work, by name; it ends with its owner.

use std::future::Future;
use std::sync::Mutex;

use tokio::task::JoinSet;

#[derive(Debug, Default)]
pub(crate) struct Tasks(Mutex<(JoinSet<()>, Vec<&'static str>)>);

impl Tasks {
    pub(crate) fn spawn(
        &self,
        name: &'static str,
        work: impl Future<Output = ()> + Send + 'static,
    ) {
        let mut tasks = self.0.lock().expect("no task panics while it holds the list");
        tasks.0.spawn(work);
        tasks.1.push(name);
    }

    pub(crate) fn names(&self) -> Vec<&'static str> {
        self.0.lock().expect("no task panics while it holds the list").1.clone()
    }

    /// Ends all work and waits until it has ended.
    pub(crate) async fn end(&self) {
        let mut set = {
            let mut tasks = self.0.lock().expect("no task panics while it holds the list");
            tasks.1.clear();
            std::mem::take(&mut tasks.0)
        };
        set.shutdown().await;
    }
}
