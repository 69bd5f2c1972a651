//! `load_resource`: adds resources of a data package, with their descriptors.

use std::collections::VecDeque;

use model::package::{Package, STREAMED_FROM, STREAMING, name};
use model::{Json, Map};

use crate::casting::OnError;
use crate::context::{Context, Level, Stats};
use crate::definition::{Definition, PACKAGE_URL, Parameter, Role};
use crate::error::StepError;
use crate::matcher::Matcher;
use crate::package_source::{self, PackageSource};
use crate::parameters::Parameters;
use crate::processor::{Output, Processor};
use crate::table_source::{self, Rows};

pub(super) const DEFINITION: Definition = Definition {
    name: "load_resource",
    aliases: &[],
    summary: "Adds resources of a data package, with their descriptors",
    role: Role::Source,
    parameters: &PARAMETERS,
    build,
};

const PARAMETERS: [Parameter; 8] = [
    PACKAGE_URL,
    Parameter {
        name: "resource",
        form: "resources",
        default: "none",
        text: "Which resources: a pattern for the whole name, a list of names, or an index.",
    },
    Parameter {
        name: "resources",
        form: "mapping",
        default: "none",
        text: "Instead of `resource`: the names, each with properties that replace those of the source.",
    },
    Parameter {
        name: "stream",
        form: "flag",
        default: "true",
        text: "Whether rows are loaded too, and not the descriptors alone.",
    },
    Parameter {
        name: "required",
        form: "flag",
        default: "true",
        text: "Whether it is an error when the package or the resource is not there.",
    },
    Parameter { name: "limit_rows", form: "count", default: "none", text: "At most so many rows." },
    Parameter {
        name: "log_progress_rows",
        form: "count",
        default: "none",
        text: "Log a line whenever so many rows were loaded.",
    },
    Parameter {
        name: "http_headers",
        form: "mapping",
        default: "none",
        text: "Sent with each request to the host of the package.",
    },
];

fn build(parameters: &Map, _: &Context) -> Result<Box<dyn Processor>, StepError> {
    let given = Parameters(parameters);
    let patches = given.map("resources")?.cloned();
    let chosen = match (given.get("resource"), &patches) {
        (Some(_), Some(_)) => {
            let problem = "give either `resource` or `resources`";
            return Err(StepError::parameter("resources", problem));
        }
        (None, None) => {
            let problem = "is required, unless `resources` maps names to properties";
            return Err(StepError::parameter("resource", problem));
        }
        (resource, None) => Matcher::parse("resource", resource)?,
        (None, Some(patches)) => Matcher::Names(patches.keys().cloned().collect()),
    };
    Ok(Box::new(LoadResource {
        url: given.required_text("url")?.to_owned(),
        chosen,
        patches: patches.unwrap_or_default(),
        stream: given.flag("stream", true)?,
        required: given.flag("required", true)?,
        limit_rows: given.count("limit_rows")?,
        log_progress_rows: given.count("log_progress_rows")?,
        parameters: parameters.clone(),
        loaded: VecDeque::new(),
        ctx: None,
    }))
}

#[derive(Debug)]
struct LoadResource {
    url: String,
    chosen: Matcher,
    patches: Map,
    stream: bool,
    required: bool,
    limit_rows: Option<u64>,
    log_progress_rows: Option<u64>,
    parameters: Map,
    loaded: VecDeque<Rows>,
    ctx: Option<Context>,
}

impl LoadResource {
    fn source(&self, ctx: &Context) -> Result<PackageSource, StepError> {
        let url = ctx.reveal("url", &self.url)?;
        let options = table_source::source_options(Parameters(&self.parameters), ctx)?;
        PackageSource::open(&url, options, ctx)
            .map_err(|error| StepError::outside(format!("open data package `{}`", self.url), error))
    }

    /// Adds one resource of `source`, with its rows when these are wanted.
    fn add(
        &mut self,
        source: &PackageSource,
        resource: &Map,
        ctx: &Context,
    ) -> Result<Map, StepError> {
        let label = name(resource);
        let failed = |error| StepError::outside(format!("open resource `{label}`"), error);
        let patch = self.patches.get(label).and_then(Json::as_object);
        let is_streamed = self.stream
            && (package_source::is_tabular(resource)
                || patch.is_some_and(|patch| patch.contains_key("schema")));
        let stream =
            if is_streamed { Some(source.stream(resource, OnError::Raise, ctx)?) } else { None };
        let mut descriptor = match &stream {
            Some(stream) => stream.descriptor.clone(),
            None => source.dereferenced(resource).map_err(failed)?,
        };
        // The address of a variable may be a secret, and so may be what stands beside it.
        let from = match self.url.starts_with("env://") {
            true => self.url.clone(),
            false => source.source(resource).map_err(failed)?,
        };
        descriptor.insert(STREAMED_FROM.into(), from.into());
        descriptor.extend(patch.cloned().unwrap_or_default());
        descriptor.insert(STREAMING.into(), is_streamed.into());
        if let Some(stream) = stream {
            let rows = stream.into_rows(name(&descriptor)).limited(self.limit_rows);
            self.loaded.push_back(rows.logging(self.log_progress_rows));
        }
        Ok(descriptor)
    }

    /// Says which of the wanted names the package lacks.
    fn check_found(
        &self,
        found: &[String],
        known: &[&str],
        ctx: &Context,
    ) -> Result<(), StepError> {
        if !self.required {
            return Ok(());
        }
        if found.is_empty() {
            let known = known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
            let problem = format!("no resource of `{}` matches; it has {known}", self.url);
            return Err(StepError::parameter("resource", problem));
        }
        if let Matcher::Names(wanted) = &self.chosen {
            for absent in wanted.iter().filter(|name| !found.contains(name)) {
                let text = format!("`{}` has no resource `{absent}`", self.url);
                ctx.log(Level::Warning, &text);
            }
        }
        Ok(())
    }
}

impl Processor for LoadResource {
    fn describe(&mut self, mut package: Package, ctx: &Context) -> Result<Package, StepError> {
        self.ctx = Some(ctx.clone());
        package.resource_list_mut();
        let source = match self.source(ctx) {
            Ok(source) => source,
            Err(error) if self.required => return Err(error),
            Err(error) => {
                ctx.check_stop()?;
                ctx.log(Level::Info, &format!("not loaded: {error}"));
                return Ok(package);
            }
        };
        let found = self.chosen.names(&source.package);
        let known: Vec<&str> = source.package.resources().map(name).collect();
        self.check_found(&found, &known, ctx)?;
        for (index, resource) in source.package.resources().enumerate() {
            if self.chosen.matches(name(resource), index, known.len()) {
                let descriptor = self.add(&source, resource, ctx)?;
                package.resource_list_mut().push(Json::Object(descriptor));
            }
        }
        Ok(package)
    }

    fn finish(&mut self, _: &mut Stats, out: &mut dyn Output) -> Result<(), StepError> {
        let ctx = self.ctx.as_ref().expect("`describe` comes before `finish`");
        while let Some(rows) = self.loaded.pop_front() {
            rows.send(ctx, out)?;
        }
        Ok(())
    }
}
