//! `stream_remote_resources`: fetches the rows of resources that were only described so far.

use std::collections::VecDeque;

use model::package::{Package, STREAMED_FROM, STREAMING, is_streaming, name};
use model::{Json, Map};
use serde_json::json;
use tabular::format::RowReader;

use super::add_resource::PATH_PLACEHOLDER;
use crate::casting::{Casting, OnError};
use crate::context::{Context, Level, Stats};
use crate::definition::{Definition, Parameter, RESOURCES, Role};
use crate::error::StepError;
use crate::matcher::Matcher;
use crate::parameters::Parameters;
use crate::processor::{Output, Processor};
use crate::table_source::Rows;

mod header;
mod lines;
mod remote;

pub(super) const DEFINITION: Definition = Definition {
    name: "stream_remote_resources",
    aliases: &[],
    summary: "Fetches the rows of resources that `add_resource` described; `load` does both",
    role: Role::Source,
    parameters: &[
        RESOURCES,
        Parameter {
            name: "ignore_missing",
            form: "flag",
            default: "false",
            text: "Whether a resource that cannot be opened is empty instead of an error.",
        },
        Parameter {
            name: "limit_rows",
            form: "count",
            default: "-1",
            text: "At most so many rows of each resource; -1 is no limit.",
        },
    ],
    build,
};

fn build(parameters: &Map, _: &Context) -> Result<Box<dyn Processor>, StepError> {
    let given = Parameters(parameters);
    let limit_rows = match given.get("limit_rows") {
        Some(limit) if limit.as_i64().is_some_and(|limit| limit < 0) => None,
        _ => given.count("limit_rows")?,
    };
    Ok(Box::new(StreamRemote {
        chosen: Matcher::parse("resources", given.get("resources"))?,
        ignore_missing: given.flag("ignore_missing", false)?,
        limit_rows,
        turns: VecDeque::new(),
        ctx: None,
    }))
}

#[derive(Debug)]
struct StreamRemote {
    chosen: Matcher,
    ignore_missing: bool,
    limit_rows: Option<u64>,
    /// What is to leave this step, in the order of the descriptor.
    turns: VecDeque<Turn>,
    ctx: Option<Context>,
}

/// One streaming resource.
#[derive(Debug)]
enum Turn {
    /// It comes in from the step before.
    Incoming,
    /// It is fetched here.
    Remote(Box<Rows>),
}

impl StreamRemote {
    /// Opens the rows of `resource` and completes its descriptor.
    fn open_remote(&self, resource: &mut Map, ctx: &Context) -> Result<Rows, StepError> {
        let label = name(resource).to_owned();
        let from = match resource.get(STREAMED_FROM) {
            Some(Json::String(from)) => ctx.reveal(STREAMED_FROM, from)?,
            _ => return Err(StepError::resource(label, "`dpp:streamedFrom` is no text")),
        };
        let properties = resource.clone();
        resource.shift_remove("http_headers");
        let path = match resource.get("path") {
            Some(Json::Array(parts)) => parts.first().and_then(Json::as_str),
            path => path.and_then(Json::as_str),
        };
        if path.is_none_or(|path| path == PATH_PLACEHOLDER) {
            resource.insert("path".into(), format!("data/{label}.csv").into());
        }
        let reader: Box<dyn RowReader> = match remote::open(&from, &properties, ctx) {
            Ok(reader) => reader,
            Err(error) if self.ignore_missing || from.is_empty() => {
                ctx.check_stop()?;
                let text = format!("resource `{label}` is empty: {error}");
                ctx.log(Level::Warning, &text);
                Box::new(remote::Absent)
            }
            Err(error) => return Err(error),
        };
        if resource.get("schema").is_none_or(Json::is_null) {
            let fields =
                reader.names().iter().map(|name| json!({"name": &**name, "type": "string"}));
            resource.insert("schema".into(), json!({"fields": fields.collect::<Vec<_>>()}));
        }
        resource.insert(STREAMING.into(), true.into());
        let casting = Casting::new(resource, OnError::Raise, ctx, |_| true)?;
        Ok(Rows::new(&label, reader).cast(casting).limited(self.limit_rows))
    }

    /// Sends what is to leave before the next incoming resource.
    fn send_remote(&mut self, out: &mut dyn Output) -> Result<(), StepError> {
        let ctx = self.ctx.as_ref().expect("`describe` comes before rows");
        while let Some(turn) = self.turns.pop_front() {
            match turn {
                Turn::Remote(rows) => rows.send(ctx, out)?,
                Turn::Incoming => break,
            }
        }
        Ok(())
    }
}

impl Processor for StreamRemote {
    fn describe(&mut self, mut package: Package, ctx: &Context) -> Result<Package, StepError> {
        self.ctx = Some(ctx.clone());
        let count = package.resources().count();
        for (index, resource) in package.resources_mut().enumerate() {
            if is_streaming(resource) {
                self.turns.push_back(Turn::Incoming);
            } else if resource.contains_key(STREAMED_FROM)
                && self.chosen.matches(name(resource), index, count)
            {
                let rows = self.open_remote(resource, ctx)?;
                self.turns.push_back(Turn::Remote(Box::new(rows)));
            }
        }
        Ok(package)
    }

    fn open(&mut self, resource: &str, out: &mut dyn Output) -> Result<(), StepError> {
        self.send_remote(out)?;
        out.open(resource)
    }

    fn finish(&mut self, _: &mut Stats, out: &mut dyn Output) -> Result<(), StepError> {
        self.send_remote(out)
    }
}
