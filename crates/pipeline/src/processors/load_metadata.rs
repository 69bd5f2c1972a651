//! `load_metadata`: copies the properties of another data package.

use model::Map;
use model::package::Package;

use crate::context::Context;
use crate::definition::{Definition, PACKAGE_URL, Parameter, Role};
use crate::error::StepError;
use crate::package_source::PackageSource;
use crate::parameters::Parameters;
use crate::processor::Processor;
use crate::table_source::source_options;

pub(super) const DEFINITION: Definition = Definition {
    name: "load_metadata",
    aliases: &[],
    summary: "Copies the properties of another data package, all but its resources",
    role: Role::Transform,
    parameters: &[
        PACKAGE_URL,
        Parameter {
            name: "http_headers",
            form: "mapping",
            default: "none",
            text: "Sent with each request to the host of the package.",
        },
    ],
    build,
};

fn build(parameters: &Map, _: &Context) -> Result<Box<dyn Processor>, StepError> {
    let url = Parameters(parameters).required_text("url")?.to_owned();
    Ok(Box::new(LoadMetadata { url, parameters: parameters.clone() }))
}

#[derive(Debug)]
struct LoadMetadata {
    url: String,
    parameters: Map,
}

impl Processor for LoadMetadata {
    fn describe(&mut self, mut package: Package, ctx: &Context) -> Result<Package, StepError> {
        let url = ctx.reveal("url", &self.url)?;
        let options = source_options(Parameters(&self.parameters), ctx)?;
        let source = PackageSource::open(&url, options, ctx).map_err(|error| {
            StepError::outside(format!("open data package `{}`", self.url), error)
        })?;
        let properties = source.package.descriptor.into_iter();
        package.descriptor.extend(properties.filter(|(key, _)| key != "resources"));
        Ok(package)
    }
}
