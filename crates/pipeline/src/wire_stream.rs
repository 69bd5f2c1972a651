//! The processor protocol of datapackage-pipelines over a pair of byte streams.
//!
//! Line 1 is the map of dependencies, line 2 the descriptor; then an empty line before the rows
//! of each streaming resource, an empty line, and the stats. The line end after the stats says
//! that the sender has finished for good.

use std::io::{self, BufRead, Read, Write};
use std::sync::Arc;

use model::fault::{Fault, Kind};
use model::package::Package;
use model::python::{self, Style};
use model::{Json, Map};
use tabular::Batch;
use tabular::limits::BATCH_ROWS_MAX;
use tabular::wire::{DecodeError, Decoder, Encoder};

use crate::context::Stats;
use crate::error::StepError;
use crate::limits::WIRE_LINE_BYTES_MAX;
use crate::processor::{Output, field_names};

/// Writes a package to a stream.
#[derive(Debug)]
pub struct WireWriter<W> {
    out: W,
    encoder: Encoder,
    text: String,
}

impl<W: Write> WireWriter<W> {
    /// A writer to `out`.
    pub fn new(out: W) -> Self {
        Self { out, encoder: Encoder::default(), text: String::new() }
    }

    /// Writes the map of dependencies and the descriptor.
    ///
    /// # Errors
    ///
    /// When the stream does not take the bytes.
    pub fn header(&mut self, dependencies: &Json, package: &Package) -> Result<(), StepError> {
        let descriptor = Json::Object(package.descriptor.clone());
        let dependencies = python::dumps(dependencies, Style::WIRE);
        let descriptor = python::dumps(&descriptor, Style::WIRE);
        writeln!(self.out, "{dependencies}\n{descriptor}")
            .and_then(|()| self.out.flush())
            .map_err(sent)
    }

    /// Writes the empty line and the stats, and the line end that says that all is done.
    ///
    /// # Errors
    ///
    /// As [`WireWriter::header`].
    pub fn stats(&mut self, stats: &Stats) -> Result<(), StepError> {
        let stats = python::dumps(&Json::Object(stats.clone()), Style::WIRE);
        writeln!(self.out, "\n{stats}").and_then(|()| self.out.flush()).map_err(sent)
    }
}

impl<W> WireWriter<W> {
    /// The stream that was written to.
    pub fn into_inner(self) -> W {
        self.out
    }
}

impl<W: Write> Output for WireWriter<W> {
    fn open(&mut self, _: &str) -> Result<(), StepError> {
        self.out.write_all(b"\n").map_err(sent)
    }

    fn rows(&mut self, batch: Batch) -> Result<(), StepError> {
        self.text.clear();
        self.encoder.encode(&batch, &mut self.text);
        self.out.write_all(self.text.as_bytes()).map_err(sent)
    }

    fn close(&mut self) -> Result<(), StepError> {
        Ok(())
    }
}

fn sent(error: io::Error) -> StepError {
    StepError::io("write to the next step", error)
}

/// Reads a package from a stream.
#[derive(Debug)]
pub struct WireReader<R> {
    input: R,
    line: Vec<u8>,
}

/// Why a stream is not the protocol.
#[derive(Debug, thiserror::Error)]
pub enum ProtocolError {
    #[error("it ended early and gave no {what}")]
    Missing { what: &'static str },
    #[error("the {what} is not JSON; a `print` to standard output does that: `{found}`")]
    NotJson { what: &'static str, found: String },
    #[error("a line has no end within {max} bytes")]
    LongLine { max: u64 },
    #[error("resource `{resource}`")]
    Row { resource: String, source: DecodeError },
}

impl Fault for ProtocolError {
    fn code(&self) -> &'static str {
        match self {
            Self::Missing { .. } | Self::NotJson { .. } | Self::LongLine { .. } => "WIRE_INVALID",
            Self::Row { source, .. } => source.code(),
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Missing { .. } | Self::NotJson { .. } => Kind::Invalid,
            Self::LongLine { .. } => Kind::Limit,
            Self::Row { source, .. } => source.kind(),
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::NotJson { .. } => Some("write messages to standard error".into()),
            Self::LongLine { .. } => Some("write one row a line".into()),
            Self::Missing { .. } => Some("look at the messages of that step".into()),
            Self::Row { source, .. } => source.help(),
        }
    }
}

impl<R: BufRead> WireReader<R> {
    /// A reader of `input`.
    pub fn new(input: R) -> Self {
        Self { input, line: Vec::new() }
    }

    /// Reads the map of dependencies and the descriptor.
    ///
    /// # Errors
    ///
    /// When the stream ends early or holds something else.
    pub fn header(&mut self) -> Result<(Json, Package), StepError> {
        let dependencies = self.json_line("map of dependencies")?;
        match self.json_line("descriptor")? {
            Json::Object(descriptor) => Ok((dependencies, Package { descriptor })),
            other => Err(not_json("descriptor", &other.to_string())),
        }
    }

    /// Reads the rows of all streaming resources of `package` into `out`.
    ///
    /// # Errors
    ///
    /// When a line is no row, and whatever `out` fails with.
    pub fn resources(&mut self, package: &Package, out: &mut dyn Output) -> Result<(), StepError> {
        let mut first = true;
        for resource in package.resources().filter(|r| model::package::is_streaming(r)) {
            if std::mem::take(&mut first) {
                self.next_line()?;
            }
            let name = model::package::name(resource);
            out.open(name)?;
            self.rows(name, field_names(resource), out)?;
            out.close()?;
        }
        if first {
            self.next_line()?;
        }
        Ok(())
    }

    /// Reads the stats; none when they are absent or no object.
    ///
    /// # Errors
    ///
    /// When the stream cannot be read.
    pub fn stats(&mut self) -> Result<Stats, StepError> {
        self.next_line()?;
        Ok(serde_json::from_slice::<Map>(&self.line).unwrap_or_default())
    }

    fn rows(
        &mut self,
        resource: &str,
        fields: Vec<String>,
        out: &mut dyn Output,
    ) -> Result<(), StepError> {
        let mut decoder = Decoder::new(fields.into_iter().map(Arc::from));
        let mut held_bytes = 0;
        while self.next_line()? && !self.line.trim_ascii().is_empty() {
            decoder.push(&self.line).map_err(|source| {
                let error = ProtocolError::Row { resource: resource.to_owned(), source };
                StepError::outside("read the output of the step", error)
            })?;
            held_bytes += self.line.len();
            if decoder.rows() == BATCH_ROWS_MAX || held_bytes > crate::limits::WIRE_BATCH_BYTES_MAX
            {
                held_bytes = 0;
                out.rows(decoder.finish())?;
            }
        }
        if decoder.rows() > 0 {
            out.rows(decoder.finish())?;
        }
        Ok(())
    }

    fn json_line(&mut self, what: &'static str) -> Result<Json, StepError> {
        if !self.next_line()? || self.line.trim_ascii().is_empty() {
            return Err(StepError::outside(
                "read the output of the step",
                ProtocolError::Missing { what },
            ));
        }
        serde_json::from_slice(&self.line)
            .map_err(|_| not_json(what, &String::from_utf8_lossy(&self.line)))
    }

    /// Reads the next line; false at the end of the stream.
    fn next_line(&mut self) -> Result<bool, StepError> {
        self.line.clear();
        let bytes = (&mut self.input)
            .take(WIRE_LINE_BYTES_MAX)
            .read_until(b'\n', &mut self.line)
            .map_err(|error| StepError::io("read the output of the step", error))?;
        if !self.line.ends_with(b"\n") && u64::try_from(bytes) == Ok(WIRE_LINE_BYTES_MAX) {
            let error = ProtocolError::LongLine { max: WIRE_LINE_BYTES_MAX };
            return Err(StepError::outside("read the output of the step", error));
        }
        Ok(bytes > 0)
    }
}

fn not_json(what: &'static str, found: &str) -> StepError {
    let found = crate::error::shorten(found.trim());
    StepError::outside("read the output of the step", ProtocolError::NotJson { what, found })
}
