//! What runs on all members.

use std::time::Duration;

use futures::future::join_all;

use super::message::{Answer, Request};
use super::{Task, Tasks};
use crate::limits;

/// What runs, and who did not say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listed {
    /// The name of the member that drives a task, and the task.
    pub tasks: Vec<(String, Task)>,
    /// Members that did not answer.
    pub silent: Vec<String>,
}

impl Tasks {
    /// What all members have under way, as far as they answer.
    pub async fn list_all(&self) -> Listed {
        let timeout = Duration::from_millis(limits::LIST_MS_MAX);
        let asked = self.crew.mates().into_iter().map(|mate| async move {
            let asked = self.crew.ask(&mate, Request::Tasks, timeout);
            (tokio::time::timeout(timeout, asked).await, mate.name)
        });
        let mut listed = Listed::default();
        for (asked, name) in join_all(asked).await {
            match asked {
                Ok(Ok(Answer::Tasks(tasks))) => {
                    listed.tasks.extend(tasks.into_iter().map(|task| (name.clone(), task)));
                }
                _ => listed.silent.push(name),
            }
        }
        listed
    }
}
