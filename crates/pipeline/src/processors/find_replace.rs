//! `find_replace`: replaces what regular expressions find in the texts of fields.

use std::borrow::Cow;
use std::collections::BTreeMap;

use arrow::array::StringViewBuilder;
use model::Json;
use model::package::Package;
use tabular::pattern::{Pattern, Template};
use tabular::{Batch, Column, Kind};

use crate::context::Context;
use crate::declared::Declared;
use crate::definition::{Definition, Parameter, RESOURCES, Role};
use crate::error::StepError;
use crate::matcher::Matcher;
use crate::parameters::Parameters;
use crate::processor::{EachResource, ResourceStep, Transform};
use crate::python_text::python_text;

pub(super) const DEFINITION: Definition = Definition {
    name: "find_replace",
    aliases: &[],
    summary: "Replaces what regular expressions find in the texts of fields",
    role: Role::Transform,
    parameters: &[
        RESOURCES,
        Parameter {
            name: "fields",
            form: "list",
            default: "required",
            text: "Mappings of `name`, a field, and `patterns`, a list of `find` and `replace`; \
                   they are applied in order, `\\1` stands for the first group.",
        },
    ],
    build: |parameters, _| {
        let parameters = Parameters(parameters);
        let resources = Matcher::parse("resources", parameters.get("resources"))?;
        let fields = parameters.list("fields")?;
        let fields = fields.ok_or_else(|| StepError::parameter("fields", "is required"))?;
        let fields = fields.iter().map(FieldRules::parse).collect::<Result<_, _>>()?;
        Ok(Box::new(EachResource::new(FindReplace { resources, fields })))
    },
};

#[derive(Debug)]
struct FindReplace {
    resources: Matcher,
    fields: Vec<FieldRules>,
}

/// What to replace in one field, in order.
#[derive(Debug, Clone)]
struct FieldRules {
    field: String,
    rules: Vec<(Pattern, Template)>,
}

impl FieldRules {
    fn parse(json: &Json) -> Result<Self, StepError> {
        let malformed = |what: &str| StepError::parameter("fields", format!("{what} in `{json}`"));
        let field = json.get("name").and_then(Json::as_str);
        let field = field.ok_or_else(|| malformed("no text `name`"))?.to_owned();
        let patterns = json.get("patterns").and_then(Json::as_array);
        let patterns = patterns.ok_or_else(|| malformed("no list `patterns`"))?;
        let rule = |pattern: &Json| {
            let find = pattern.get("find").and_then(Json::as_str);
            let find = find.ok_or_else(|| malformed("a pattern without text `find`"))?;
            let replace = pattern.get("replace").and_then(Json::as_str);
            let replace = replace.ok_or_else(|| malformed("a pattern without text `replace`"))?;
            let find = Pattern::new(find)
                .map_err(|error| StepError::parameter("fields", error.to_string()))?;
            Ok((find, Template::new(replace)))
        };
        let rules = patterns.iter().map(rule).collect::<Result<_, StepError>>()?;
        Ok(Self { field, rules })
    }

    /// The column as texts, with everything replaced. A null is the text `None`, as in Python.
    fn replace(&self, column: &Column) -> Column {
        let mut cells = StringViewBuilder::with_capacity(column.len());
        for value in column.values() {
            let mut text = python_text(value.as_ref());
            for (find, template) in &self.rules {
                let replaced = match find.replace_all(&text, template) {
                    Cow::Owned(replaced) => replaced,
                    Cow::Borrowed(_) => continue,
                };
                text = Cow::Owned(replaced);
            }
            cells.append_value(text);
        }
        Column::new(Kind::Text, cells.finish())
    }
}

impl ResourceStep for FindReplace {
    fn prepare(
        &mut self,
        package: &mut Package,
        _: &Context,
    ) -> Result<BTreeMap<String, Box<dyn Transform>>, StepError> {
        let mut transforms: BTreeMap<String, Box<dyn Transform>> = BTreeMap::new();
        for name in self.resources.names(package) {
            let Some(resource) = package.resource(&name) else { continue };
            let fields = self.fields.clone();
            transforms
                .insert(name, Box::new(Replace { declared: Declared::new(resource), fields }));
        }
        Ok(transforms)
    }
}

#[derive(Debug)]
struct Replace {
    declared: Declared,
    fields: Vec<FieldRules>,
}

impl Transform for Replace {
    fn apply(&mut self, mut batch: Batch) -> Result<Batch, StepError> {
        for rules in &self.fields {
            let replaced = rules.replace(&*self.declared.column(&batch, &rules.field)?);
            batch.set(&rules.field, replaced);
        }
        Ok(batch)
    }
}
