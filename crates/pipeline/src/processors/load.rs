//! `load`: adds the rows of a file, an address, a database or a data package.

use std::collections::VecDeque;

use model::package::{Package, STREAMED_FROM, STREAMING, name};
use model::{Json, Map};
use tabular::Batch;

use crate::casting::{Casting, OnError, errors_resource};
use crate::context::{Context, Level, Stats};
use crate::definition::{Definition, Role};
use crate::error::{Cause, StepError};
use crate::package_source::{self, PackageSource};
use crate::parameters::Parameters;
use crate::processor::{Output, Processor, Transform};
use crate::strip::stripped;
use crate::table_source::{self, Rows, look_ahead};

mod options;

use options::{CastStrategy, Options};

pub(super) const DEFINITION: Definition = Definition {
    name: "load",
    aliases: &[],
    summary: "Adds the rows of a file, an address, a database or a data package",
    role: Role::Source,
    parameters: &options::PARAMETERS,
    build,
};

fn build(parameters: &Map, _: &Context) -> Result<Box<dyn Processor>, StepError> {
    Ok(Box::new(Load {
        options: Options::parse(parameters)?,
        parameters: parameters.clone(),
        loaded: VecDeque::new(),
        ctx: None,
    }))
}

#[derive(Debug)]
struct Load {
    options: Options,
    parameters: Map,
    loaded: VecDeque<Rows>,
    ctx: Option<Context>,
}

impl Load {
    /// The resource that a table makes, and its rows.
    fn table(&self, from: &str, ctx: &Context) -> Result<(Map, Rows), StepError> {
        // Types are guessed from rows beyond the limit too.
        let mut parameters = self.parameters.clone();
        parameters.shift_remove("limit_rows");
        let mut table = table_source::open(from, &parameters, ctx)?;
        let name = self.options.name.clone().unwrap_or_else(|| table.base.clone());
        let missing = self.options.missing_values();
        let sample = look_ahead(&mut table, self.options.sample_rows, &missing, self.options.infer)
            .map_err(|source| StepError::new(Cause::Read { resource: name.clone(), source }))?;
        let mut resource = Map::new();
        resource.insert("name".into(), name.as_str().into());
        resource.insert("path".into(), format!("{name}.{}", table.format).into());
        resource.insert("profile".into(), "tabular-data-resource".into());
        if let Some(encoding) = &self.options.encoding {
            resource.insert("encoding".into(), encoding.as_str().into());
        }
        resource.insert("schema".into(), self.options.schema(sample.fields));
        resource.insert("format".into(), table.format.as_str().into());
        self.mark(&mut resource);
        let mut rows = Rows::new(&name, table.reader)
            .after_rows(sample.rows)
            .changed_before(Box::new(Finish { options: self.options.clone(), strip: false }));
        if self.options.cast == CastStrategy::Schema {
            let on_error = self.options.on_error;
            rows = rows.cast(Casting::new(&resource, on_error, ctx, |_| true)?);
        }
        Ok((resource, rows))
    }

    /// The resources of a data package, and the rows of those that are tables.
    fn package(&self, from: &str, ctx: &Context) -> Result<Vec<(Map, Option<Rows>)>, StepError> {
        let options = table_source::source_options(Parameters(&self.parameters), ctx)?;
        let source = PackageSource::open(from, options, ctx)
            .map_err(|error| StepError::outside(format!("open data package `{from}`"), error))?;
        let chosen = self.options.resources.names(&source.package);
        if chosen.is_empty() {
            let problem = format!("no resource of `{}` matches", self.options.from);
            return Err(StepError::parameter("resources", problem));
        }
        let resources = source.package.resources().filter(|r| chosen.iter().any(|n| n == name(r)));
        let mut loaded = Vec::new();
        for resource in resources {
            if !package_source::is_tabular(resource) {
                let text = format!("resource `{}` is no table, its data stays", name(resource));
                ctx.log(Level::Warning, &text);
                let mut resource = resource.clone();
                resource.insert(STREAMING.into(), false.into());
                resource.insert(STREAMED_FROM.into(), self.options.from.as_str().into());
                loaded.push((resource, None));
                continue;
            }
            let stream = source.stream(resource, self.options.on_error, ctx)?;
            let mut descriptor = stream.descriptor.clone();
            self.options.extend(&mut descriptor);
            self.mark(&mut descriptor);
            let finish = Finish { options: self.options.clone(), strip: self.options.strip };
            let rows = stream.into_rows(name(resource)).changed_after(Box::new(finish));
            loaded.push((descriptor, Some(rows)));
        }
        Ok(loaded)
    }

    fn mark(&self, resource: &mut Map) {
        resource.insert(STREAMING.into(), true.into());
        resource.insert(STREAMED_FROM.into(), table_source::shown(&self.options.from).into());
    }
}

impl Processor for Load {
    fn describe(&mut self, mut package: Package, ctx: &Context) -> Result<Package, StepError> {
        let from = ctx.reveal("from", &self.options.from)?;
        let loaded =
            if package_source::is_package(&from, self.options.format.as_deref(), &ctx.base_dir) {
                self.package(&from, ctx)?
            } else {
                let (resource, rows) = self.table(&from, ctx)?;
                vec![(resource, Some(rows))]
            };
        for (resource, rows) in loaded {
            let name = name(&resource).to_owned();
            let list = package.resource_list_mut();
            list.push(Json::Object(resource));
            let Some(rows) = rows else { continue };
            if self.options.on_error == OnError::Collect && rows.is_cast() {
                list.push(Json::Object(errors_resource(&name)));
            }
            self.loaded.push_back(rows.limited(self.options.limit_rows));
        }
        self.ctx = Some(ctx.clone());
        crate::defaults::apply_defaults(&mut package);
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

/// What `load` itself does with rows.
#[derive(Debug)]
struct Finish {
    options: Options,
    /// Remove white space at the ends of texts; readers of tables have done so.
    strip: bool,
}

impl Transform for Finish {
    fn apply(&mut self, batch: Batch) -> Result<Batch, StepError> {
        let batch = self.options.finish(batch);
        Ok(if self.strip { stripped(batch) } else { batch })
    }
}
