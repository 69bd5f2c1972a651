//! Lets other members give work to this one.

use std::sync::Arc;

use bytes::Bytes;
use net::identity::PeerId;
use net::transport::{Answer, Pending, Refusal};

use super::error::WorkError;
use super::message::{self, Request};
use super::worker::Worker;

/// Answers the calls of other members.
#[derive(Debug)]
pub(super) struct PeerService(Arc<Worker>);

impl PeerService {
    pub(super) fn new(worker: Arc<Worker>) -> Self {
        Self(worker)
    }
}

impl Answer for PeerService {
    fn answer(&self, _: PeerId, request: Bytes) -> Pending<'_, Result<Bytes, Refusal>> {
        Box::pin(async move {
            let request: Request = message::decode(&request)
                .map_err(|error| Refusal::of(&WorkError::Message(error)))?;
            let answer = self.0.answer(request).await?;
            Ok(message::encode(&answer))
        })
    }
}
