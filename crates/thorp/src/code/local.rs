//! Code that a node of this process drives.

use std::time::Duration;

use control::tasks;
use futures::{StreamExt as _, TryStreamExt as _};
use state::Pending;

use super::{CodeError, Evaluation, Function, Items, Loaded, Parts, Patch, Runner, Tasks};
use crate::node::now::Seen;

/// Runs code by a node.
#[derive(Debug)]
pub(crate) struct Local {
    seen: Seen,
}

impl Local {
    pub(crate) fn new(seen: Seen) -> Self {
        Self { seen }
    }

    /// What drives code at present.
    fn code(&self) -> tasks::Tasks {
        self.seen.now().code
    }
}

impl Runner for Local {
    fn fmap(&self, what: tasks::FMap, items: Items) -> Parts {
        self.code().fmap(what, items).map_err(CodeError::from).boxed()
    }

    fn detach(&self, what: tasks::FMap, items: Items) -> Pending<'_, Result<(), CodeError>> {
        Box::pin(async move { Ok(self.code().detach(what, items)?) })
    }

    fn all<'a>(
        &'a self,
        function: &'a Function,
        argument: &'a str,
        within: Duration,
    ) -> Pending<'a, Result<Vec<Evaluation>, CodeError>> {
        Box::pin(async move {
            let members = self.code().all(function.clone(), argument, within).await?;
            Ok(members.into_iter().map(Evaluation::from).collect())
        })
    }

    fn tasks(&self) -> Pending<'_, Result<Tasks, CodeError>> {
        Box::pin(async move { Ok(self.code().list_all().await.into()) })
    }

    fn eval<'a>(&'a self, expression: &'a str) -> Pending<'a, Result<Vec<Evaluation>, CodeError>> {
        Box::pin(async move {
            let members = self.code().eval(expression).await?;
            Ok(members.into_iter().map(Evaluation::from).collect())
        })
    }

    fn load<'a>(
        &'a self,
        name: &'a str,
        source: &'a str,
    ) -> Pending<'a, Result<Loaded, CodeError>> {
        Box::pin(async move { Ok(self.code().load(name, source).await?.into()) })
    }

    fn patches(&self) -> Pending<'_, Result<Vec<Patch>, CodeError>> {
        Box::pin(async move {
            let patches = self.code().patches().await?;
            Ok(patches.into_iter().map(Patch::from).collect())
        })
    }

    fn roll_back(&self, to: u64) -> Pending<'_, Result<Loaded, CodeError>> {
        Box::pin(async move { Ok(self.code().roll_back(to).await?.into()) })
    }
}
