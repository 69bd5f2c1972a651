//! `update_package`: sets properties of the package.

use model::Map;
use model::package::Package;

use crate::context::Context;
use crate::defaults::apply_defaults;
use crate::definition::{ANY_OTHER, Definition, Parameter, Role};
use crate::error::StepError;
use crate::processor::Processor;

pub(super) const DEFINITION: Definition = Definition {
    name: "update_package",
    aliases: &["add_metadata"],
    summary: "Sets properties of the package",
    role: Role::Transform,
    parameters: &[Parameter {
        name: ANY_OTHER,
        form: "any",
        default: "-",
        text: "Every key is a property to set; `resources` is ignored.",
    }],
    build: |parameters, _| {
        let mut properties = parameters.clone();
        properties.shift_remove("resources");
        Ok(Box::new(UpdatePackage { properties }))
    },
};

#[derive(Debug)]
struct UpdatePackage {
    properties: Map,
}

impl Processor for UpdatePackage {
    fn describe(&mut self, mut package: Package, _: &Context) -> Result<Package, StepError> {
        package.descriptor.extend(self.properties.clone());
        apply_defaults(&mut package);
        Ok(package)
    }
}
