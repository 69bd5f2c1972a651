//! `duplicate`: gives a resource a copy, right after it or at the end of the package.

use model::package::{Package, is_streaming, name};
use model::{Json, Map};
use tabular::Batch;

use crate::context::{Context, Level, Stats};
use crate::defaults::apply_defaults;
use crate::definition::{Definition, Parameter, Role};
use crate::error::StepError;
use crate::limits::BUFFERING_STEPS;
use crate::parameters::Parameters;
use crate::processor::{Output, Processor};
use crate::spool::Spool;

pub(super) const DEFINITION: Definition = Definition {
    name: "duplicate",
    aliases: &[],
    summary: "Gives a resource a copy",
    role: Role::Transform,
    parameters: &[
        Parameter {
            name: "source",
            form: "text",
            default: "the first resource",
            text: "Name of the resource to copy.",
        },
        Parameter {
            name: "target_name",
            form: "text",
            default: "<source>_copy",
            text: "Name of the copy.",
        },
        Parameter {
            name: "target_path",
            form: "text",
            default: "<target_name>.csv",
            text: "Path of the copy.",
        },
        Parameter {
            name: "duplicate_to_end",
            form: "flag",
            default: "false",
            text: "The copy becomes the last resource, not the one after its source.",
        },
        Parameter {
            name: "batch_size",
            form: "count",
            default: "1000",
            text: "Accepted and without effect.",
        },
    ],
    build: |parameters, ctx| {
        let parameters = Parameters(parameters);
        let text = |key: &str| parameters.text(key).map(|text| text.map(str::to_owned));
        Ok(Box::new(Duplicate {
            source: text("source")?,
            target_name: text("target_name")?,
            target_path: text("target_path")?,
            to_end: parameters.flag("duplicate_to_end", false)?,
            copy_name: String::new(),
            memory_bytes: ctx.memory_bytes / BUFFERING_STEPS,
            open: false,
            copy: None,
        }))
    },
};

#[derive(Debug)]
struct Duplicate {
    source: Option<String>,
    target_name: Option<String>,
    target_path: Option<String>,
    to_end: bool,
    copy_name: String,
    memory_bytes: usize,
    /// Whether the rows at hand are those of the source.
    open: bool,
    copy: Option<Spool>,
}

impl Duplicate {
    fn describe_copy(&mut self, source: &Map) -> Map {
        let of_source = || format!("{}_copy", name(source));
        self.copy_name = self.target_name.clone().unwrap_or_else(of_source);
        let of_copy = || format!("{}.csv", self.copy_name);
        let path = self.target_path.clone().unwrap_or_else(of_copy);
        let mut copy = source.clone();
        copy.insert("name".into(), self.copy_name.as_str().into());
        copy.insert("path".into(), path.into());
        copy
    }

    fn write_copy(&mut self, out: &mut dyn Output) -> Result<(), StepError> {
        let Some(copy) = self.copy.take() else { return Ok(()) };
        out.open(&self.copy_name)?;
        copy.drain(|batch| out.rows(batch))?;
        out.close()
    }
}

impl Processor for Duplicate {
    fn describe(&mut self, mut package: Package, ctx: &Context) -> Result<Package, StepError> {
        let wanted = self.source.as_deref();
        let at = package.resources().position(|r| wanted.is_none_or(|wanted| name(r) == wanted));
        let source = at.and_then(|at| package.resources().nth(at)).cloned();
        if let (Some(at), Some(source)) = (at, source) {
            let copy = Json::Object(self.describe_copy(&source));
            let list = package.resource_list_mut();
            list.insert(if self.to_end { list.len() } else { at + 1 }, copy);
            self.source = Some(name(&source).to_owned());
            self.copy = is_streaming(&source).then(|| Spool::new(self.memory_bytes));
        } else {
            let source = wanted.unwrap_or("(the first one)");
            ctx.log(Level::Warning, &format!("no resource `{source}` to duplicate"));
        }
        apply_defaults(&mut package);
        Ok(package)
    }

    fn open(&mut self, resource: &str, out: &mut dyn Output) -> Result<(), StepError> {
        self.open = self.source.as_deref() == Some(resource);
        out.open(resource)
    }

    fn rows(&mut self, batch: Batch, out: &mut dyn Output) -> Result<(), StepError> {
        if self.open
            && let Some(copy) = &mut self.copy
        {
            copy.push(&batch)?;
        }
        out.rows(batch)
    }

    fn close(&mut self, out: &mut dyn Output) -> Result<(), StepError> {
        out.close()?;
        if self.open && !self.to_end { self.write_copy(out) } else { Ok(()) }
    }

    fn finish(&mut self, _: &mut Stats, out: &mut dyn Output) -> Result<(), StepError> {
        self.write_copy(out)
    }
}
