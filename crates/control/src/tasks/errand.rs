//! One chunk to one member, and back.

use std::sync::Arc;
use std::time::Duration;

use net::transport::Refusal;

use super::crew::{AskError, Crew, Mate};
use super::message::{Answer, Chunk, Each, Items, Request};
use super::{Function, functions};

/// What a call needs.
pub(super) struct Errand {
    pub crew: Arc<Crew>,
    pub mate: Mate,
    pub function: Function,
    /// Whether the member shall do it although it is drained.
    pub insists: bool,
    /// The map of which the items are keys.
    pub keys_of: Option<String>,
    /// With the function as it is first sent.
    pub chunk: Chunk,
    pub timeout: Duration,
}

impl Errand {
    pub(super) async fn run(self) -> Result<Items, Refusal> {
        let timeout = self.timeout;
        let asked = async {
            let asked = self.ask(self.chunk.clone()).await?;
            if asked != Answer::FunctionUnknown {
                return Ok(asked);
            }
            let function = functions::whole(&self.function);
            self.ask(Chunk { function, ..self.chunk.clone() }).await
        };
        match tokio::time::timeout(timeout, asked).await {
            Ok(Ok(Answer::Items(items))) => Ok(items),
            Ok(Ok(_)) => Err(self.mate.strange()),
            Ok(Err(refusal)) => Err(refusal),
            Err(_) => Err(self.mate.late(timeout)),
        }
    }

    async fn ask(&self, chunk: Chunk) -> Result<Answer, Refusal> {
        let request = match (&self.keys_of, self.insists) {
            (Some(map), insists) => Request::Each(Each { map: map.clone(), insists, chunk }),
            (None, true) => Request::Insist(chunk),
            (None, false) => Request::Chunk(chunk),
        };
        let asked = self.crew.ask(&self.mate, request, self.timeout).await;
        asked.map_err(AskError::refusal)
    }
}
