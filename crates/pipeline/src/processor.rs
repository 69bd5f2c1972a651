//! The port that every step implements, and the adapter for steps that work row by row.

use std::collections::BTreeMap;
use std::fmt::Debug;

use model::package::{Package, name};
use model::{Json, Map};
use tabular::Batch;

use crate::context::{Context, Stats};
use crate::defaults::apply_defaults;
use crate::error::StepError;

/// One kind of step. The chain calls, in this order: [`describe`](Processor::describe) once;
/// then for each incoming resource [`open`](Processor::open), any number of
/// [`rows`](Processor::rows), [`close`](Processor::close); at last
/// [`finish`](Processor::finish).
///
/// What a step writes to its output must match the streaming resources of the descriptor that it
/// gave, in order.
pub trait Processor: Debug + Send {
    /// Rewrites the descriptor; no row has been read yet.
    ///
    /// # Errors
    ///
    /// When the step cannot work on this package.
    fn describe(&mut self, package: Package, ctx: &Context) -> Result<Package, StepError>;

    /// A resource begins.
    ///
    /// # Errors
    ///
    /// Those of the step and of what comes after it.
    fn open(&mut self, resource: &str, out: &mut dyn Output) -> Result<(), StepError> {
        out.open(resource)
    }

    /// Rows of the resource that is open.
    ///
    /// # Errors
    ///
    /// As [`Processor::open`].
    fn rows(&mut self, batch: Batch, out: &mut dyn Output) -> Result<(), StepError> {
        out.rows(batch)
    }

    /// The resource that is open ends.
    ///
    /// # Errors
    ///
    /// As [`Processor::open`].
    fn close(&mut self, out: &mut dyn Output) -> Result<(), StepError> {
        out.close()
    }

    /// All incoming resources have passed: a source now writes its own; a sink completes its
    /// output, hands it to [`Context::prepare`] and adds to `stats`.
    ///
    /// # Errors
    ///
    /// As [`Processor::open`].
    fn finish(&mut self, stats: &mut Stats, out: &mut dyn Output) -> Result<(), StepError> {
        let _ = (stats, out);
        Ok(())
    }
}

/// Where a step writes its resources.
pub trait Output {
    /// Begins a resource.
    ///
    /// # Errors
    ///
    /// Those of the steps after it.
    fn open(&mut self, resource: &str) -> Result<(), StepError>;

    /// Adds rows to the resource that is open.
    ///
    /// # Errors
    ///
    /// As [`Output::open`].
    fn rows(&mut self, batch: Batch) -> Result<(), StepError>;

    /// Ends the resource that is open.
    ///
    /// # Errors
    ///
    /// As [`Output::open`].
    fn close(&mut self) -> Result<(), StepError>;
}

/// A change of the rows of one resource.
pub trait Transform: Debug + Send {
    /// The rows that come out for the rows that came in.
    ///
    /// # Errors
    ///
    /// When a row cannot be changed; the step fails.
    fn apply(&mut self, batch: Batch) -> Result<Batch, StepError>;
}

/// A step that changes each resource by itself: [`EachResource`] makes it a [`Processor`].
pub trait ResourceStep: Debug + Send {
    /// Rewrites the descriptor of the package and gives a transform for each resource whose rows
    /// change, by the name that the resource has when it comes in.
    ///
    /// # Errors
    ///
    /// When the step cannot work on this package.
    fn prepare(
        &mut self,
        package: &mut Package,
        ctx: &Context,
    ) -> Result<BTreeMap<String, Box<dyn Transform>>, StepError>;
}

/// Runs a [`ResourceStep`]: rows of resources without a transform pass untouched.
#[derive(Debug)]
pub struct EachResource<S> {
    step: S,
    transforms: BTreeMap<String, Box<dyn Transform>>,
    /// Incoming to outgoing name, where the step renames.
    renamed: BTreeMap<String, String>,
    open: Option<String>,
}

impl<S: ResourceStep> EachResource<S> {
    /// A processor out of `step`.
    pub fn new(step: S) -> Self {
        Self { step, transforms: BTreeMap::new(), renamed: BTreeMap::new(), open: None }
    }
}

impl<S: ResourceStep> Processor for EachResource<S> {
    fn describe(&mut self, mut package: Package, ctx: &Context) -> Result<Package, StepError> {
        let before: Vec<String> = package.resources().map(|r| name(r).to_owned()).collect();
        self.transforms = self.step.prepare(&mut package, ctx)?;
        apply_defaults(&mut package);
        let after = package.resources().map(|r| name(r).to_owned());
        self.renamed = before.into_iter().zip(after).filter(|(old, new)| old != new).collect();
        Ok(package)
    }

    fn open(&mut self, resource: &str, out: &mut dyn Output) -> Result<(), StepError> {
        self.open = Some(resource.to_owned());
        out.open(self.renamed.get(resource).map_or(resource, String::as_str))
    }

    fn rows(&mut self, batch: Batch, out: &mut dyn Output) -> Result<(), StepError> {
        let transform = self.open.as_ref().and_then(|name| self.transforms.get_mut(name));
        match transform {
            Some(transform) => {
                let changed = transform.apply(batch)?;
                if changed.rows() == 0 { Ok(()) } else { out.rows(changed) }
            }
            None => out.rows(batch),
        }
    }
}

/// The names of the fields of a resource's schema, in order.
pub fn field_names(resource: &Map) -> Vec<String> {
    model::package::fields(resource).map(|field| name(field).to_owned()).collect()
}

/// Puts `field` in the place of the one of the same name, or at the end.
pub fn set_field(fields: &mut Vec<Json>, field: Map) {
    let same = |other: &&mut Json| other.get("name") == field.get("name");
    match fields.iter_mut().find(same) {
        Some(slot) => *slot = Json::Object(field),
        None => fields.push(Json::Object(field)),
    }
}
