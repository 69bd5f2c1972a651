//! The results of `thorp fmap` as they arrive: lines that say what follows, and what follows.

use std::io::Write;
use std::ops::Range;

use bytes::{Bytes, BytesMut};
use gateway::https::body::task::{Head, ItemError};
use reqwest::Response;
use serde_json::json;

use crate::client::ClientError;

/// Bytes of the longest line that is no result: a part in which every item failed.
const HEAD_BYTES_MAX: usize = 64 * 1024 * 1024;

/// The answer of a node, read line by line.
#[derive(Debug)]
pub(super) struct Results {
    response: Response,
    url: String,
    /// What arrived and was not used.
    arrived: BytesMut,
}

/// Why there are no more results.
#[derive(Debug, thiserror::Error)]
pub(super) enum ResultsError {
    #[error("the results of `{url}` were cut off")]
    CutOff { url: String, source: Option<reqwest::Error> },
    #[error("`{url}` sent a line of more than {HEAD_BYTES_MAX} bytes that is no result")]
    Long { url: String },
}

impl Results {
    pub(super) fn new(response: Response, url: &str) -> Self {
        Self { response, url: url.to_owned(), arrived: BytesMut::new() }
    }

    /// What comes next.
    pub(super) async fn head(&mut self) -> anyhow::Result<Head> {
        let line = self.line().await?;
        let url = || self.url.clone();
        Ok(serde_json::from_slice(&line)
            .map_err(|source| ClientError::Answer { url: url(), source })?)
    }

    /// Writes so many lines as they are.
    pub(super) async fn copy(&mut self, lines: u64, out: &mut impl Write) -> anyhow::Result<()> {
        let mut left = lines;
        while left > 0 {
            if self.arrived.is_empty() {
                self.more().await?;
            }
            let mut ends = self.arrived.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
            let mut end = self.arrived.len();
            for (place, _) in ends.by_ref() {
                left -= 1;
                if left == 0 {
                    end = place + 1;
                    break;
                }
            }
            out.write_all(&self.arrived.split_to(end))?;
        }
        Ok(())
    }

    /// Writes lines of which some are errors.
    pub(super) async fn copy_mixed(
        &mut self,
        indexes: Range<u64>,
        errors: Vec<ItemError>,
        out: &mut impl Write,
    ) -> anyhow::Result<()> {
        let mut errors = errors.into_iter().peekable();
        for index in indexes {
            let line = self.line().await?;
            match errors.next_if(|error| error.index == index) {
                None => out.write_all(&line)?,
                Some(ItemError { index, item, text }) => {
                    eprintln!("item {index}, `{item}`, failed: {text}");
                    writeln!(out, "{}", json!({ "error": { "index": index, "text": text } }))?;
                }
            }
        }
        Ok(())
    }

    /// The next line with its end.
    async fn line(&mut self) -> Result<Bytes, ResultsError> {
        let mut searched = 0;
        loop {
            let rest = self.arrived.get(searched..).unwrap_or_default();
            if let Some(place) = rest.iter().position(|byte| *byte == b'\n') {
                return Ok(self.arrived.split_to(searched + place + 1).freeze());
            }
            searched = self.arrived.len();
            if searched > HEAD_BYTES_MAX {
                return Err(ResultsError::Long { url: self.url.clone() });
            }
            self.more().await?;
        }
    }

    async fn more(&mut self) -> Result<(), ResultsError> {
        let url = || self.url.clone();
        match self.response.chunk().await {
            Ok(Some(chunk)) => self.arrived.extend_from_slice(&chunk),
            Ok(None) => return Err(ResultsError::CutOff { url: url(), source: None }),
            Err(source) => {
                return Err(ResultsError::CutOff { url: url(), source: Some(source) });
            }
        }
        Ok(())
    }
}
