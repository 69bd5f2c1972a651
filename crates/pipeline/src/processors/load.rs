//! `load`: adds the rows of a file, an address, a database or a data package.

use std::collections::VecDeque;

use model::package::{Package, STREAMED_FROM, STREAMING};
use model::{Json, Map};
use serde_json::json;
use tabular::format::RowReader;
use tabular::{Batch, Inference};

use super::{ANY_OTHER, Definition, Parameter, Role};
use crate::casting::{Casting, OnError};
use crate::context::{Context, Stats};
use crate::error::{Cause, StepError};
use crate::limits::SAMPLE_ROWS_DEFAULT;
use crate::parameters::Parameters;
use crate::processor::{Output, Processor};
use crate::table_source::{self, Table};

mod options;

use options::{CastStrategy, InferStrategy, Options};

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
    loaded: VecDeque<Loaded>,
    ctx: Option<Context>,
}

/// A resource whose rows are to come.
#[derive(Debug)]
struct Loaded {
    name: String,
    reader: Box<dyn RowReader>,
    /// Rows that were read to guess types.
    sample: VecDeque<Batch>,
    casting: Option<Casting>,
}

impl Load {
    fn table(&self, from: &str, ctx: &Context) -> Result<(Map, Loaded), StepError> {
        let mut table = table_source::open(from, &self.parameters, ctx)?;
        let name = self.options.name.clone().unwrap_or_else(|| table.base.clone());
        let sample = self.sample(&mut table, &name)?;
        let fields = match table.fields.take() {
            Some(fields) if self.options.infer != InferStrategy::Strings => fields,
            _ => self.infer(&table, &sample),
        };
        let mut resource = Map::new();
        resource.insert("name".into(), name.as_str().into());
        resource.insert("path".into(), format!("{name}.{}", table.format).into());
        resource.insert("profile".into(), "tabular-data-resource".into());
        if let Some(encoding) = &self.options.encoding {
            resource.insert("encoding".into(), encoding.as_str().into());
        }
        resource.insert("schema".into(), self.options.schema(fields));
        resource.insert("format".into(), table.format.as_str().into());
        resource.insert(STREAMING.into(), true.into());
        resource.insert(STREAMED_FROM.into(), self.options.from.as_str().into());
        let casting = match self.options.cast {
            CastStrategy::Schema => {
                Some(Casting::new(&resource, self.options.on_error, ctx.memory_bytes, |_| true)?)
            }
            CastStrategy::Nothing | CastStrategy::Strings => None,
        };
        Ok((resource, Loaded { name, reader: table.reader, sample, casting }))
    }

    /// The first rows, enough to guess types from.
    fn sample(&self, table: &mut Table, name: &str) -> Result<VecDeque<Batch>, StepError> {
        let mut sample = VecDeque::new();
        let mut rows = 0;
        while rows < self.options.sample_rows
            && let Some(batch) = next(table.reader.as_mut(), name)?
        {
            rows += batch.rows();
            sample.push_back(batch);
        }
        Ok(sample)
    }

    fn infer(&self, table: &Table, sample: &VecDeque<Batch>) -> Vec<Map> {
        let missing = self.options.missing_values();
        let field = |name: &str| {
            let mut inference = Inference::new(&missing);
            if table.has_nulls {
                inference = inference.counting_nulls();
            }
            let mut left = self.options.sample_rows;
            for batch in sample {
                let rows = left.min(batch.rows());
                left -= rows;
                if let Some(column) = batch.column(name) {
                    inference.add(&column.slice(0, rows));
                }
            }
            let inferred = inference.finish();
            let (field_type, format) = match self.options.infer {
                InferStrategy::Strings => ("string", "default"),
                InferStrategy::Full => (inferred.field_type.name(), inferred.format),
            };
            match json!({"name": name, "type": field_type, "format": format}) {
                Json::Object(map) => map,
                _ => Map::new(),
            }
        };
        table.reader.names().iter().map(|name| field(name)).collect()
    }
}

impl Processor for Load {
    fn describe(&mut self, mut package: Package, ctx: &Context) -> Result<Package, StepError> {
        let from = ctx.reveal("from", &self.options.from)?;
        let (resource, loaded) = self.table(&from, ctx)?;
        package.resource_list_mut().push(Json::Object(resource));
        self.loaded.push_back(loaded);
        self.ctx = Some(ctx.clone());
        crate::defaults::apply_defaults(&mut package);
        Ok(package)
    }

    fn finish(&mut self, _: &mut Stats, out: &mut dyn Output) -> Result<(), StepError> {
        while let Some(mut loaded) = self.loaded.pop_front() {
            out.open(&loaded.name)?;
            while let Some(batch) = loaded.next()? {
                if let Some(ctx) = &self.ctx {
                    ctx.check_stop()?;
                }
                let batch = self.options.finish(batch);
                let batch = match &mut loaded.casting {
                    Some(casting) => casting.apply(batch)?,
                    None => batch,
                };
                out.rows(batch)?;
            }
            out.close()?;
        }
        Ok(())
    }
}

impl Loaded {
    fn next(&mut self) -> Result<Option<Batch>, StepError> {
        match self.sample.pop_front() {
            Some(batch) => Ok(Some(batch)),
            None => next(self.reader.as_mut(), &self.name),
        }
    }
}

fn next(reader: &mut dyn RowReader, resource: &str) -> Result<Option<Batch>, StepError> {
    reader
        .next_batch()
        .map_err(|source| StepError::new(Cause::Read { resource: resource.to_owned(), source }))
}
