//! `rename_fields`: gives fields of resources other names.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use model::package::{Package, field_list_mut};
use model::{Json, Map};
use tabular::Batch;
use tabular::pattern::{Pattern, Template};

use crate::context::Context;
use crate::definition::{Definition, Parameter, RESOURCES, Role};
use crate::error::StepError;
use crate::field_pattern::{FieldPattern, REGEX};
use crate::matcher::Matcher;
use crate::parameters::Parameters;
use crate::processor::{EachResource, ResourceStep, Transform, field_names};

pub(super) const DEFINITION: Definition = Definition {
    name: "rename_fields",
    aliases: &[],
    summary: "Gives fields of resources other names",
    role: Role::Transform,
    parameters: &[
        RESOURCES,
        Parameter {
            name: "fields",
            form: "mapping",
            default: "required",
            text: "Mapping of a pattern for whole names to the new name, in which `\\1` stands \
                   for the first group.",
        },
        REGEX,
    ],
    build: |parameters, _| {
        let parameters = Parameters(parameters);
        let resources = Matcher::parse("resources", parameters.get("resources"))?;
        let regex = parameters.flag("regex", true)?;
        let fields = parameters.map("fields")?;
        let fields = fields.ok_or_else(|| StepError::parameter("fields", "is required"))?;
        let renames = fields.iter().map(|(old, new)| Rename::parse(old, new, regex));
        let renames = renames.collect::<Result<_, _>>()?;
        Ok(Box::new(EachResource::new(RenameFields { resources, renames })))
    },
};

#[derive(Debug)]
struct RenameFields {
    resources: Matcher,
    renames: Vec<Rename>,
}

#[derive(Debug)]
struct Rename {
    old: FieldPattern,
    new: String,
}

impl Rename {
    fn parse(old: &str, new: &Json, regex: bool) -> Result<Self, StepError> {
        let new = new.as_str().ok_or_else(|| {
            StepError::parameter("fields", format!("the new name of `{old}` is no text: `{new}`"))
        })?;
        Ok(Self { old: FieldPattern::new("fields", old, regex)?, new: new.to_owned() })
    }

    /// The new name of `field`, when it is to be renamed.
    fn apply(&self, field: &str) -> Option<String> {
        match &self.old {
            FieldPattern::Name(name) => (name == field).then(|| self.new.clone()),
            FieldPattern::Pattern(pattern) => {
                pattern.matches_whole(field).then(|| replace_whole(pattern, field, &self.new))
            }
        }
    }
}

/// `new` with the groups of `pattern`, which is known to match all of `field`.
fn replace_whole(pattern: &Pattern, field: &str, new: &str) -> String {
    // Anchored, so that a pattern that can match less or nothing still takes the whole name once.
    match Pattern::new(&format!(r"\A(?:{})\Z", pattern.as_str())) {
        Ok(whole) => whole.replace_all(field, &Template::new(new)).into_owned(),
        Err(_) => new.to_owned(),
    }
}

impl RenameFields {
    /// Old to new names of the fields of one resource.
    fn new_names(
        &self,
        resource: &str,
        fields: &[String],
    ) -> Result<BTreeMap<String, Arc<str>>, StepError> {
        let mut names = BTreeMap::new();
        let mut taken = BTreeSet::new();
        for field in fields {
            let renamed = self.renames.iter().find_map(|rename| rename.apply(field));
            let new = renamed.unwrap_or_else(|| field.clone());
            if !taken.insert(new.clone()) {
                return Err(StepError::resource(
                    resource,
                    format!("two fields would be called `{new}`"),
                ));
            }
            if new != *field {
                names.insert(field.clone(), Arc::from(new));
            }
        }
        Ok(names)
    }
}

impl ResourceStep for RenameFields {
    fn prepare(
        &mut self,
        package: &mut Package,
        _: &Context,
    ) -> Result<BTreeMap<String, Box<dyn Transform>>, StepError> {
        let mut transforms: BTreeMap<String, Box<dyn Transform>> = BTreeMap::new();
        for name in self.resources.names(package) {
            let Some(resource) = package.resource_mut(&name) else { continue };
            let names = self.new_names(&name, &field_names(resource))?;
            if names.is_empty() {
                continue;
            }
            for field in field_list_mut(resource).iter_mut() {
                field.get_mut("name").into_iter().for_each(|name| rename(name, &names));
            }
            rename_keys(resource, &names);
            transforms.insert(name, Box::new(RenameColumns { names }));
        }
        Ok(transforms)
    }
}

/// Renames the fields that the primary key and foreign keys of the resource name.
fn rename_keys(resource: &mut Map, names: &BTreeMap<String, Arc<str>>) {
    let Some(schema) = resource.get_mut("schema").and_then(Json::as_object_mut) else { return };
    schema.get_mut("primaryKey").into_iter().for_each(|key| rename(key, names));
    let foreign_keys = schema.get_mut("foreignKeys").and_then(Json::as_array_mut);
    for key in foreign_keys.into_iter().flatten() {
        key.get_mut("fields").into_iter().for_each(|fields| rename(fields, names));
    }
}

/// Renames a text or each text of a list.
fn rename(json: &mut Json, names: &BTreeMap<String, Arc<str>>) {
    match json {
        Json::Array(list) => list.iter_mut().for_each(|item| rename(item, names)),
        Json::String(text) => {
            if let Some(new) = names.get(text.as_str()) {
                *text = new.to_string();
            }
        }
        _ => {}
    }
}

#[derive(Debug)]
struct RenameColumns {
    names: BTreeMap<String, Arc<str>>,
}

impl Transform for RenameColumns {
    fn apply(&mut self, batch: Batch) -> Result<Batch, StepError> {
        Ok(batch.project(|name| Some(self.names.get(name).map_or_else(|| name.into(), Arc::clone))))
    }
}
