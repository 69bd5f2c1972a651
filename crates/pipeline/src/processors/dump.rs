//! `dump_to_path`, `dump_to_zip`, and their first generation `dump.to_path`, `dump.to_zip`.

use model::Map;

use crate::context::{Context, Level};
use crate::definition::{Definition, Parameter, Role};
use crate::error::StepError;
use crate::file_sink::bucket::Bucket;
use crate::file_sink::folder::Folder;
use crate::file_sink::layout::Generation;
use crate::file_sink::options::{Options, PARAMETERS};
use crate::file_sink::target::Target;
use crate::file_sink::zip::Archive;
use crate::file_sink::{FileSink, later::Later};
use crate::parameters::Parameters;
use crate::processor::Processor;

const OUT_PATH: Parameter = Parameter {
    name: "out-path",
    form: "text",
    default: ".",
    text: "The folder to write to, or an address `s3://bucket/prefix`.",
};

const OUT_FILE: Parameter = Parameter {
    name: "out-file",
    form: "text",
    default: "required",
    text: "The archive to write.",
};

const fn with_shared(own: Parameter) -> [Parameter; 10] {
    let [a, b, c, d, e, f, g, h, i] = PARAMETERS;
    [own, a, b, c, d, e, f, g, h, i]
}

static PATH_PARAMETERS: [Parameter; 10] = with_shared(OUT_PATH);
static ZIP_PARAMETERS: [Parameter; 10] = with_shared(OUT_FILE);

pub(super) const TO_PATH: Definition = Definition {
    name: "dump_to_path",
    aliases: &[],
    summary: "Writes the package to a folder or a bucket",
    role: Role::Sink,
    parameters: &PATH_PARAMETERS,
    build: |parameters, ctx| build(parameters, ctx, Generation::Two, Kind::Path),
};

pub(super) const TO_ZIP: Definition = Definition {
    name: "dump_to_zip",
    aliases: &[],
    summary: "Writes the package to a zip archive",
    role: Role::Sink,
    parameters: &ZIP_PARAMETERS,
    build: |parameters, ctx| build(parameters, ctx, Generation::Two, Kind::Zip),
};

pub(super) const DOT_TO_PATH: Definition = Definition {
    name: "dump.to_path",
    aliases: &[],
    summary: "Older form of dump_to_path; its hyphenated keys work",
    role: Role::Sink,
    parameters: &PATH_PARAMETERS,
    build: |parameters, ctx| build(parameters, ctx, Generation::One, Kind::Path),
};

pub(super) const DOT_TO_ZIP: Definition = Definition {
    name: "dump.to_zip",
    aliases: &[],
    summary: "Older form of dump_to_zip; its hyphenated keys work",
    role: Role::Sink,
    parameters: &ZIP_PARAMETERS,
    build: |parameters, ctx| build(parameters, ctx, Generation::One, Kind::Zip),
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Path,
    Zip,
}

fn build(
    parameters: &Map,
    ctx: &Context,
    generation: Generation,
    kind: Kind,
) -> Result<Box<dyn Processor>, StepError> {
    if generation == Generation::One {
        ctx.log(
            Level::Warning,
            "this processor is old; `dump_to_path` and `dump_to_zip` do its work",
        );
    }
    let options = Options::parse(parameters, generation, ctx)?;
    let parameters = Parameters(parameters);
    let out = match kind {
        Kind::Path => parameters.text("out_path")?.unwrap_or("."),
        Kind::Zip => parameters.required_text("out_file")?,
    };
    let out = ctx.reveal("out-path", out)?;
    // Nothing is made on disk before the rows flow: a plan may be built just to be checked.
    let open = move |ctx: &Context| -> Result<Box<dyn Target>, StepError> {
        Ok(match kind {
            Kind::Zip => Box::new(Archive::create(&out, ctx)?),
            Kind::Path if out.starts_with("s3://") => Box::new(Bucket::new(&out, ctx)),
            Kind::Path => Box::new(Folder::create(&out, ctx)?),
        })
    };
    Ok(Box::new(FileSink::new(options, Later::new(Box::new(open)))))
}
