//! Code that a node of this process drives.

use std::time::Duration;

use control::tasks::{self, Tasks};
use futures::{StreamExt as _, TryStreamExt as _};
use state::Pending;

use super::{CodeError, Evaluation, Function, Items, Loaded, Parts, Patch, Runner};

impl Runner for Tasks {
    fn fmap(&self, what: tasks::FMap, items: Items) -> Parts {
        Self::fmap(self, what, items).map_err(CodeError::from).boxed()
    }

    fn detach(&self, what: tasks::FMap, items: Items) -> Pending<'_, Result<(), CodeError>> {
        Box::pin(async move { Ok(Self::detach(self, what, items)?) })
    }

    fn all<'a>(
        &'a self,
        function: &'a Function,
        argument: &'a str,
        within: Duration,
    ) -> Pending<'a, Result<Vec<Evaluation>, CodeError>> {
        Box::pin(async move {
            let members = Self::all(self, function.clone(), argument, within).await?;
            Ok(members.into_iter().map(Evaluation::from).collect())
        })
    }

    fn tasks(&self) -> Pending<'_, Result<super::Tasks, CodeError>> {
        Box::pin(async move { Ok(self.list_all().await.into()) })
    }

    fn eval<'a>(&'a self, expression: &'a str) -> Pending<'a, Result<Vec<Evaluation>, CodeError>> {
        Box::pin(async move {
            let members = Self::eval(self, expression).await?;
            Ok(members.into_iter().map(Evaluation::from).collect())
        })
    }

    fn load<'a>(
        &'a self,
        name: &'a str,
        source: &'a str,
    ) -> Pending<'a, Result<Loaded, CodeError>> {
        Box::pin(async move { Ok(Self::load(self, name, source).await?.into()) })
    }

    fn patches(&self) -> Pending<'_, Result<Vec<Patch>, CodeError>> {
        Box::pin(async move {
            let patches = Self::patches(self).await?;
            Ok(patches.into_iter().map(Patch::from).collect())
        })
    }

    fn roll_back(&self, to: u64) -> Pending<'_, Result<Loaded, CodeError>> {
        Box::pin(async move { Ok(Self::roll_back(self, to).await?.into()) })
    }
}
