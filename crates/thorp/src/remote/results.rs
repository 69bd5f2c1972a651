//! The results of a function over items as they arrive: lines that say what follows, and what
//! follows.

use bytes::BytesMut;
use control::tasks::{ItemError, Part};
use gateway::https::body::task as body;
use reqwest::Response;

use super::error::CallError;
use crate::limits;

/// The answer of a node, read part by part.
#[derive(Debug)]
pub(super) struct Results {
    url: String,
    response: Response,
    /// What arrived and was not used.
    arrived: BytesMut,
}

impl Results {
    pub(super) fn new(url: String, response: Response) -> Self {
        Self { url, response, arrived: BytesMut::new() }
    }

    /// The next results; none after the last ones.
    pub(super) async fn part(&mut self) -> Result<Option<Part>, CallError> {
        let head = self.lines(1).await?;
        let head = serde_json::from_str(&head)
            .map_err(|source| CallError::Json { url: self.url.clone(), source })?;
        let part = match head {
            body::Head::Part(part) => part,
            body::Head::End(_) => return Ok(None),
            body::Head::Problem(problem) => return Err(CallError::Refused(Box::new(problem))),
        };
        let errors = part.errors.into_iter().map(|error| {
            let body::ItemError { index, item, text } = error;
            ItemError { index, item, text }
        });
        let (first_index, items, errors) = (part.first, part.items, errors.collect());
        Ok(Some(Part { first_index, items, lines: self.lines(items).await?, errors }))
    }

    /// So many lines with their ends.
    async fn lines(&mut self, count: u64) -> Result<String, CallError> {
        let (mut left, mut searched) = (count, 0);
        loop {
            let rest = self.arrived.get(searched..).unwrap_or_default();
            let mut ends = rest.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
            while left > 0
                && let Some((place, _)) = ends.next()
            {
                left -= 1;
                if left == 0 {
                    searched += place + 1;
                }
            }
            if left == 0 {
                let lines = self.arrived.split_to(searched);
                return String::from_utf8(lines.into()).map_err(|_| self.cut_off(None));
            }
            searched = self.arrived.len();
            if searched > limits::RESULTS_BYTES_MAX {
                let bytes_max = limits::RESULTS_BYTES_MAX;
                return Err(CallError::Long { url: self.url.clone(), bytes_max });
            }
            match self.response.chunk().await {
                Ok(Some(chunk)) => self.arrived.extend_from_slice(&chunk),
                Ok(None) => return Err(self.cut_off(None)),
                Err(source) => return Err(self.cut_off(Some(source))),
            }
        }
    }

    fn cut_off(&self, source: Option<reqwest::Error>) -> CallError {
        CallError::CutOff { url: self.url.clone(), source }
    }
}
