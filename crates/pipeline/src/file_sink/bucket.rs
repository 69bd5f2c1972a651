//! A place in an object store as the target of a file sink.

use std::fs::File;
use std::io::{self, Seek, Write};
use std::path::Path;

use model::Json;
use store::location::Location;
use store::stop::Stop;
use store::upload::{S3Upload, SentObject};

use super::kept;
use super::target::Target;
use crate::commit::{Cause, Phase, Prepared};
use crate::context::Context;
use crate::error::StepError;

/// Sends files to a bucket; they appear when the run commits, the descriptor last.
#[derive(Debug)]
pub struct Bucket {
    /// `s3://bucket/prefix`, without a slash at the end.
    address: String,
    stop: Stop,
    ctx: Context,
    /// The file that was begun last, until its path is known.
    file: Option<File>,
    sent: Vec<SentObject>,
}

impl Bucket {
    /// A target at `address`.
    pub fn new(address: &str, ctx: &Context) -> Self {
        Self {
            address: address.trim_end_matches('/').to_owned(),
            stop: ctx.stop.clone(),
            ctx: ctx.clone(),
            file: None,
            sent: Vec::new(),
        }
    }

    fn send(&mut self, path: &str, mut file: File) -> Result<(), Cause> {
        store::location::check_relative(path)?;
        let address = format!("{}/{path}", self.address);
        let Location::S3(object) = Location::parse(&address, Path::new(""))? else {
            return Err(format!("`{address}` is no place in a bucket").into());
        };
        let mut upload = S3Upload::start(&object, &self.stop)?;
        self.ctx.ledger.note(Phase::Objects, serde_json::to_value([upload.record()])?)?;
        file.rewind()?;
        io::copy(&mut file, &mut upload)?;
        self.sent.push(upload.finish()?);
        Ok(())
    }
}

impl Target for Bucket {
    fn create(&mut self, _: &str) -> Result<Box<dyn Write + Send>, StepError> {
        let (kept, written) = kept::file()?;
        self.file = Some(kept);
        Ok(written)
    }

    fn place(&mut self, path: &str) -> Result<(), StepError> {
        let Some(file) = self.file.take() else { return Ok(()) };
        self.send(path, file).map_err(|error| StepError::outside(format!("send `{path}`"), error))
    }

    fn prepare(self: Box<Self>) -> Result<Box<dyn Prepared>, StepError> {
        Ok(Box::new(Sent(self.sent)))
    }

    fn descriptor_url(&self) -> Option<String> {
        Some(format!("{}/datapackage.json", self.address))
    }
}

/// Objects that wait to be completed, the descriptor last as it was sent last.
#[derive(Debug)]
struct Sent(Vec<SentObject>);

impl Prepared for Sent {
    fn phase(&self) -> Phase {
        Phase::Objects
    }

    fn record(&self) -> Json {
        serde_json::to_value(&self.0).unwrap_or_default()
    }

    fn commit(self: Box<Self>) -> Result<(), Cause> {
        self.0.iter().try_for_each(|object| object.complete(&Stop::default())).map_err(Cause::from)
    }

    fn rollback(self: Box<Self>) {
        for object in &self.0 {
            if let Err(error) = object.abort(&Stop::default()) {
                tracing::warn!(%error, "upload not removed");
            }
        }
    }
}
