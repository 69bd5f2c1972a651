//! Code that a node of the cluster drives, asked from outside.

use std::time::Duration;

use bytes::Bytes;
use control::tasks::{FMap, Function, OnError, Order};
use futures::StreamExt as _;
use gateway::https::body::task as body;
use runtime::javascript;
use serde::Serialize;
use serde::de::DeserializeOwned;
use state::Pending;

use super::desk::Remote;
use super::doors::{Sent, Time};
use super::error::CallError;
use super::results::Results;
use crate::code::{CodeError, Evaluation, Items, Loaded, Parts, Patch, Runner, Tasks};
use crate::limits;

impl Remote {
    async fn ask_for<T: DeserializeOwned>(&self, sent: Sent<'_>) -> Result<T, CodeError> {
        self.ask_in(Time { within: limits::CALL, wait: None }, sent).await
    }

    async fn ask_in<T: DeserializeOwned>(
        &self,
        time: Time,
        sent: Sent<'_>,
    ) -> Result<T, CodeError> {
        let bytes = self.doors.call(time, &sent).await?.bytes;
        Ok(serde_json::from_slice(&bytes)
            .map_err(|source| CallError::Json { url: self.doors.first(), source })?)
    }

    /// Begins to send items, and gives what comes back.
    async fn begin(&self, what: &FMap, items: Items, detach: bool) -> Result<Results, CodeError> {
        // Items cannot be sent again, so somebody must be there.
        self.find_door().await?;
        let (url, response) = self.doors.stream("fmap", &query(what, detach), items).await?;
        Ok(Results::new(url, response))
    }
}

/// What a route takes for what is to be done.
fn query(what: &FMap, detach: bool) -> body::FMapQuery {
    body::FMapQuery {
        keys_of: what.keys_of.clone(),
        order: match what.order {
            Order::Input => body::Order::Input,
            Order::Done => body::Order::Done,
        },
        on_error: match what.on_error {
            OnError::Stop => body::OnError::Stop,
            OnError::Collect => body::OnError::Collect,
        },
        deadline_ms: what
            .deadline
            .map(|deadline| u64::try_from(deadline.as_millis()).unwrap_or(u64::MAX)),
        detach,
        ..called(&what.function)
    }
}

/// How a function is said.
fn called(function: &Function) -> body::FMapQuery {
    match function {
        Function::Native(name) => {
            body::FMapQuery { native: Some(name.as_str().to_owned()), ..Default::default() }
        }
        Function::Script(javascript::Function::Named(name)) => {
            body::FMapQuery { function: Some(name.as_str().to_owned()), ..Default::default() }
        }
        Function::Script(javascript::Function::Anonymous(function)) => body::FMapQuery {
            source: Some(function.source().to_owned()),
            captured: Some(function.captured().to_owned()),
            ..Default::default()
        },
    }
}

fn json(body: &impl Serialize) -> Bytes {
    serde_json::to_vec(body).expect("bodies have texts as keys").into()
}

/// How far a stream of results is.
enum Place {
    Before(FMap, Items),
    Within(Results),
    Behind,
}

impl Runner for Remote {
    fn fmap(&self, what: FMap, items: Items) -> Parts {
        let remote = self.clone();
        let parts = futures::stream::unfold(Place::Before(what, items), move |place| {
            let remote = remote.clone();
            async move {
                let mut results = match place {
                    Place::Before(what, items) => match remote.begin(&what, items, false).await {
                        Ok(results) => results,
                        Err(error) => return Some((Err(error), Place::Behind)),
                    },
                    Place::Within(results) => results,
                    Place::Behind => return None,
                };
                match results.part().await {
                    Ok(Some(part)) => Some((Ok(part), Place::Within(results))),
                    Ok(None) => None,
                    Err(error) => Some((Err(error.into()), Place::Behind)),
                }
            }
        });
        parts.boxed()
    }

    fn detach(&self, what: FMap, items: Items) -> Pending<'_, Result<(), CodeError>> {
        Box::pin(async move {
            let mut results = self.begin(&what, items, true).await?;
            // There is nothing but the end.
            while results.part().await?.is_some() {}
            Ok(())
        })
    }

    fn all<'a>(
        &'a self,
        function: &'a Function,
        argument: &'a str,
        within: Duration,
    ) -> Pending<'a, Result<Vec<Evaluation>, CodeError>> {
        Box::pin(async move {
            let body::FMapQuery { function, source, captured, native, .. } = called(function);
            let within_ms = Some(u64::try_from(within.as_millis()).unwrap_or(u64::MAX));
            let argument = serde_json::from_str(argument).map_err(CodeError::Argument)?;
            let call = body::MemberCall { function, source, captured, native, argument, within_ms };
            let time = Time { within: limits::CALL, wait: Some(within) };
            let told: body::Evaluations =
                self.ask_in(time, Sent::json("calls", json(&call))).await?;
            Ok(told.members)
        })
    }

    fn tasks(&self) -> Pending<'_, Result<Tasks, CodeError>> {
        Box::pin(self.ask_for(Sent::nothing("tasks")))
    }

    fn eval<'a>(&'a self, expression: &'a str) -> Pending<'a, Result<Vec<Evaluation>, CodeError>> {
        Box::pin(async move {
            let body = json(&body::Expression { expression: expression.to_owned() });
            let told: body::Evaluations = self.ask_for(Sent::json("evaluations", body)).await?;
            Ok(told.members)
        })
    }

    fn load<'a>(
        &'a self,
        name: &'a str,
        source: &'a str,
    ) -> Pending<'a, Result<Loaded, CodeError>> {
        Box::pin(async move {
            let source = Bytes::copy_from_slice(source.as_bytes());
            let sent = Sent::octets("patches", source).with("name", name);
            self.ask_for(sent).await
        })
    }

    fn patches(&self) -> Pending<'_, Result<Vec<Patch>, CodeError>> {
        Box::pin(async move {
            let told: body::Patches = self.ask_for(Sent::nothing("patches")).await?;
            Ok(told.patches)
        })
    }

    fn roll_back(&self, to: u64) -> Pending<'_, Result<Loaded, CodeError>> {
        Box::pin(async move {
            let body = json(&body::RollBack { to });
            self.ask_for(Sent::json("patches/rollback", body)).await
        })
    }
}
